"""What shuts a door stays shut: wrong passwords, an administrator's lock, deactivation; and what a
guesser learns: nothing."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pengcheng.engines.identity import (
    AccountQuery,
    Identity,
    NewAccount,
    NewPerson,
    People,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal, TooMany
from pengcheng.kernel.time import FixedClock
from tests.engines.identity.sealing import KEYS

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PASSWORD = "correct horse 4403"
TELEPHONE = "13800138000"
ANY = Scope(action="change", type="account", regions=(Region(),), actor=SYSTEM)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def identity(database: Database, clock: FixedClock) -> Identity:
    made = Identity(database, clock, KEYS)
    official = NewAccount(username="clerk", kind="official", person=NewPerson(name="示例·职员"))
    citizen = NewAccount(
        username="citizen", kind="citizen",
        person=NewPerson(name="示例·市民", telephone=TELEPHONE),
    )  # fmt: skip
    await made.fill(SYSTEM, [(official, PASSWORD), (citizen, PASSWORD)])
    return made


@pytest.fixture
def people(database: Database, clock: FixedClock) -> People:
    return People(database, clock)


async def answer(identity: Identity, username: str, password: str) -> tuple[str, str, object]:
    with pytest.raises(Refusal) as told:
        await identity.sign_in(username, password)
    return type(told.value).__name__, told.value.code, told.value.facts


async def test_a_guesser_of_names_gets_the_same_answers_for_every_name(
    identity: Identity, clock: FixedClock
) -> None:
    for _ in range(2):
        known = [await answer(identity, "clerk", "wrong word") for _ in range(7)]
        unknown = [await answer(identity, "nobody", "wrong word") for _ in range(7)]
        assert known == unknown
        assert [code for _, code, _ in known] == ["account.sign_in_failed"] * 4 + [
            "account.locked"
        ] * 3
        clock.move(timedelta(minutes=16))


async def test_a_name_is_not_kept_with_its_wrong_passwords(
    identity: Identity, database: Database, clock: FixedClock
) -> None:
    await answer(identity, "my secret typed as a name", "x")
    async with database.reading() as work:
        rows = await work.tuples("select sign_in_failure::text from sign_in_failure")
    assert "secret" not in str(rows)

    clock.move(timedelta(days=2))
    await answer(identity, "clerk", "wrong word")
    async with database.reading() as work:
        assert await work.value("select count(*) from sign_in_failure") == 1


async def account_of(people: People, name: str, kind: str = "official") -> tuple[UUID, int]:
    rows = await people.accounts(ANY, AccountQuery(text=name, kind=kind))
    return rows[0]["id"], rows[0]["version"]


async def test_a_deactivated_citizen_does_not_come_back_by_a_code(
    identity: Identity, people: People, database: Database
) -> None:
    account_id, version = await account_of(people, "citizen", "citizen")
    await people.change(
        ANY, account_id, name="示例·市民", telephone=TELEPHONE, active=False, version=version
    )

    code = await identity.send_code(TELEPHONE)
    with pytest.raises(Refusal) as told:
        await identity.redeem_code(TELEPHONE, code)

    assert told.value.code == "account.unavailable"
    async with database.reading() as work:
        assert await work.value("select count(*) from account where kind = 'citizen'") == 1


async def test_a_lock_holds_until_it_is_taken_away_and_ends_every_session(
    identity: Identity, people: People, clock: FixedClock
) -> None:
    session = await identity.sign_in("clerk", PASSWORD)
    account_id, _ = await account_of(people, "clerk")

    await people.lock(ANY, account_id, "离岗期间")
    assert await identity.actor_of(session.token) is None
    clock.move(timedelta(days=400))
    assert (await answer(identity, "clerk", PASSWORD))[1] == "account.unavailable"

    await people.unlock(ANY, account_id)
    assert (await identity.sign_in("clerk", PASSWORD)).actor.account_id == account_id


async def test_an_administrator_opens_what_wrong_passwords_shut(
    identity: Identity, people: People
) -> None:
    for _ in range(5):
        await answer(identity, "clerk", "wrong word")
    locked = await people.accounts(ANY, AccountQuery(state="locked"))
    assert [row["username"] for row in locked] == ["clerk"]

    await people.unlock(ANY, locked[0]["id"])

    assert (await identity.sign_in("clerk", PASSWORD)).token


async def test_many_guesses_at_once_are_no_more_than_five(identity: Identity) -> None:
    answers = [await answer(identity, "clerk", f"guess {n}") for n in range(12)]

    assert [name for name, _, _ in answers].count("Unauthenticated") == 4
    with pytest.raises(TooMany):
        await identity.sign_in("clerk", PASSWORD)


async def test_a_one_time_password_is_changed_before_anything_else(
    identity: Identity, people: People
) -> None:
    account_id, _ = await account_of(people, "clerk")
    once = await people.reset_password(ANY, account_id)
    first = await identity.sign_in("clerk", once)
    assert first.actor.must_change_password

    with pytest.raises(Refusal) as same:
        await identity.change_password(first.actor, once, once)
    fresh = await identity.change_password(first.actor, once, "a word of my own")

    assert same.value.faults[-1].code == "password.same"
    assert not fresh.actor.must_change_password
    assert await identity.actor_of(first.token) is None
    assert await identity.actor_of(fresh.token) == fresh.actor
