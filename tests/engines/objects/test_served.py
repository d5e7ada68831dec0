"""Every order and filter that a list offers is read by an index, whoever asks; the others are
refused with what may be asked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pengcheng.engines.objects import (
    Filter,
    Query,
    Sort,
    _store_pages,
    filtered_by,
    operators,
    sorted_by,
    unserved,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from tests import conftest
from tests.engines.objects.plans import HYDRANT, Explaining, grown

pytestmark = pytest.mark.anyio
FEW, MANY = 30_000, 1_000_000
LONG = (pytest.mark.slow, pytest.mark.timeout(1800))
"""A million rows and their indexes take minutes where others work too."""
DISTRICT = Ranges(((440300000000000, 440650000000000),))
COMMUNITY = Ranges(((440301000000000, 440302000000000),))
TWO = Ranges(((440301000000000, 440302000000000), (440501000000000, 440701000000000)))
REGIONS = {
    "the city": Region(sensitivity=4),
    "a district": Region(areas=DISTRICT, sensitivity=4),
    "a community": Region(areas=COMMUNITY, sensitivity=4),
    "two areas": Region(areas=TWO, sensitivity=4),
    "a unit": Region(organisations=Ranges(((10, 12),)), sensitivity=4),
}
ASKED: dict[str, tuple[Any, str]] = {
    "code": ("H777", "hydrant.code.unique"),
    "title": ("消火栓777号", "hydrant.title.pieces"),
    "remarks": ("777", "hydrant.remarks.pieces"),
    "area_no": (440301000000000, "hydrant.area_no"),
    "organisation_no": (11, "hydrant.organisation_no"),
    "owner_id": (new_id(), "hydrant.owner_id"),
    "changed_at": ("2020-01-01T00:00:00Z", "hydrant.changed_at"),
    "state": ("gone", "hydrant.state"),
    "order": (7, "hydrant.order"),
    "until": ("2026-02-03", "hydrant.until"),
    "plate": ("P7", "hydrant.plate.unique"),
    "uses": ("u7", "hydrant.uses"),
    "parts.kind": ("k7", "hydrant.parts"),
}
"""A value of which there is little, and the index that finds it."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=[FEW, pytest.param(MANY, marks=LONG)], ids=["few", "many"])
async def hydrants(
    request: pytest.FixtureRequest, postgres_server: Any, migrated_template: str
) -> AsyncIterator[Database]:
    with conftest.database(postgres_server, template=migrated_template) as url:
        made = Database(url)
        await made.open()
        await grown(made, request.param)
        yield made
        await made.close()


async def plans(database: Database, region: Region, query: Query) -> list[str]:
    scope = Scope(action="read", type="hydrant", regions=(region,), actor=SYSTEM)
    async with database.listing(SYSTEM) as work:
        seen = Explaining(work)
        await _store_pages.page(seen, HYDRANT, scope, query)  # type: ignore[arg-type]  # it asks only for rows
    return seen.plans


@pytest.mark.parametrize("descending", [False, True], ids=["up", "down"])
@pytest.mark.parametrize("name", sorted_by(HYDRANT))
async def test_either_direction_and_every_depth_of_every_order_is_read_by_its_index(
    hydrants: Database, name: str, descending: bool
) -> None:
    index = {"id": "hydrant_pkey"}.get(name, f"hydrant.{name}")
    deep = {"id": new_id(), "code": "H5", "changed_at": "2026-01-01T00:00:00Z", "state": "ok",
            "order": 100, "until": "2028-01-01", "plate": "P5"}  # fmt: skip
    sort = Sort(name, descending=descending)
    for region in (REGIONS["the city"], REGIONS["a district"], REGIONS["two areas"]):
        for after in (None, (deep[name], new_id())):
            plan = (await plans(hydrants, region, Query(sort=sort, after=after, limit=50)))[0]
            assert index in plan
            assert "Seq Scan" not in plan
            assert "Sort  (" not in plan.replace("Incremental Sort", "")


@pytest.mark.parametrize("name", filtered_by(HYDRANT))
async def test_what_is_rare_is_found_by_its_index_whichever_way_it_is_asked_for(
    hydrants: Database, name: str
) -> None:
    value, index = ASKED[name]
    for operator in sorted({"eq", "has", "in"} & {*operators(HYDRANT, name)}):
        asked = Filter(name, operator, [value] if operator == "in" else value)  # type: ignore[arg-type]  # one of the three
        plan = (await plans(hydrants, REGIONS["the city"], Query(filters=(asked,), limit=50)))[0]
        # Of what rows of tables hold PostgreSQL knows no numbers: it may walk in the list's order.
        walks = name == "parts.kind" and "hydrant_pkey" in plan
        assert f'"{index}"' in plan or walks
        assert "Seq Scan" not in plan


@pytest.mark.parametrize("sort", ["id", "-changed_at", "order"])
@pytest.mark.parametrize("who", REGIONS)
async def test_nothing_that_may_be_asked_reads_a_table_from_end_to_end_whoever_asks(
    hydrants: Database, who: str, sort: str
) -> None:
    order = Sort(sort.lstrip("-"), descending=sort.startswith("-"))
    asked = [
        (Filter(name, operator, [value] if operator == "in" else value),)
        for name, (value, _) in ASKED.items()
        for operator in operators(HYDRANT, name)
    ]
    for filters in ((), *asked):
        query = Query(filters=filters, sort=order, limit=50)
        assert unserved(HYDRANT, query) == []
        told = await plans(hydrants, REGIONS[who], query)
        assert [one for one in told if "Seq Scan" in one] == []


REFUSED = [
    (Filter("note", "eq", "x"), "query.unindexed"),
    (Filter("note", "has", "x"), "query.unsearched"),
    (Filter("code", "has", "x"), "query.unsearched"),
    (Filter("title", "eq", "x"), "query.operator"),
    (Filter("sensitivity", "eq", 1), "query.unindexed"),
    (Filter("organisation_no", "empty", True), "query.operator"),
    (Filter("uses", "ne", "fire"), "query.operator"),
    (Filter("uses", "lt", "fire"), "query.operator"),
    (Filter("parts.kind", "ne", "k"), "query.operator"),
    (Filter("parts", "eq", "k"), "query.unindexed"),
]


@pytest.mark.parametrize(("asked", "code"), REFUSED)
def test_a_filter_without_an_index_is_refused_with_those_that_have_one(
    asked: Filter, code: str
) -> None:
    (fault,) = unserved(HYDRANT, Query(filters=(asked,)))

    assert fault.code == code
    allowed = {
        "query.unindexed": ", ".join(filtered_by(HYDRANT)),
        "query.unsearched": "title, remarks",
        "query.operator": ", ".join(operators(HYDRANT, asked.name)),
    }
    assert fault.facts["allowed"] == allowed[code]


@pytest.mark.parametrize("name", ["note", "uses", "parts", "title", "area_no", "nothing"])
def test_an_order_without_an_index_is_refused_with_those_that_have_one(name: str) -> None:
    (fault,) = unserved(HYDRANT, Query(sort=Sort(name)))

    assert (fault.path, fault.code) == ("/sort", "query.sort")
    assert fault.facts["allowed"] == "id, code, changed_at, state, order, until, plate"
