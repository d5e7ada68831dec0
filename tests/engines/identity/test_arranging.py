"""The tree of organisations as it is arranged: added to, changed, moved, imported."""

from uuid import uuid4

import pytest

from pengcheng.engines.identity import (
    Arranging,
    NewOrganisation,
    Organisation,
    OrganisationChange,
    Organisations,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.areas import Level
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Conflict, Refusal
from pengcheng.kernel.words import Words

pytestmark = pytest.mark.anyio
ANY = Scope(action="change", type="organisation", regions=(Region(),), actor=SYSTEM)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def unit(
    key: str, parent: str | None, level: Level = "district", name: str = ""
) -> NewOrganisation:
    return NewOrganisation(
        key=key, kind=key, level=level, name=Words(name or key, key), area_code="440304000000",
        parent=parent,
    )  # fmt: skip


class Town:
    """A government with two bureaus, one of them with an office."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.organisations = Organisations(database)
        self.arranging = Arranging(database, self.organisations)

    def of(self, key: str) -> Organisation:
        found = self.organisations.by_key(key)
        assert found is not None
        return found

    async def search_numbers(self) -> list[int]:
        async with self.database.reading() as work:
            rows = await work.tuples("select organisation_no from search_document order by title")
        return [row[0] for row in rows]


@pytest.fixture
async def town(database: Database) -> Town:
    made = Town(database)
    await made.organisations.add(
        ANY,
        [unit("government", None, "city"), unit("water", "government"), unit("parks", "government"),
         unit("office", "water")],
    )  # fmt: skip
    return made


async def test_an_organisation_is_added_beneath_another(town: Town) -> None:
    made = await town.arranging.add(ANY, unit("nursery", "parks"))

    assert made.parent_id == town.of("parks").id
    assert town.of("parks").no < made.no < town.of("parks").no_end


async def test_every_fault_of_an_organisation_is_told(town: Town) -> None:
    wrong = NewOrganisation(
        key="water", kind="", level="city", name=Words("", "x" * 130), area_code="1",
        parent="parks",
    )  # fmt: skip

    with pytest.raises(Refusal) as told:
        await town.arranging.add(ANY, wrong)

    assert {fault.path for fault in told.value.faults} == {
        "/key", "/kind", "/name_zh", "/name_en", "/area_code", "/level",
    }  # fmt: skip


async def test_what_stands_under_an_organisation_goes_with_it_when_it_moves(town: Town) -> None:
    water, office = town.of("water"), town.of("office")
    async with town.database.transaction(SYSTEM) as work:
        for number, item in enumerate((office, town.of("parks"))):
            await work.run(
                """insert into search_document (id, type, title, tokens, organisation_no, at)
                   values (%(id)s, 'duty', %(title)s, '', %(no)s, now())""",
                id=uuid4(), title=str(number), no=item.no,
            )  # fmt: skip

    await town.arranging.move(ANY, water.id, town.of("parks").id, water.version)

    parks = town.of("parks")
    moved = town.of("office")
    assert [item.key for item in town.organisations.superiors(moved.id)] == [
        "water", "parks", "government",
    ]  # fmt: skip
    assert parks.no < town.of("water").no < moved.no < moved.no_end <= parks.no_end
    assert await town.search_numbers() == [moved.no, parks.no]
    assert [item.key for item in town.organisations.beneath(parks.id)] == [
        "parks", "water", "office",
    ]  # fmt: skip


async def test_numbers_that_a_moved_organisation_left_are_never_given_again(town: Town) -> None:
    left = town.of("parks")
    await town.arranging.move(ANY, left.id, town.of("water").id, 1)

    made = await town.arranging.add(ANY, unit("transport", "government"))

    assert made.no >= left.no_end


@pytest.mark.parametrize(
    ("moved", "to", "code"),
    [
        ("water", "office", "organisation.beneath_itself"),
        ("water", "water", "organisation.beneath_itself"),
        ("water", "government", "organisation.there_already"),
        ("government", "parks", "organisation.beneath_itself"),
    ],
)
async def test_what_would_break_the_tree_is_refused(
    town: Town, moved: str, to: str, code: str
) -> None:
    with pytest.raises(Refusal) as told:
        await town.arranging.move(ANY, town.of(moved).id, town.of(to).id, 1)

    assert [fault.code for fault in told.value.faults] == [code]


async def test_two_who_move_at_once_one_wins(town: Town) -> None:
    water, parks = town.of("water"), town.of("parks")
    await town.arranging.move(ANY, water.id, parks.id, water.version)

    with pytest.raises(Conflict):
        await town.arranging.move(ANY, water.id, town.of("government").id, water.version)


def changed(of: Organisation, *, active: bool = True, name: str = "") -> OrganisationChange:
    return OrganisationChange(
        name=Words(name or of.name.zh, of.name.en), kind=of.kind, area_code=of.area_code,
        active=active, version=of.version,
    )  # fmt: skip


async def test_one_with_active_ones_beneath_is_not_retired(town: Town) -> None:
    with pytest.raises(Refusal) as told:
        await town.arranging.change(
            ANY, town.of("water").id, changed(town.of("water"), active=False)
        )
    assert told.value.code == "organisation.has_active_beneath"

    await town.arranging.change(ANY, town.of("office").id, changed(town.of("office"), active=False))
    retired = await town.arranging.change(
        ANY, town.of("water").id, changed(town.of("water"), active=False)
    )
    assert not retired.active


async def test_a_sheet_adds_changes_and_leaves_what_is_the_same(town: Town) -> None:
    rows = [
        unit("government", None, "city"),
        unit("water", "government", name="水务局"),
        unit("pumps", "water"),
        unit("pump7", "pumps"),
        unit("office", "parks"),
        unit("pumps", "water"),
    ]

    checked = await town.arranging.import_rows(ANY, ANY, rows, mode="check")
    assert town.organisations.by_key("pumps") is None
    done = await town.arranging.import_rows(ANY, ANY, rows, mode="partly")

    assert (checked.count("added"), checked.count("changed"), checked.same) == (2, 1, 1)
    assert done == checked
    assert [(number, fault.code) for number, fault in done.faults] == [
        (5, "organisation.moved_apart"), (6, "row.twice"),
    ]  # fmt: skip
    assert town.of("water").name.zh == "水务局"
    assert town.of("pump7").parent_id == town.of("pumps").id
