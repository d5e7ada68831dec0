"""Signing in and out, one-time codes, acting for an enterprise, posts with dates."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from pengcheng.engines.identity import (
    Enterprise,
    Identity,
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
    Organisations,
)
from pengcheng.ground.database import Database
from pengcheng.ground.signals import Signals
from pengcheng.kernel.authz import GUEST, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Forbidden, Refusal, TooMany, Unauthenticated
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.ranges import EVERYTHING, NOTHING
from pengcheng.kernel.time import FixedClock
from pengcheng.kernel.words import Words
from tests.engines.identity.sealing import KEYS

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PASSWORD = "correct horse 4403"
MINE, OTHERS = new_id(), new_id()
ANY = Scope(action="create", type="organisation", regions=(Region(),), actor=SYSTEM)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


DATES = """
update post set starts_on = current_day.at + d.starts, ends_on = current_day.at + d.ends
from (values ('past', -9, -1), ('now', 0, 0), ('soon', 1, 9)) d (role, starts, ends),
     (select %(today)s::date as at) current_day
where post.role = d.role
"""


def organisation(key: str, parent: str | None) -> NewOrganisation:
    return NewOrganisation(
        key=key, kind=key, level="district", name=Words(key, key), area_code="440304000000",
        parent=parent,
    )  # fmt: skip


@pytest.fixture
async def identity(database: Database, clock: FixedClock) -> Identity:
    made = Identity(database, clock, KEYS)
    await Organisations(database).add(
        ANY, [organisation("government", None), organisation("water", "government")]
    )
    person = NewPerson(name="示例·职员")
    posts = tuple(NewPost(role=role, organisation="water") for role in ("past", "now", "soon"))
    posts = (*posts, NewPost(role="alone"))
    official = NewAccount(username="clerk", kind="official", person=person, posts=posts)
    citizen = NewAccount(
        username="citizen", kind="citizen",
        person=NewPerson(name="示例·市民", telephone="13800138000"),
        enterprises=("91440300MA5EXAMP01",),
    )  # fmt: skip
    companies = [
        Enterprise(id=MINE, name="我的公司", social_credit_code="91440300MA5EXAMP01"),
        Enterprise(id=OTHERS, name="别人的公司", social_credit_code="91440300MA5EXAMP02"),
    ]
    await made.fill(SYSTEM, [(official, PASSWORD), (citizen, PASSWORD)], companies)
    async with database.transaction(SYSTEM) as work:
        await work.run(DATES, today=TODAY)
    return made


async def refused(identity: Identity, username: str, password: str) -> Refusal:
    with pytest.raises(Refusal) as told:
        await identity.sign_in(username, password)
    return told.value


async def test_the_right_password_gives_a_session_and_the_token_its_actor(
    identity: Identity,
) -> None:
    session = await identity.sign_in("clerk", PASSWORD)

    actor = await identity.actor_of(session.token)

    assert actor == session.actor
    assert await identity.actor_of(session.token + "x") is None
    assert await identity.actor_of("") is None


async def test_an_unknown_account_and_a_wrong_password_get_the_same_answer(
    identity: Identity,
) -> None:
    unknown = await refused(identity, "nobody", PASSWORD)
    wrong = await refused(identity, "clerk", "wrong password")

    assert type(unknown) is type(wrong) is Unauthenticated
    assert (unknown.code, unknown.facts) == (wrong.code, wrong.facts)


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(
    identity: Identity, clock: FixedClock
) -> None:
    answers = [type(await refused(identity, "clerk", "wrong")) for _ in range(5)]
    with_right = await refused(identity, "clerk", PASSWORD)
    clock.move(timedelta(minutes=16))

    assert answers == [Unauthenticated] * 4 + [TooMany]
    assert with_right.code == "account.locked"
    assert (await identity.sign_in("clerk", PASSWORD)).actor.name == "示例·职员"


async def test_a_right_password_forgives_the_wrong_ones_before(identity: Identity) -> None:
    for _ in range(3):
        for _ in range(4):
            assert type(await refused(identity, "clerk", "wrong")) is Unauthenticated
        await identity.sign_in("clerk", PASSWORD)


async def test_a_session_ends_with_its_lifetime(identity: Identity, clock: FixedClock) -> None:
    session = await identity.sign_in("clerk", PASSWORD, lifetime=timedelta(hours=1))
    clock.move(timedelta(minutes=61))

    assert await identity.actor_of(session.token) is None


@pytest.fixture
async def heard(database_url: str) -> AsyncIterator[Signals]:
    made = Signals(database_url)
    yield made
    await made.stop()


async def test_signing_out_ends_the_session_in_every_process_at_once(
    identity: Identity, database: Database, clock: FixedClock, heard: Signals
) -> None:
    elsewhere = Identity(database, clock, KEYS, heard)
    told = asyncio.Event()
    heard.on("identity", lambda _subject: told.set())
    await heard.start()
    await asyncio.wait_for(told.wait(), 20)
    session = await identity.sign_in("clerk", PASSWORD)
    assert await elsewhere.actor_of(session.token) is not None
    told.clear()

    await identity.sign_out(session.token)
    await asyncio.wait_for(told.wait(), 20)

    assert await elsewhere.actor_of(session.token) is None


async def test_posts_count_from_their_first_day_to_their_last(identity: Identity) -> None:
    actor = (await identity.sign_in("clerk", PASSWORD)).actor

    assert {item.role for item in actor.posts} == {"now", "alone"}


async def test_a_post_without_unit_and_area_is_over_no_area(identity: Identity) -> None:
    actor = (await identity.sign_in("clerk", PASSWORD)).actor
    found = {item.role: item for item in actor.posts}

    assert (found["alone"].areas, found["alone"].organisations) == (NOTHING, NOTHING)
    assert found["now"].areas not in (NOTHING, EVERYTHING)


async def test_a_code_signs_in_once(identity: Identity) -> None:
    code = await identity.send_code("13800138000")
    session = await identity.redeem_code("13800138000", code)

    assert session.actor.name == "示例·市民"
    with pytest.raises(Refusal):
        await identity.redeem_code("13800138000", code)


async def test_a_new_telephone_becomes_a_citizen(identity: Identity) -> None:
    code = await identity.send_code("13900139000")

    actor = (await identity.redeem_code("13900139000", code, name="新市民")).actor

    assert (actor.kind, actor.name) == ("citizen", "新市民")


WAITS = [timedelta(minutes=6), timedelta(days=1)]


@pytest.mark.parametrize("wait", WAITS)
async def test_a_code_is_worth_nothing_after_its_time(
    identity: Identity, clock: FixedClock, wait: timedelta
) -> None:
    code = await identity.send_code("13800138000")
    clock.move(wait)

    with pytest.raises(Refusal) as told:
        await identity.redeem_code("13800138000", code)

    assert told.value.faults[0].code == "one_time_code.wrong"


async def test_a_code_is_worth_nothing_after_five_wrong_ones(identity: Identity) -> None:
    code = await identity.send_code("13800138000")
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(Refusal):
            await identity.redeem_code("13800138000", wrong)

    with pytest.raises(Refusal):
        await identity.redeem_code("13800138000", code)


async def test_a_code_is_worth_nothing_for_another_telephone(identity: Identity) -> None:
    code = await identity.send_code("13800138000")

    with pytest.raises(Refusal):
        await identity.redeem_code("13900139000", code)


async def test_a_citizen_acts_for_an_enterprise_of_theirs_and_for_no_other(
    identity: Identity,
) -> None:
    token = (await identity.sign_in("citizen", PASSWORD)).token
    with pytest.raises(Refusal) as told:
        await identity.act_for(token, OTHERS)
    await identity.act_for(token, MINE)
    acting: Any = await identity.actor_of(token)
    await identity.act_for(token, None)
    again: Any = await identity.actor_of(token)

    assert told.value.faults[0].code == "enterprise.not_yours"
    assert (acting.kind, acting.enterprise_id) == ("enterprise", MINE)
    assert [item.role for item in acting.posts] == ["enterprise_member"]
    assert (again.kind, again.enterprise_id) == ("citizen", None)


async def test_a_new_password_ends_every_other_session(identity: Identity) -> None:
    session = await identity.sign_in("clerk", PASSWORD)
    with pytest.raises(Refusal):
        await identity.change_password(session.actor, "wrong", "another horse 4403")
    await identity.change_password(session.actor, PASSWORD, "another horse 4403")

    assert await identity.actor_of(session.token) is None
    assert type(await refused(identity, "clerk", PASSWORD)) is Unauthenticated
    assert (await identity.sign_in("clerk", "another horse 4403")).actor.name == "示例·职员"


async def test_one_without_the_right_adds_no_organisation(database: Database) -> None:
    nothing = Scope(action="create", type="organisation", actor=GUEST)

    with pytest.raises(Forbidden):
        await Organisations(database).add(nothing, [organisation("x", None)])


async def test_a_one_time_code_is_kept_as_nothing_that_its_hash_tells(
    identity: Identity, database: Database
) -> None:
    code = await identity.send_code("13800000077")
    async with database.reading() as work:
        kept = await work.value(
            "select code_hash from one_time_code where address = %(at)s", at="13800000077"
        )

    # A million hashes are tried in a second: without the city's key they must lead nowhere.
    assert bytes(kept) != sha256(code.encode()).digest()
    assert bytes(kept) == KEYS.code_hash(code, "13800000077")
    assert bytes(kept) != KEYS.code_hash(code, "13800000078")
