"""Posts with their periods: given, changed, ended; what they let somebody do, and until when."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from pengcheng.engines.identity import (
    CityRole,
    Identity,
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
    Organisations,
    People,
    PostHeld,
    PostQuery,
    Posts,
    Roles,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Facts, Region, Right, Rights, Scope
from pengcheng.kernel.errors import Absent, Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.time import FixedClock
from pengcheng.kernel.words import Words

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
PASSWORD = "correct horse 4403"
ROLES = ["clerk", "auditor", "administrator"]


def anything(action: str, type_name: str = "post") -> Scope:
    return Scope(action=action, type=type_name, regions=(Region(),), actor=SYSTEM)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


class Town:
    """Two bureaus and a clerk with an open account."""

    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database = database
        self.organisations = Organisations(database)
        self.identity = Identity(database, clock)
        self.people = People(database, clock)
        self.posts = Posts(database, clock)
        self.roles = Roles(database)

    async def begin(self) -> "Town":
        await self.organisations.add(
            anything("create", "organisation"),
            [unit("government", None), unit("water", "government"), unit("parks", "government")],
        )
        clerk = NewAccount(
            username="clerk", kind="official", person=NewPerson(name="示例·职员"),
            posts=(NewPost(role="clerk", organisation="water"),),
        )  # fmt: skip
        await self.identity.fill(SYSTEM, [(clerk, PASSWORD)])
        return self

    async def held(self) -> set[str]:
        actor = (await self.identity.sign_in("clerk", PASSWORD)).actor
        return {post.role for post in actor.posts}

    async def account_id(self) -> UUID:
        found = (await self.identity.sign_in("clerk", PASSWORD)).actor.account_id
        assert found is not None
        return found

    def number(self, key: str) -> int:
        found = self.organisations.by_key(key)
        assert found is not None
        return found.no


def unit(key: str, parent: str | None) -> NewOrganisation:
    return NewOrganisation(
        key=key, kind=key, level="district", name=Words(key, key), area_code="440304000000",
        parent=parent,
    )  # fmt: skip


@pytest.fixture
async def town(database: Database, clock: FixedClock) -> Town:
    return await Town(database, clock).begin()


async def give(town: Town, post: NewPost) -> None:
    await town.posts.give(anything("create"), await town.account_id(), post, ROLES)


def at_water(role: str, starts_on: date | None = None, ends_on: date | None = None) -> NewPost:
    return NewPost(role=role, organisation="water", starts_on=starts_on, ends_on=ends_on)


async def only(town: Town, role: str) -> PostHeld:
    found = await town.posts.found(anything("read"), PostQuery(role=role))
    assert len(found) == 1
    return found[0]


async def test_a_post_gives_rights_from_its_first_day_to_its_last(
    town: Town, clock: FixedClock
) -> None:
    await give(town, at_water("auditor", starts_on=TODAY + DAY, ends_on=TODAY + 2 * DAY))
    seen = []
    for _ in range(4):
        seen.append("auditor" in await town.held())
        clock.move(DAY)

    assert seen == [False, True, True, False]


async def test_a_post_that_was_ended_gives_no_right_from_that_moment(town: Town) -> None:
    session = await town.identity.sign_in("clerk", PASSWORD)
    post = await only(town, "clerk")

    await town.posts.end(anything("retire"), post.id)

    actor = await town.identity.actor_of(session.token)
    assert actor is not None
    assert actor.posts == ()
    assert (await only(town, "clerk")).state(TODAY) == "ended"
    with pytest.raises(Absent):
        await town.posts.end(anything("retire"), post.id)


async def test_the_same_post_is_held_once_at_a_time_and_again_later(town: Town) -> None:
    with pytest.raises(Refusal) as told:
        await give(town, at_water("clerk"))
    assert told.value.faults[0].code == "post.held"

    post = await only(town, "clerk")
    await town.posts.end(anything("retire"), post.id)
    await give(town, at_water("clerk", ends_on=TODAY + DAY))
    await give(town, at_water("clerk", starts_on=TODAY + 2 * DAY))

    assert len(await town.posts.found(anything("read"), PostQuery(role="clerk"))) == 3


async def test_every_fault_of_a_post_is_told(town: Town) -> None:
    wrong = NewPost(role="emperor", organisation="nowhere", area_code="12", starts_on=TODAY,
                    ends_on=TODAY - DAY)  # fmt: skip

    with pytest.raises(Refusal) as told:
        await give(town, wrong)

    assert {fault.path for fault in told.value.faults} == {
        "/role", "/organisation", "/area_code", "/ends_on",
    }  # fmt: skip


async def test_who_administers_one_organisation_gives_posts_in_no_other(town: Town) -> None:
    number = town.number("water")
    within = Region(organisations=Ranges(((number, number + 1),)))
    scope = Scope(action="create", type="post", regions=(within,), actor=SYSTEM)
    account_id = await town.account_id()

    await town.posts.give(scope, account_id, at_water("auditor"), ROLES)
    away = NewPost(role="auditor", organisation="parks")
    with pytest.raises(Refusal) as told:
        await town.posts.give(scope, account_id, away, ROLES)

    assert told.value.faults[0].code == "organisation.not_yours"
    read = Scope(action="read", type="post", regions=(within,), actor=SYSTEM)
    assert {p.organisation_key for p in await town.posts.found(read, PostQuery())} == {"water"}
    nothing = Scope(action="read", type="post", actor=SYSTEM)
    with pytest.raises(Forbidden):
        await town.posts.found(nothing, PostQuery())


async def test_the_last_administrator_stays(town: Town) -> None:
    await give(town, at_water("administrator"))
    account_id = await town.account_id()
    post = await only(town, "administrator")
    row = await town.people.account(anything("read", "account"), account_id)

    with pytest.raises(Refusal) as ended:
        await town.posts.end(anything("retire"), post.id)
    with pytest.raises(Refusal) as shut:
        await town.people.change(
            anything("change", "account"), account_id, name="示例", telephone="", active=False,
            version=row["version"],
        )  # fmt: skip
    with pytest.raises(Refusal) as locked:
        await town.people.lock(anything("change", "account"), account_id, "疑似被盗")

    codes = {ended.value.code, shut.value.code, locked.value.code}
    assert codes == {"account.last_administrator"}
    assert "administrator" in await town.held()


async def test_a_sheet_of_posts_is_checked_before_anything_is_given(town: Town) -> None:
    auditor = at_water("auditor")
    rows = [("clerk", auditor), ("clerk", auditor), ("nobody", auditor)]

    checked = await town.posts.import_rows(anything("import"), rows, ROLES, mode="check")
    none = await town.posts.import_rows(anything("import"), rows, ROLES, mode="all")
    assert await town.held() == {"clerk"}
    some = await town.posts.import_rows(anything("import"), rows, ROLES, mode="partly")

    faults = [(2, "row.twice"), (3, "account.unknown")]
    for given, found in (checked, none, some):
        assert [(number, fault.code) for number, fault in found] == faults
        assert given in (0, 1)
    assert (checked[0], none[0], some[0]) == (1, 0, 1)
    assert await town.held() == {"clerk", "auditor"}


async def test_a_role_of_the_citys_own_is_all_that_it_includes(town: Town) -> None:
    night = CityRole(
        role="night_duty", name=Words("夜班值守", "Night duty"), includes=("clerk", "auditor")
    )
    await town.roles.add(anything("create", "role"), [night], ROLES)
    account_id = await town.account_id()
    post = NewPost(role="night_duty", organisation="parks")
    await town.posts.give(anything("create"), account_id, post, [*ROLES, "night_duty"])
    assert await town.held() == {"clerk", "auditor", "night_duty"}

    retired = CityRole(role="night_duty", name=night.name, includes=("auditor",), active=False)
    await town.roles.change(anything("change", "role"), retired, ROLES)

    assert "auditor" not in await town.held()


async def test_a_wrong_role_is_told_field_by_field(town: Town) -> None:
    wrong = CityRole(role="Night!", name=Words("", "x"), includes=("emperor",))
    taken = CityRole(role="clerk", name=Words("甲", "A"), includes=("auditor",))

    added, faults = await town.roles.add(anything("create", "role"), [wrong, taken], ROLES)

    assert added == 0
    assert {(number, fault.path) for number, fault in faults} == {
        (1, "/role"), (1, "/name_zh"), (1, "/includes"), (2, "/role"),
    }  # fmt: skip


async def test_who_may_see_a_record_is_told_with_the_reason(town: Town) -> None:
    rights = Rights(
        [
            Right(role="clerk", action="read", type="matter", over="organisation", basis="办法"),
            Right(role="auditor", action="read", type="matter", over="all"),
        ]
    )
    number = town.number("water")
    elsewhere = town.number("parks")

    here = await town.posts.why(rights, "read", "matter", Facts(organisation_no=number))
    there = await town.posts.why(rights, "read", "matter", Facts(organisation_no=elsewhere))
    unborn = await town.posts.why(rights, "read", "matter", Facts(organisation_no=number + 10**17))

    assert [(r.username, r.role, r.right.basis) for r in here] == [("clerk", "clerk", "办法")]
    assert there == unborn == []
    await town.posts.end(anything("retire"), (await only(town, "clerk")).id)
    assert await town.posts.why(rights, "read", "matter", Facts(organisation_no=number)) == []


async def test_a_post_that_nobody_holds_is_absent(town: Town) -> None:
    with pytest.raises(Absent):
        await town.posts.end(anything("retire"), new_id())
