"""The pack of the guide in a running city: an action on a case makes and changes records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pengcheng import city as composition
from pengcheng import pack
from pengcheng.edge import pack_changes
from pengcheng.ops import postgres
from pengcheng.pack import new_pack
from tests.city import ROOT, City, Filled, running
from tests.pack.test_guide import blocks
from tests.pack.test_guide_of_wholes import GUIDE

KIND = "stall_application"
CLERK = "clerk"


@pytest.fixture(scope="module")
def stalls(
    postgres_server: postgres.Cluster, filled: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("guide")
    new_pack(folder / "packs", "stalls", "pitch")
    for path, text in ((one.path, one.text) for one in blocks(GUIDE) if one.path):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / Path(path)).write_text(text, encoding="utf-8")
    folders = [*pack.find(ROOT / "packs"), folder / "packs" / "stalls"]
    with running(postgres_server, filled) as city:
        city.run(pack_changes.apply, city.services, pack.load(folders))
        city.run(composition.declare, city.services)
        yield city


def pitch(city: City, **values: Any) -> str:
    body = {"title": "一号", "width": 2, "depth": 1.5, **values}
    made = city.client.post("/api/v1/pitch", json=body, headers=city.as_(CLERK))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def applied(city: City, where: str, days: int = 30) -> dict[str, Any]:
    fields = {"holder": "示例摊主", "pitch": where, "days": days}
    return city.send_case(CLERK, KIND, fields=fields, area_code="440304000000")


def test_approving_makes_the_permit_and_takes_the_pitch(stalls: City) -> None:
    where = pitch(stalls)
    case = applied(stalls, where)

    answer = stalls.act(CLERK, case, "approve", KIND)
    (permit,) = stalls.query(
        "select id, code, holder, state, ends - begins, area_no from city.stall_permit"
    )
    kept = stalls.query("select permit from city.stall_application where id = %s", case["id"])
    taken = stalls.query("select taken, version from city.pitch where id = %s", where)
    causes = stalls.query(
        "select kind, cause ->> 'code' from log where cause ->> 'effect' is not null order by seq"
    )

    assert answer.status_code == 200, answer.text
    assert permit[2:] == ("示例摊主", "valid", 30, 440304000000000)
    assert (kept, taken) == ([(permit[0],)], [(True, 2)])
    assert causes == [("record.added", case["code"]), ("record.changed", case["code"])]


def test_an_effect_that_cannot_be_leaves_the_case_where_it_was(stalls: City) -> None:
    where = pitch(stalls)
    case = applied(stalls, where, days=0)

    answer = stalls.act(CLERK, case, "approve", KIND)
    step = stalls.query("select step, version from cases where id = %s", case["id"])
    taken = stalls.query("select taken from city.pitch where id = %s", where)

    assert answer.status_code == 422
    assert "有效期至少一天" in answer.json()["faults"][0]["message"]
    assert (step, taken) == ([("applied", 1)], [(False,)])


def test_an_action_without_effects_does_nothing_to_objects(stalls: City) -> None:
    where = pitch(stalls)
    stalls.act(CLERK, applied(stalls, where), "refuse", KIND, body="摊位太小")

    assert stalls.query("select taken, version from city.pitch where id = %s", where) == [
        (False, 1)
    ]


def test_what_is_computed_is_read_filtered_and_not_asked_for(stalls: City) -> None:
    small, large = pitch(stalls), pitch(stalls, title="大", width=4, depth=2.5)
    headers = stalls.as_(CLERK)
    found = stalls.client.get("/api/v1/pitch?large=true", headers=headers).json()["items"]
    sent = stalls.client.patch(
        f"/api/v1/pitch/{small}", json={"width": 10, "version": 1}, headers=headers
    )
    refused = stalls.client.patch(
        f"/api/v1/pitch/{large}", json={"size": 1, "version": 1}, headers=headers
    )
    broken = stalls.client.post(
        "/api/v1/pitch", headers=headers,
        json={"title": "乱", "opens": "2026-05-01", "closes": "2026-04-01"},
    )  # fmt: skip
    page = stalls.client.get(f"/e/records/pitch/{large}", headers=headers).text
    schema = stalls.client.get("/openapi.json").json()["components"]["schemas"]

    assert [(one["id"], one["size"]) for one in found] == [(large, 10.0)]
    assert (sent.json()["size"], sent.json()["large"]) == (15.0, True)
    assert refused.json()["faults"][0]["code"] == "field.computed"
    assert [(one["path"], one["message"]) for one in broken.json()["faults"]] == [
        ("/closes", "停用须晚于启用")
    ]
    assert "由以上各项算出" in page
    assert 'name="size"' not in page
    assert "size" not in schema["pitch.new"]["properties"]
    assert schema["pitch"]["properties"]["size"]["anyOf"][0]["readOnly"] is True
