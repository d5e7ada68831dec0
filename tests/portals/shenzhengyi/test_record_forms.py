"""The form of a record, by the first guide: what it asks, and where a record then belongs."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pengcheng import city as composition
from pengcheng import pack
from pengcheng.edge import pack_changes
from pengcheng.ops import postgres
from pengcheng.pack import new_pack
from tests.city import ROOT, City, Filled, running
from tests.pack.test_guide import GUIDE, blocks
from tests.portals.shenzhengyi.desk_paper import get, post

CHANGE = "change: {clerk: {over: area}}\n    import: {clerk: {over: area}}"
"""Of a reservoir: a clerk may import, and change what is not personal."""
FORM = "/e/records/reservoir/new"
OUTLINE = [[[114.045, 22.565], [114.055, 22.565], [114.055, 22.575], [114.045, 22.565]]]


@pytest.fixture(scope="module")
def reservoirs(
    postgres_server: postgres.Cluster, filled: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("guide")
    new_pack(folder / "packs", "reservoir_safety", "reservoir")
    for path, text in ((one.path, one.text) for one in blocks(GUIDE) if one.path):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / Path(path)).write_text(text, encoding="utf-8")
    rights = folder / "packs" / "reservoir_safety" / "rights.yaml"
    text = rights.read_text(encoding="utf-8")
    more = text.replace("change: {clerk: {over: area, sensitivity: personal}}", CHANGE, 1)
    rights.write_text(more, encoding="utf-8")
    folders = [*pack.find(ROOT / "packs"), folder / "packs" / "reservoir_safety"]
    with running(postgres_server, filled) as city:
        city.run(pack_changes.apply, city.services, pack.load(folders))
        city.run(composition.declare, city.services)
        yield city


def area_of(city: City, title: str) -> int:
    ((found,),) = city.query("select area_no from city.reservoir where title = %s", title)
    assert isinstance(found, int)
    return found


def test_the_form_asks_what_the_pack_declares_in_its_groups(reservoirs: City) -> None:
    page = get(reservoirs, FORM, "clerk").text
    asked = re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_0-9]+)"', page)

    wanted = ["area_code", "title", "dam_kind", "capacity_m3", "place", "telephone"]
    assert [name for name in asked if name in {*wanted, "code"}] == wanted
    assert page.index("哪座水库？") < page.index('name="title"')
    assert page.index("怎么联系？") < page.index('name="telephone"')


def test_an_official_is_offered_the_areas_of_the_post_and_no_other(reservoirs: City) -> None:
    page = get(reservoirs, FORM, "clerk.nanshan").text
    offered = re.findall(r'<option value="(\d{12})"', page)

    assert offered[0] == "440305000000"
    assert {code[:6] for code in offered} == {"440305"}


def test_a_record_belongs_to_the_area_that_was_chosen(reservoirs: City) -> None:
    added = post(reservoirs, FORM, "clerk", title="按地区", area_code="440304000000")
    abroad = post(reservoirs, FORM, "clerk", title="别区", area_code="440305000000")

    assert (added.status_code, abroad.status_code) == (303, 403)
    assert area_of(reservoirs, "按地区") == 440304000000000
    assert reservoirs.query("select 1 from city.reservoir where title = '别区'") == []


def test_a_record_with_a_place_belongs_where_it_lies(reservoirs: City) -> None:
    place = {"type": "Polygon", "coordinates": OUTLINE}
    sent = reservoirs.client.post(
        "/api/v1/reservoir", json={"title": "按位置", "place": place},
        headers=reservoirs.as_("clerk"),
    )  # fmt: skip
    typed = post(
        reservoirs, FORM, "clerk", title="按填写", place=json.dumps(place), area_code="440304000000"
    )
    rows = [json.dumps({"title": "按导入", "place": place}).encode()]
    loaded = reservoirs.client.post(
        "/api/v1/reservoir/import", content=b"\n".join(rows),
        headers=reservoirs.as_("clerk", Content_Type="application/x-ndjson"),
    )  # fmt: skip
    sheet = io.StringIO()
    csv.writer(sheet).writerows([["title", "place"], ["按表格", json.dumps(place)]])
    taken = post(
        reservoirs, "/e/records/reservoir/import", "clerk",
        files={"file": ("records.csv", sheet.getvalue().encode(), "text/csv")}, mode="all",
    )  # fmt: skip
    cell = reservoirs.run(reservoirs.services.areas.grid_at, 114.05, 22.5675)

    assert (sent.status_code, typed.status_code) == (201, 303), (sent.text, loaded.text)
    assert str(area_of(reservoirs, "按位置")).startswith(cell[:12])
    assert area_of(reservoirs, "按填写") == area_of(reservoirs, "按位置")
    assert (loaded.status_code, area_of(reservoirs, "按导入")) == (
        200,
        area_of(reservoirs, "按位置"),
    )
    assert (taken.status_code, area_of(reservoirs, "按表格")) == (
        303,
        area_of(reservoirs, "按位置"),
    )


def test_what_one_may_not_change_is_not_asked_and_stays(reservoirs: City) -> None:
    post(
        reservoirs, FORM, "clerk", title="旧名", area_code="440304000000", telephone="075582000001"
    )
    ((code,),) = reservoirs.query("select code from city.reservoir where title = '旧名'")
    page = get(reservoirs, f"/e/records/reservoir/{code}", "clerk").text
    changed = post(
        reservoirs, f"/e/records/reservoir/{code}", "clerk", title="新名", version="1",
        telephone="075582000002",
    )  # fmt: skip

    assert 'name="telephone"' not in page
    assert 'name="title"' in page
    assert changed.status_code == 303, changed.text
    assert reservoirs.query(
        "select title, telephone from city.reservoir where code = %s", code
    ) == [("新名", "075582000001")]


def test_what_the_guide_sends_is_accepted(reservoirs: City) -> None:
    (told,) = [block.text for block in blocks(GUIDE) if block.kind == "sh"]
    calls = re.findall(r'^curl "\$CITY(\S+)" .*?\n +-d \'(.+)\'$', told, re.M)
    answers = [
        reservoirs.client.post(path, json=json.loads(body), headers=reservoirs.as_("clerk"))
        for path, body in calls
    ]

    assert [path for path, _ in calls] == ["/api/v1/reservoir", "/api/v1/cases/dam_inspection"]
    assert [answer.status_code for answer in answers] == [201, 201]
