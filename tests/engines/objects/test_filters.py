"""Lists hold what their filters, boxes and areas say; unique values stand once; a fill is as good
as adding one by one."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pengcheng.engines.areas import Areas
from pengcheng.engines.objects import (
    Filter,
    NewRecord,
    Objects,
    Query,
    Schema,
    Sort,
    _store_pages,
)
from pengcheng.engines.objects.service import value_of
from pengcheng.ground.database import Database
from pengcheng.kernel.areas import area_span
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words
from tests.engines.objects.growth import attribute
from tests.engines.objects.plans import Explaining

pytestmark = pytest.mark.anyio
FUTIAN, NANSHAN = "440304000000", "440305000000"
LAMP = RecordType(
    name="lamp", role="object", pack="test", label=Words("灯", "Lamp"), place="point",
    code_pattern="L{serial:4}", title="pole", history=True,
    attributes=(
        attribute("pole", "text", required=True), attribute("serial_no", "text", unique=True),
        attribute("order", "integer", index=True), attribute("watts", "number"),
        attribute("lit", "boolean"), attribute("since", "date"), attribute("seen", "instant"),
        attribute("next", "reference", to="lamp"), attribute("title", "text", stored_as="title$1"),
    ),
)  # fmt: skip
REGISTRY = Registry(types={"lamp": LAMP})
ALL = Scope(action="read", type="lamp", regions=(Region(sensitivity=4),), actor=SYSTEM)
NOON, NIGHT = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 22, tzinfo=UTC)
LAMPS: tuple[dict[str, Any], ...] = (
    {"pole": "梅林 1 号", "order": 1, "watts": 60.5, "lit": True, "since": "2020-01-01",
     "seen": "2026-03-02T12:00:00Z", "serial_no": "a"},
    {"pole": "梅林 100% 号", "order": 2, "lit": False, "since": "2024-02-29", "serial_no": "b"},
    {"pole": "科苑_3 号", "order": 3, "watts": 150.0, "seen": "2026-03-02T22:00:00Z"},
    {"pole": "科苑 4 号"},
)  # fmt: skip


def lamps(rows: Iterable[dict[str, Any]] = LAMPS) -> list[NewRecord]:
    """The first two in Futian, the others in Nanshan; the last without a place."""
    places = ([114.05, 22.57], [114.06, 22.57], [113.95, 22.53], None)
    areas = (FUTIAN, FUTIAN, NANSHAN, NANSHAN)
    return [
        NewRecord(attributes=row, area_code=area, place=place)
        for row, area, place in zip(rows, areas, places, strict=True)
    ]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def empty(database: Database) -> Objects:
    await Schema(database).apply(REGISTRY)
    return Objects(database, Areas(database), SystemClock())


@pytest.fixture
async def objects(empty: Objects) -> Objects:
    added, faults = await empty.create_many(REGISTRY, ALL, lamps(), partly=False)
    assert (added, faults) == (4, [])
    return empty


async def poles(objects: Objects, **query: Any) -> list[str]:
    page = await objects.page(REGISTRY, ALL, Query(sort=Sort("pole"), **query))
    return sorted(str(record.attributes["pole"])[:4] for record in page.records)


FILTERS = [
    (("order", "eq", 2), ["梅林 1"]), (("order", "ne", 2), ["梅林 1", "科苑 4", "科苑_3"]),
    (("order", "lt", 2), ["梅林 1"]), (("order", "le", 2), ["梅林 1", "梅林 1"]),
    (("order", "gt", 2), ["科苑_3"]), (("order", "ge", 2), ["梅林 1", "科苑_3"]),
    (("order", "in", [1, 3, 99]), ["梅林 1", "科苑_3"]),
    (("order", "empty", True), ["科苑 4"]),
    (("order", "empty", False), ["梅林 1", "梅林 1", "科苑_3"]),
    (("pole", "has", "100%"), ["梅林 1"]), (("pole", "has", "_3"), ["科苑_3"]),
    (("pole", "has", "%"), ["梅林 1"]), (("pole", "has", "\\"), []),
    (("watts", "gt", 60.5), ["科苑_3"]), (("lit", "eq", False), ["梅林 1"]),
    (("since", "ge", date(2024, 2, 29)), ["梅林 1"]), (("seen", "lt", NIGHT), ["梅林 1"]),
    (("seen", "eq", NOON), ["梅林 1"]),
    (("title", "empty", True), ["梅林 1", "梅林 1", "科苑 4", "科苑_3"]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "wanted"), FILTERS, ids=[str(asked) for asked, _ in FILTERS])
async def test_a_filter_holds_what_it_says(
    objects: Objects, asked: tuple[str, Any, Any], wanted: list[str]
) -> None:
    found = await poles(objects, filters=(Filter(*asked),))

    assert found == sorted(wanted)
    assert await objects.count(REGISTRY, ALL, [Filter(*asked)]) == len(wanted)


async def test_filters_boxes_and_areas_hold_together(objects: Objects) -> None:
    futian = area_span(FUTIAN)

    assert await poles(objects, area=futian) == ["梅林 1", "梅林 1"]
    assert await poles(objects, box=(114.0, 22.5, 114.055, 22.6)) == ["梅林 1"]
    assert await poles(objects, area=futian, box=(113.9, 22.5, 114.0, 22.6)) == []
    assert await poles(objects, area=futian, filters=(Filter("order", "gt", 1),)) == ["梅林 1"]


@pytest.mark.parametrize("name", ["nothing", "place", "owner", 'order"; drop table record'])
async def test_what_is_no_column_filters_sorts_and_groups_nothing(
    objects: Objects, name: str
) -> None:
    with pytest.raises(Refusal):
        await poles(objects, filters=(Filter(name, "eq", 1),))
    with pytest.raises(Refusal):
        await objects.page(REGISTRY, ALL, Query(sort=Sort(name)))
    with pytest.raises(Refusal):
        await objects.grouped(REGISTRY, ALL, name)


async def test_counts_by_a_column_are_those_of_the_list(objects: Objects) -> None:
    found = dict(await objects.grouped(REGISTRY, ALL, "lit"))

    assert found == {True: 1, False: 1, None: 2}


async def test_a_value_that_is_unique_is_refused_by_its_field_wherever_it_comes_in(
    objects: Objects,
) -> None:
    (first, *_) = (await objects.page(REGISTRY, ALL, Query(sort=Sort("order")))).records
    again = NewRecord(attributes={"pole": "另一盏", "serial_no": "b"})

    with pytest.raises(Refusal) as created:
        await objects.create(REGISTRY, ALL, again)
    with pytest.raises(Refusal) as changed:
        await objects.change(REGISTRY, ALL, first.id, {"serial_no": "b"}, version=1)
    same = await objects.change(REGISTRY, ALL, first.id, {"serial_no": "a"}, version=1)

    told = [
        (fault.path, fault.code) for error in (created, changed) for fault in error.value.faults
    ]
    assert told == [("/serial_no", "value.taken")] * 2
    assert same.attributes["serial_no"] == "a"


async def test_of_rows_that_clash_the_first_goes_in_and_the_others_are_told(
    objects: Objects,
) -> None:
    rows = [
        NewRecord(attributes={"pole": f"新 {n}", "serial_no": serial})
        for n, serial in enumerate(("c", "a", "c", None, None))
    ]

    whole = await objects.create_many(REGISTRY, ALL, rows, partly=False)
    told = await objects.faults_of_many(REGISTRY, ALL, rows)
    valid = await objects.create_many(REGISTRY, ALL, rows, partly=True)

    assert (whole[0], valid[0]) == (0, 3)
    numbers = [(number, fault.path, fault.code) for number, fault in valid[1]]
    assert numbers == [(2, "/serial_no", "value.taken"), (3, "/serial_no", "value.taken")]
    assert whole[1] == told == valid[1]


async def test_a_reference_to_nothing_is_refused_when_added_and_when_changed(
    objects: Objects,
) -> None:
    (first, second, *_) = (await objects.page(REGISTRY, ALL, Query(sort=Sort("order")))).records
    lost = str(new_id())

    with pytest.raises(Refusal) as created:
        await objects.create(REGISTRY, ALL, NewRecord(attributes={"pole": "新", "next": lost}))
    with pytest.raises(Refusal) as changed:
        await objects.change(REGISTRY, ALL, first.id, {"next": lost}, version=1)
    kept = await objects.change(REGISTRY, ALL, first.id, {"next": str(second.id)}, version=1)

    assert [e.value.faults[0].code for e in (created, changed)] == ["reference.unknown"] * 2
    assert kept.attributes["next"] == second.id


async def test_a_reference_may_be_the_code_of_the_record(objects: Objects) -> None:
    (first, second, *_) = (await objects.page(REGISTRY, ALL, Query(sort=Sort("order")))).records
    named = NewRecord(attributes={"pole": "新", "next": first.code})
    lost = NewRecord(attributes={"pole": "又", "next": "L9999"})

    made = await objects.create(REGISTRY, ALL, named)
    changed = await objects.change(REGISTRY, ALL, made.id, {"next": second.code}, version=1)
    added, faults = await objects.create_many(REGISTRY, ALL, [named, lost], partly=True)

    assert (made.attributes["next"], changed.attributes["next"]) == (first.id, second.id)
    assert (added, [(at, one.path, one.code) for at, one in faults]) == (
        1, [(2, "/next", "reference.form")]
    )  # fmt: skip


async def test_a_place_is_moved_and_taken_away_and_the_former_is_kept(objects: Objects) -> None:
    (first, *_) = (await objects.page(REGISTRY, ALL, Query(sort=Sort("order")))).records

    moved = await objects.change(REGISTRY, ALL, first.id, {"place": [114.01, 22.51]}, version=1)
    gone = await objects.change(REGISTRY, ALL, first.id, {"place": None}, version=2)
    with pytest.raises(Refusal):
        await objects.change(REGISTRY, ALL, first.id, {"place": [200, 0]}, version=3)

    newest, oldest = await objects.versions(REGISTRY, ALL, first.id)
    assert "114.01" in (moved.place or "")
    assert gone.place is None
    assert ("114.01" in newest["place_text"], "114.05" in oldest["place_text"]) == (True, True)


async def test_an_attribute_called_like_a_column_of_its_table_is_one_of_its_own(
    objects: Objects,
) -> None:
    made = await objects.create(
        REGISTRY, ALL, NewRecord(attributes={"pole": "灯杆", "title": "标题"})
    )
    changed = await objects.change(REGISTRY, ALL, made.id, {"title": "新标题"}, version=1)

    assert (made.title, made.attributes["title"]) == ("灯杆", "标题")
    assert (changed.title, changed.attributes["title"]) == ("灯杆", "新标题")
    assert await objects.count(REGISTRY, ALL, [Filter("title", "eq", "新标题")]) == 1


async def test_a_fill_is_read_filtered_and_numbered_like_what_is_added_one_by_one(
    empty: Objects, database: Database
) -> None:
    filled = await empty.fill(REGISTRY, ALL, lamps())

    page = await empty.page(REGISTRY, ALL, Query(sort=Sort("order")))
    assert filled == 4
    assert [record.attributes["order"] for record in page.records] == [1, 2, 3, None]
    assert len({record.code for record in page.records}) == 4
    assert await poles(empty, filters=(Filter("lit", "eq", False),)) == ["梅林 1"]
    # Its indexes were set aside while it ran: all are there again, the unique one too.
    assert (await Schema(database).plan(REGISTRY)).changes == ()
    with pytest.raises(Refusal):
        await empty.create(REGISTRY, ALL, NewRecord(attributes={"pole": "新", "serial_no": "a"}))


async def test_a_fill_with_a_wrong_row_adds_nothing_and_leaves_the_indexes_there(
    empty: Objects, database: Database
) -> None:
    wrong = [*LAMPS[:3], {"order": "many"}]

    with pytest.raises(Refusal):
        await empty.fill(REGISTRY, ALL, lamps(wrong))

    assert await empty.count(REGISTRY, ALL) == 0
    assert (await Schema(database).plan(REGISTRY)).changes == ()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["order", "seen", "pole", "code", "changed_at", "id"])
async def test_pages_of_one_show_each_record_once_in_order_and_what_has_no_value_last(
    objects: Objects, name: str, descending: bool
) -> None:
    sort = Sort(name, descending=descending)
    whole = (await objects.page(REGISTRY, ALL, Query(sort=sort))).records
    after: Any = None
    found: list[Any] = []
    for _ in whole:
        page = await objects.page(REGISTRY, ALL, Query(sort=sort, limit=1, after=after))
        after = page.next
        found += page.records
    assert after is None
    assert [record.code for record in found] == [record.code for record in whole]
    values = [value_of(record, name) for record in whole]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert values[len(known) :] == [None] * (len(values) - len(known))


async def test_what_has_no_unit_and_no_place_costs_their_indexes_nothing(
    objects: Objects, database: Database
) -> None:
    def told(index: str) -> str:
        return f"select pg_relation_size('city.\"lamp.{index}\"')"

    async with database.transaction(SYSTEM) as work:
        empty = await work.value(told("organisation_no")), await work.value(told("place"))
        await work.run(
            """insert into city.lamp (id, code, sensitivity, "order", area_no)
               select gen_random_uuid(), 'M' || n, 1, n, 440304000000000
               from generate_series(1, 5000) n"""
        )
        await work.run("analyze city.lamp")
        assert (await work.value(told("organisation_no")), await work.value(told("place"))) == empty
    async with database.transaction(SYSTEM) as work:
        # Whatever these few rows are worth: the question is whether the indexes answer at all.
        await work.run("set local enable_seqscan = off")
        await work.run("set local enable_indexscan = off")
        seen = Explaining(work)
        await _store_pages.page(seen, LAMP, ALL, Query(box=(113.0, 22.0, 114.0, 22.6)))  # type: ignore[arg-type]  # it asks only for rows
        mine = Region(organisations=Ranges(((10, 20),)), sensitivity=4)
        unit = Scope(action="read", type="lamp", regions=(mine,), actor=SYSTEM)
        await _store_pages.page(seen, LAMP, unit, Query(limit=50))  # type: ignore[arg-type]  # as above
    assert "lamp.place" in seen.plans[0], seen.plans[0]
    assert "lamp.organisation_no" in seen.plans[1], seen.plans[1]
