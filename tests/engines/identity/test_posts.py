"""Posts with their periods: given, changed, ended; what they let somebody do, and until when."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
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
    PeopleRights,
    PersonRow,
    PostHeld,
    PostQuery,
    PostRow,
    Posts,
    Roles,
    SheetRights,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Facts, Region, Right, Rights, Scope
from pengcheng.kernel.errors import Absent, Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.imports import Imported
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.time import FixedClock
from pengcheng.kernel.words import Words
from tests.engines.identity.sealing import KEYS

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
PASSWORD = "correct horse 4403"
ROLES = ["clerk", "auditor", "administrator"]


def anything(action: str, type_name: str = "post") -> Scope:
    return Scope(action=action, type=type_name, regions=(Region(),), actor=SYSTEM)


ANY = SheetRights(add=anything("import"), change=anything("change"), end=anything("retire"))


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
        self.identity = Identity(database, clock, KEYS)
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
    names = ("clerk", "clerk", "nobody")
    rows = [PostRow(number=n, username=name, post=auditor) for n, name in enumerate(names, 1)]

    checked = await town.posts.import_rows(ANY, rows, ROLES, mode="check")
    none = await town.posts.import_rows(ANY, rows, ROLES, mode="all")
    assert await town.held() == {"clerk"}
    some = await town.posts.import_rows(ANY, rows, ROLES, mode="partly")

    faults = [(2, "row.twice"), (3, "account.unknown")]
    for told in (checked, none, some):
        assert [(number, fault.code) for number, fault in told.faults] == faults
    assert [told.count("added") for told in (checked, none, some)] == [1, 0, 1]
    assert await town.held() == {"clerk", "auditor"}


async def test_a_sheet_changes_the_period_of_a_post_and_ends_it(town: Town) -> None:
    clerk = at_water("clerk")
    longer = msgspec.structs.replace(clerk, ends_on=TODAY + 30 * DAY)
    silent = PostRow(number=1, username="clerk", post=clerk,
                     keeps=frozenset({"starts_on", "ends_on"}))  # fmt: skip

    async def told(row: PostRow) -> list[tuple[str, list[tuple[str, str, str]]]]:
        done = await town.posts.import_rows(ANY, [row], ROLES, mode="all")
        return [(c.act, [(v.field, v.before, v.after) for v in c.values]) for c in done.changes]

    assert await told(PostRow(number=1, username="clerk", post=clerk)) == []
    changed = await told(PostRow(number=1, username="clerk", post=longer))
    assert changed == [("changed", [("ends_on", "", (TODAY + 30 * DAY).isoformat())])]
    assert await told(silent) == []
    ends = PostRow(number=1, username="clerk", post=clerk, ended=True)
    assert await told(ends) == [("ended", [])]
    assert await town.held() == set()
    again = await town.posts.import_rows(ANY, [ends], ROLES, mode="all")
    assert [fault.code for _, fault in again.faults] == ["post.not_held"]


async def test_a_period_apart_is_another_post_and_one_over_two_is_refused(town: Town) -> None:
    now = msgspec.structs.replace(at_water("auditor"), ends_on=TODAY + DAY)
    later = msgspec.structs.replace(now, starts_on=TODAY + 9 * DAY, ends_on=None)
    both = msgspec.structs.replace(now, ends_on=TODAY + 20 * DAY)
    rows = [PostRow(number=n, username="clerk", post=p) for n, p in enumerate((now, later), 1)]

    given = await town.posts.import_rows(ANY, rows, ROLES, mode="all")
    over = await town.posts.import_rows(
        ANY, [PostRow(number=1, username="clerk", post=both)], ROLES, mode="all"
    )

    assert given.count("added") == 2
    assert [fault.code for _, fault in over.faults] == ["post.held"]


async def test_the_last_administrator_stays_whatever_a_sheet_says(town: Town) -> None:
    await give(town, at_water("administrator"))
    ends = PostRow(number=1, username="clerk", post=at_water("administrator"), ended=True)

    with pytest.raises(Refusal) as refused:
        await town.posts.import_rows(ANY, [ends], ROLES, mode="partly")

    assert refused.value.code == "account.last_administrator"
    assert "administrator" in await town.held()


async def test_a_sheet_of_people_adds_changes_and_deactivates(town: Town) -> None:
    rights = PeopleRights(add=anything("import", "account"), change=anything("change", "account"),
                          posts=ANY)  # fmt: skip

    async def told(mode: str, *rows: PersonRow) -> Imported:
        done, _ = await town.people.import_rows(rights, rows, ROLES, mode=mode)
        return done

    auditor = PostRow(number=2, username="fresh", post=at_water("auditor"))
    rows = (
        PersonRow(number=1, username="fresh", name="示例·新人", telephone="13800000001"),
        PersonRow(number=2, username="fresh", post=auditor),
        PersonRow(number=3, username="clerk", name="示例·改名", telephone=None),
        PersonRow(number=4, username="clerk", name="示例·别名"),
        PersonRow(number=5, username="again", name="示例·重号", telephone="13800000001"),
    )
    checked = await told("check", *rows)
    done = await told("partly", *rows)
    gone = await told("all", PersonRow(number=1, username="clerk", active=False))
    same = await told("all", PersonRow(number=1, username="fresh", name="示例·新人"))

    assert checked == done
    assert [(c.number, c.act, c.key) for c in done.changes] == [
        (1, "added", "fresh"), (2, "added", "fresh auditor water"), (3, "changed", "clerk"),
    ]  # fmt: skip
    assert [(number, fault.path, fault.code) for number, fault in done.faults] == [
        (4, "/name", "row.differs"), (4, "/username", "row.twice"), (5, "/telephone", "row.twice"),
    ]  # fmt: skip
    assert [change.act for change in gone.changes] == ["ended"]
    assert (same.changes, same.same) == ((), 1)


async def test_rows_of_a_person_who_cannot_be_added_are_of_nobody(town: Town) -> None:
    rights = PeopleRights(add=anything("import", "account"), change=anything("change", "account"),
                          posts=ANY)  # fmt: skip
    rows = [
        PersonRow(number=n, username="fresh", name=name,
                  post=PostRow(number=n, username="fresh", post=at_water(role)))
        for n, name, role in ((1, "示例·新人", "king"), (2, msgspec.UNSET, "auditor"))
    ]  # fmt: skip

    done, made = await town.people.import_rows(rights, rows, ROLES, mode="partly")

    assert [(number, fault.code) for number, fault in done.faults] == [
        (1, "code.unknown"), (2, "account.unknown"),
    ]  # fmt: skip
    assert (done.changes, made) == ((), [])


async def test_a_role_of_the_citys_own_is_all_that_it_includes(town: Town) -> None:
    night = CityRole(
        role="night_duty", name=Words("夜班值守", "Night duty"), includes=("clerk", "auditor")
    )
    await town.roles.add(anything("create", "role"), night, ROLES)
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

    told = await town.roles.import_rows(
        anything("import", "role"), anything("change", "role"), [wrong, taken], ROLES, mode="all"
    )
    with pytest.raises(Refusal):
        await town.roles.add(anything("create", "role"), wrong, ROLES)

    assert told.changes == ()
    assert {(number, fault.path) for number, fault in told.faults} == {
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
