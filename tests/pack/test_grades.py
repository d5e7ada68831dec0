"""Grades are computed; a new pack begins from green; samples and schemas say what they say."""

import json
from pathlib import Path

import pytest

from pengcheng.kernel.errors import Refusal
from pengcheng.pack import (
    check,
    find,
    first_rows,
    json_schemas,
    load,
    new_pack,
    sample_rows,
    with_needs,
    write_schemas,
)
from tests.pack.writing import COVER, RIGHTS, write_pack

ROOT = Path(__file__).resolve().parents[2]


def test_a_pack_that_only_loads_is_a_draft_and_hears_what_is_next(tmp_path: Path) -> None:
    report = check([write_pack(tmp_path, objects=COVER)]).packs[0]
    assert report.grade == "draft"
    assert report.missing[0].what.en == "there is no story in stories/"
    assert "no role in rights.yaml may read cover" in [one.what.en for one in report.missing]


def test_each_missing_thing_lowers_the_grade(tmp_path: Path) -> None:
    story = """\
story: {zh: 检查, en: Checks}
steps:
  - {when: {checks: cover, values: {state: good}}, then: {faults: {}}}
"""
    working = write_pack(tmp_path, objects=COVER, rights=RIGHTS, stories__one=story)
    assert check([working]).packs[0].grade == "working"
    (working / "objects.yaml").write_text(
        COVER.replace("en: State}}\n", "en: State}, source: water}\n", 1).replace(
            "unit: m,", "unit: m, source: water,"
        ),
        encoding="utf-8",
    )
    (working / "sample").mkdir()
    (working / "sample" / "cover.csv").write_text("state,depth\ngood,1\n", encoding="utf-8")
    (working / "datasets.yaml").write_text(
        "datasets:\n"
        "  covers: {name: {zh: 井盖, en: Covers}, of: cover, sharing: none, basis: law}\n",
        encoding="utf-8",
    )
    report = check([working]).packs[0]
    assert (report.grade, report.rows) == ("complete", 1)
    assert [one.grade for one in report.missing] == ["exemplary", "exemplary"]


def test_a_pack_with_a_fault_has_no_grade(tmp_path: Path) -> None:
    report = check([write_pack(tmp_path, objects=COVER.replace("list: states", "list: x"))])
    assert (report.holds, report.packs[0].grade) == (False, "faulty")


def test_a_new_pack_is_complete_but_for_what_only_its_author_knows(tmp_path: Path) -> None:
    folder = new_pack(tmp_path, "reservoir_safety", "reservoir")
    report = check([folder]).packs[0]
    assert (report.faults, report.stories, report.rows) == ((), 1, 2)
    assert report.grade == "complete"


@pytest.mark.parametrize(
    ("name", "type_name", "code"),
    [
        ("Bad", None, "pack.name"),
        ("../x", None, "pack.name"),
        ("", None, "pack.name"),
        ("good", "Bad", "pack.name"),
        ("event", None, "pack.type_reserved"),
        ("taken", None, "pack.exists"),
    ],
)
def test_a_new_pack_needs_a_free_and_proper_name(
    tmp_path: Path, name: str, type_name: str | None, code: str
) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(Refusal) as refused:
        new_pack(tmp_path, name, type_name)
    assert refused.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("state,deep\ngood,1\n", "csv.column"),
        ("state,depth\ngone,1\n", "csv.value"),
        ("state,depth\ngood,x\n", "csv.value"),
        ("state,depth\ngood,-1\n", "csv.value"),
        ("state,depth\ngood\n", "csv.width"),
        ("state,state\ngood,good\n", "csv.twice"),
        ('state,depth\n"good,1\n', "yaml.syntax"),
    ],
)
def test_a_fault_in_a_sample_has_its_line(tmp_path: Path, table: str, code: str) -> None:
    folder = write_pack(tmp_path, objects=COVER, sample__cover_as_csv=table)
    faults = check([folder]).faults
    assert [fault.code for fault in faults] == [code]
    assert faults[0].file == "covers/sample/cover.csv"


def test_rows_are_clean_and_keep_what_stands_beside_them(tmp_path: Path) -> None:
    objects = COVER.replace("    attributes:", "    place: point\n    attributes:", 1)
    table = "code,area,lon,lat,state,depth\nC1,440304000000,114.1,22.5,完好,1.5\n"
    folder = write_pack(tmp_path, objects=objects, sample__cover_as_csv=table)
    row = sample_rows(load([folder]), "covers")[0]
    assert dict(row.values) == {"state": "good", "depth": 1.5}
    assert dict(row.beside) == {"code": "C1", "area": "440304000000"}
    assert row.place == {"type": "Point", "coordinates": [114.1, 22.5]}


def test_every_file_has_a_schema_without_outside_references(tmp_path: Path) -> None:
    written = write_schemas(tmp_path)
    assert len(written) == len(json_schemas()) + 1
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert json.loads(text)
        assert '"$ref": "http' not in text


def test_the_packs_of_this_city_have_no_fault() -> None:
    report = check(find(ROOT / "packs"))
    assert [fault.text("en") for fault in report.faults] == []
    grades = {pack.pack: pack.grade for pack in report.packs}
    assert grades["citizen_demands"] == "exemplary"


def test_the_demands_pack_declares_what_the_loop_needs() -> None:
    registry = load(with_needs([ROOT / "packs" / "citizen_demands"]))
    process = registry.processes["demand_handling"]
    ends = {step.id for step in process.steps if step.kind == "end"}
    assert ends == {"closed", "not_accepted", "handed_over", "withdrawn"}
    assert registry.indicators["automatic_rate"].target == 50
    personal = [a.name for a in registry.type_("demand").attributes if a.sensitivity == 3]
    assert personal == ["contact_name", "contact_telephone", "contact_email", "enterprise_name"]
    assert {"citizen", "enterprise_member", "clerk", "unit_chief"} <= set(registry.roles)
    assert {screen.portal for screen in registry.screens.values()} == {
        "ishenzhen",
        "shenqi",
        "shenzhengyi",
        "shenzhihui",
    }
    assert len(first_rows(registry, "duty")) > 300
    assert len(registry.code_lists["category_level1"].codes) == 15
