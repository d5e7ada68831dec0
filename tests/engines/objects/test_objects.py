"""Records of declared types: growth in a running city, rights by attribute, pages, versions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import pytest

from pengcheng.engines.areas import Areas
from pengcheng.engines.objects import NewRecord, Objects, Query, Record, Schema, Sort
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import GUEST, PERSONAL, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Conflict, Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.registry import Attribute, RecordType, Registry
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words

pytestmark = pytest.mark.anyio
FUTIAN, NANSHAN = "440304000000", "440305000000"
IN_FUTIAN = Ranges(((440304000000000, 440305000000000),))
OWNER = new_id()


def attribute(name: str, kind: Any = "text", **more: Any) -> Attribute:
    return Attribute(name=name, kind=kind, label=Words(name, name), **more)


HOUSE = RecordType(
    name="house", role="object", pack="test", label=Words("房屋", "House"), title="street",
    history=True, place="point",
    attributes=(
        attribute("street", required=True), attribute("order", "integer"),
        attribute("keeper", sensitivity=PERSONAL), attribute("next", "reference", to="house"),
    ),
)  # fmt: skip
REGISTRY = Registry(version=1, types={"house": HOUSE})
EVERYWHERE = Region(sensitivity=4)
MIXED = (Region(areas=IN_FUTIAN, sensitivity=2), Region(owner=OWNER, sensitivity=PERSONAL))


def scope(*regions: Region, action: str = "read") -> Scope:
    return Scope(action=action, type="house", regions=regions, actor=SYSTEM)


ALL = scope(EVERYWHERE)


def house(code: str, area: str = FUTIAN, **values: Any) -> NewRecord:
    owner = values.pop("owner", None)
    place = values.pop("place", None)
    return NewRecord(
        code=code, area_code=area, owner_id=owner, place=place,
        attributes={"street": f"{code} 路", "keeper": "张三", **values},
    )  # fmt: skip


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def objects(database: Database) -> Objects:
    await Schema(database).apply(REGISTRY)
    return Objects(database, Areas(database), SystemClock())


async def add(objects: Objects, *new: NewRecord) -> list[Record]:
    return [await objects.create(REGISTRY, ALL, item) for item in new]


async def codes(objects: Objects, asked: Scope, **query: Any) -> list[str]:
    """Every code of a list, read page by page."""
    found: list[str] = []
    after: tuple[Any, UUID] | None = None
    for _ in range(20):
        page = await objects.page(REGISTRY, asked, Query(limit=2, after=after, **query))
        found += [record.code for record in page.records]
        after = page.next
        if after is None:
            break
    return found


async def test_an_attribute_is_seen_where_the_right_reaches_it(objects: Objects) -> None:
    await add(objects, house("A", owner=OWNER), house("B"))

    mine = await objects.get(REGISTRY, scope(*MIXED), "A")
    others = await objects.get(REGISTRY, scope(*MIXED), "B")
    plain = await objects.get(REGISTRY, scope(MIXED[0]), "A")

    assert (mine.attributes["keeper"], others.attributes.get("keeper")) == ("张三", None)
    assert "keeper" not in plain.attributes
    with pytest.raises(Absent):
        await objects.get(REGISTRY, scope(Region(owner=OWNER)), "B")


async def test_what_one_may_not_see_of_a_record_one_may_not_overwrite(objects: Objects) -> None:
    await add(objects, house("A", owner=OWNER), house("B"))
    asked = scope(*MIXED, action="change")

    mine = await objects.change(REGISTRY, asked, "A", {"keeper": "李四"}, version=1)
    with pytest.raises(Refusal) as refused:
        await objects.change(REGISTRY, asked, "B", {"keeper": "李四"}, version=1)

    assert mine.attributes["keeper"] == "李四"
    assert refused.value.faults[0].code == "field.not_yours"
    assert (await objects.get(REGISTRY, ALL, "B")).attributes["keeper"] == "张三"


async def test_a_personal_attribute_orders_and_filters_nothing_for_who_sees_it_in_part(
    objects: Objects,
) -> None:
    await add(objects, house("A"))

    with pytest.raises(Refusal):
        await codes(objects, scope(*MIXED), sort=Sort("keeper"))


async def test_of_two_who_change_one_wins_and_the_superseded_version_is_kept(
    objects: Objects,
) -> None:
    await add(objects, house("A", owner=OWNER))
    changed = await objects.change(REGISTRY, ALL, "A", {"street": "新路"}, version=1)
    with pytest.raises(Conflict):
        await objects.change(REGISTRY, ALL, "A", {"street": "另一条路"}, version=1)

    (kept,) = await objects.versions(REGISTRY, scope(*MIXED), changed.id)

    assert (changed.version, changed.title) == (2, "新路")
    assert (kept["street"], kept["keeper"], kept["version"]) == ("A 路", "张三", 1)


async def test_a_retired_record_is_in_no_list(objects: Objects) -> None:
    await add(objects, house("A"), house("B"))
    with pytest.raises(Conflict):
        await objects.retire(REGISTRY, ALL, "A", version=7)
    await objects.retire(REGISTRY, ALL, "A", version=1)

    assert await codes(objects, ALL) == ["B"]
    with pytest.raises(Absent):
        await objects.get(REGISTRY, ALL, "A")


ORDERS: Sequence[int | None] = (3, None, 1, 2, None, 1)


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_hold_every_record_once_with_the_unknown_last(
    objects: Objects, *, descending: bool
) -> None:
    await add(objects, *(house(f"H{n}", order=value) for n, value in enumerate(ORDERS)))

    found = await codes(objects, ALL, sort=Sort("order", descending=descending))

    values = [ORDERS[int(code[1:])] for code in found]
    known = sorted((value for value in ORDERS if value is not None), reverse=descending)
    assert values == [*known, None, None]
    assert len(set(found)) == len(ORDERS)


async def test_an_attribute_is_added_in_a_running_city_and_nothing_planned_is_lost(
    objects: Objects, database: Database
) -> None:
    await add(objects, house("A"))
    grown = msgspec.structs.replace(HOUSE, attributes=(*HOUSE.attributes, attribute("roof")))
    newer = msgspec.structs.replace(REGISTRY, version=2, types={"house": grown})
    schema = Schema(database)

    version = await schema.apply(newer)
    again = await schema.apply(newer)
    changed = await objects.change(newer, ALL, "A", {"roof": "瓦"}, version=1)

    assert version == again
    assert (changed.attributes["roof"], changed.attributes["street"]) == ("瓦", "A 路")
    assert len(await objects.versions(newer, ALL, changed.id)) == 1


async def test_a_reference_to_nothing_and_a_code_twice_are_told_by_row(objects: Objects) -> None:
    await add(objects, house("A"))
    rows = [house("B"), house("A"), house("C", next=str(new_id())), house("B")]

    none = await objects.create_many(REGISTRY, ALL, rows, partly=False)
    some = await objects.create_many(REGISTRY, ALL, rows, partly=True)

    assert (none[0], some[0]) == (0, 1)
    assert [number for number, _ in some[1]] == [2, 3, 4]
    assert await codes(objects, ALL, sort=Sort("code")) == ["A", "B"]


async def test_nobody_adds_outside_their_scope(objects: Objects) -> None:
    with pytest.raises(Forbidden):
        await objects.create(REGISTRY, scope(MIXED[0]), house("N", area=NANSHAN))
    with pytest.raises(Forbidden):
        await objects.create(REGISTRY, Scope(action="create", type="house", actor=GUEST),
                             house("G"))  # fmt: skip

    assert await codes(objects, ALL) == []


WRONG_PLACES = [[200, 0], "here", {"type": "Point"}, {"type": "Polygon", "coordinates": []},
                [114.0], [True, False], {"type": "Point", "coordinates": [[1, 2]]}]  # fmt: skip


@pytest.mark.parametrize("place", WRONG_PLACES, ids=range(len(WRONG_PLACES)))
async def test_a_place_that_is_not_one_is_refused(objects: Objects, place: Any) -> None:
    with pytest.raises(Refusal) as refused:
        await add(objects, house("A", place=place))

    assert refused.value.faults[0].code == "place.form"


async def test_a_place_is_given_back_as_it_came(objects: Objects) -> None:
    (made,) = await add(objects, house("A", place=[114.05, 22.57]))

    assert msgspec.json.decode(made.place or "")["coordinates"] == [114.05, 22.57]
