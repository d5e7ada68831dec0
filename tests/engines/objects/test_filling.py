"""Filling a type: the same rows as one by one, all or none, with the faults of the wrong ones."""

import pytest

from pengcheng.engines.objects import NewRecord, Objects, Query
from pengcheng.kernel.errors import Conflict, Forbidden, Refusal
from tests.engines.objects.test_objects import (
    ALL,
    EVERYWHERE,
    FUTIAN,
    IN_FUTIAN,
    OWNER,
    REGISTRY,
    anyio_backend,
    codes,
    house,
    objects,
    scope,
)

__all__ = ["anyio_backend", "objects"]
pytestmark = pytest.mark.anyio


async def test_what_is_filled_stands_as_what_is_added_one_by_one(objects: Objects) -> None:
    one = house("A", owner=OWNER, place=(114.05, 22.54))
    await objects.create(REGISTRY, ALL, one)
    filled = await objects.fill(REGISTRY, ALL, iter([house("B", owner=OWNER, place=(114.05, 22.54)),
                                                     house("C")]))  # fmt: skip
    added, alike, bare = [await objects.get(REGISTRY, ALL, code) for code in ("A", "B", "C")]

    assert filled == 2
    assert (alike.area_no, alike.owner_id, alike.place, alike.sensitivity) == (
        added.area_no, added.owner_id, added.place, added.sensitivity
    )  # fmt: skip
    assert alike.attributes == {**added.attributes, "street": "B 路"}
    assert bare.place is None
    assert await codes(objects, scope(EVERYWHERE)) == ["A", "B", "C"]


async def test_a_wrong_row_is_named_and_nothing_is_filled(objects: Objects) -> None:
    rows = [house("A"), NewRecord(attributes={"street": 5, "keeper": "张三"}, code="B")]
    with pytest.raises(Refusal) as caught:
        await objects.fill(REGISTRY, ALL, rows)

    assert [fault.path for fault in caught.value.faults] == ["/1/street"]
    assert (await objects.page(REGISTRY, ALL, Query())).records == ()


async def test_a_code_twice_undoes_the_filling_and_leaves_the_index(objects: Objects) -> None:
    with pytest.raises(Conflict):
        await objects.fill(REGISTRY, ALL, [house("A"), house("A")])
    await objects.fill(REGISTRY, ALL, [house("A")])
    with pytest.raises(Conflict):
        await objects.fill(REGISTRY, ALL, [house("A")])


async def test_nobody_fills_outside_their_scope(objects: Objects) -> None:
    mine = scope(EVERYWHERE.__class__(areas=IN_FUTIAN, sensitivity=4), action="create")
    assert await objects.fill(REGISTRY, mine, [house("A", area=FUTIAN)]) == 1
    with pytest.raises(Forbidden):
        await objects.fill(REGISTRY, mine, [house("B", area="440305000000")])
