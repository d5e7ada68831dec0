"""Signing in and out, actors of tokens, one-time codes."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store, _store_people, passwords
from pengcheng.engines.identity.model import (
    Account,
    Enterprise,
    NewAccount,
    NewPerson,
    Person,
    Session,
)
from pengcheng.ground.crypto import Keys, is_same, new_code, new_token, token_hash
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.areas import area_level, area_ranges
from pengcheng.kernel.authz import SYSTEM, Actor, ActorKind, Post
from pengcheng.kernel.errors import Fault, Refusal, TooMany, Unauthenticated, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.ranges import EVERYTHING, NOTHING, Ranges
from pengcheng.kernel.time import CITY_ZONE, Clock, city_day

FAILURES_MAX = 5
LOCKED = timedelta(minutes=15)
FORGOTTEN = timedelta(days=1)
"""Wrong passwords count no more when none came for so long."""

PAGE_SESSION = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES_MAX = 5
NAME_BYTES = 8
CACHE_SECONDS = 30.0
CACHED_MAX = 20_000


class _Known(msgspec.Struct, frozen=True):
    actor: Actor
    until: datetime


class Identity:
    """Who somebody is. One instance serves a process; `signals` keeps its cache true."""

    def __init__(
        self, database: Database, clock: Clock, keys: Keys, signals: Signals | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys
        self._signals = signals
        self._known: dict[bytes, _Known] = {}
        self._forgotten = 0
        if signals:
            signals.on("identity", lambda _subject: self._forget())

    async def actor_of(self, token: str) -> Actor | None:
        """The actor whose token this is; None when it is not valid (any more)."""
        now = self._clock.now()
        key = token_hash(token)
        known = self._known.get(key)
        if known and now < known.until and self._signals and self._signals.is_connected:
            return known.actor
        forgotten = self._forgotten
        async with self._database.reading() as work:
            row = await _store.session_of(work, key, now)
            if row is None:
                return None
            actor = await self._actor(work, row)
        if forgotten != self._forgotten:
            # What was read may have ended while it was read: answer, but do not keep it.
            return actor
        if len(self._known) >= CACHED_MAX:
            self._known.clear()
        # Posts begin and end at midnight: no rights are kept past it.
        until = min(row["expires_at"], now + timedelta(seconds=CACHE_SECONDS), _midnight(now))
        self._known[key] = _Known(actor, until)
        return actor

    def _forget(self) -> None:
        self._known.clear()
        self._forgotten += 1

    async def sign_in(
        self,
        username: str,
        password: str,
        *,
        kind: str = "page",
        lifetime: timedelta = PAGE_SESSION,
    ) -> Session:
        """A session for the right password. Whatever was wrong, the answer is the same, and after
        `FAILURES_MAX` wrong ones the same lock, whether an account has this name or not."""
        now, key = self._clock.now(), sha256(username.encode()).digest()
        async with self._database.reading() as work:
            row = await _store.account_row(work, username)
        # The same work for a name that nobody has, and beside the loop, which others need.
        known = row["password_hash"] if row else None
        is_right = await asyncio.to_thread(passwords.matches, password, known)
        async with self._database.transaction(SYSTEM) as work:
            until = await _store.locked_until(work, key, now)
            if until is None and row is not None and is_right:
                await _store.forgive(work, key)
                if not _is_open(row, now):
                    raise Unauthenticated("account.unavailable")
                return await self._begin(work, row["id"], kind, lifetime, "")
            if until is None:
                until = await _store.count_failure(
                    work, key, now, most=FAILURES_MAX, until=now + LOCKED, forgotten=now - FORGOTTEN
                )
        if until is not None:
            seconds = int((until - now).total_seconds())
            raise TooMany("account.locked", minutes=-(-seconds // 60), seconds=seconds)
        raise Unauthenticated("account.sign_in_failed")

    async def issue_token(self, username: str, *, note: str, lifetime: timedelta) -> Session:
        """A bearer token for an account, for its scripts; carries the account's rights."""
        async with self._database.transaction(SYSTEM) as work:
            account = await _store.account(work, username)
            if account is None or not account.is_open(self._clock.now()):
                raise invalid(Fault(path="/account", code="account.unknown"))
            return await self._begin(work, account.id, "api", lifetime, note)

    async def sign_out(self, token: str) -> None:
        """End a session at once, in every process."""
        async with self._database.transaction(SYSTEM) as work:
            await _store.end_session(work, token_hash(token))
            await signal(work, "identity")
        self._forget()

    async def act_for(self, token: str, enterprise_id: UUID | None) -> None:
        """Let a session act for an enterprise of its person, or for the person again."""
        actor = await self.actor_of(token)
        if actor is None or actor.person_id is None:
            raise Unauthenticated("account.sign_in_needed")
        async with self._database.transaction(actor) as work:
            mine = await _store.enterprises_of(work, actor.person_id)
            if enterprise_id is not None and enterprise_id not in {item.id for item in mine}:
                raise invalid(Fault(path="/enterprise_id", code="enterprise.not_yours"))
            await _store.set_enterprise(work, token_hash(token), enterprise_id)
            await signal(work, "identity")
        self._forget()

    async def enterprises_of(self, actor: Actor) -> list[Enterprise]:
        """The enterprises for which a person may act."""
        if actor.person_id is None:
            return []
        async with self._database.reading(actor) as work:
            return await _store.enterprises_of(work, actor.person_id)

    async def person_of(self, actor: Actor) -> Person | None:
        """What the city holds of the person who asks, for themselves."""
        if actor.person_id is None:
            return None
        async with self._database.reading(actor) as work:
            return await _store.person(work, actor.person_id)

    async def send_code(self, telephone: str, purpose: str = "sign_in") -> str:
        """Make a one-time code for a telephone; the caller delivers it (or shows it, simulated)."""
        code = new_code()
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            await _store.add_code(
                work,
                id=new_id(),
                purpose=purpose,
                address=telephone,
                code_hash=self._keys.code_hash(code, telephone),
                expires_at=now + CODE_LIFETIME,
                now=now,
            )
        return code

    async def redeem_code(self, telephone: str, code: str, *, name: str = "") -> Session:
        """Sign in by a one-time code; a telephone that is new becomes a citizen's account."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            row = await _store.take_code(work, "sign_in", telephone, now)
            given = self._keys.code_hash(code, telephone)
            right = row is not None and is_same(row["code_hash"], given)
            usable = row is not None and row["tries"] <= CODE_TRIES_MAX
            if row is not None and right and usable:
                await _store.drop_code(work, row["id"])
                account = await self._citizen(work, telephone, name)
                return await self._begin(work, account.id, "page", PAGE_SESSION, "")
        raise invalid(Fault(path="/code", code="one_time_code.wrong"))

    async def change_password(
        self, actor: Actor, old: str, new: str, *, kind: str = "page",
        lifetime: timedelta = PAGE_SESSION,
    ) -> Session:  # fmt: skip
        """Replace one's own password: every session of the account ends, and a fresh one begins."""
        account_id = actor.account_id
        if account_id is None:
            raise Unauthenticated("account.sign_in_needed")
        faults = passwords.faults_of(new)
        if new == old:
            faults.append(Fault(path="/password", code="password.same"))
        if faults:
            raise invalid(*faults)
        async with self._database.transaction(actor) as work:
            kept = await _store_people.password_hash(work, account_id)
            if not await asyncio.to_thread(passwords.matches, old, kept):
                raise invalid(Fault(path="/old", code="password.wrong"))
            hashed = await asyncio.to_thread(passwords.hashed, new)
            await _store_people.set_password(work, account_id, hashed)
            await _store.end_sessions_of(work, account_id)
            await work.append(_entry("account.password_changed", account_id))
            begun = await self._begin(work, account_id, kind, lifetime, "")
            await signal(work, "identity")
        self._forget()
        return begun

    async def fill(
        self,
        actor: Actor,
        accounts: Sequence[tuple[NewAccount, str | None]],
        enterprises: Sequence[Enterprise] = (),
    ) -> None:
        """Many accounts at once, each with a password or none, in one transaction."""
        async with self._database.transaction(actor) as work:
            await _store_people.fill_enterprises(work, enterprises)
            organisations = await _store_people.organisation_ids(work)
            hashed = [
                (new, passwords.hashed(password) if password else None)
                for new, password in accounts
            ]
            await _store_people.fill_accounts(work, hashed, organisations)
            await signal(work, "identity")

    async def _citizen(self, work: Work, telephone: str, name: str) -> Account:
        person_id = await _store.person_by_telephone(work, telephone)
        if person_id:
            account = await _store.account_of_person(work, person_id)
            if account and not account.is_open(self._clock.now()):
                # A code opens no door that an administrator has shut.
                raise Refusal("account.unavailable")
            if account:
                return account
        made = NewAccount(
            # Of no number: names of accounts stand in the log, where nothing can be erased.
            username=f"u{secrets.token_hex(NAME_BYTES)}",
            kind="citizen",
            person=NewPerson(name=name or f"市民{telephone[-4:]}", telephone=telephone),
        )
        account_id = await _store_people.add_account(work, made, person_id)
        await work.append(_entry("account.opened", account_id))
        account = await _store.account(work, made.username)
        if account is None:
            raise Refusal("account.unavailable")
        return account

    async def _begin(
        self, work: Work, account_id: UUID, kind: str, lifetime: timedelta, note: str
    ) -> Session:
        token = new_token()
        expires_at = self._clock.now() + lifetime
        await _store.add_session(
            work,
            token_hash=token_hash(token),
            account_id=account_id,
            enterprise_id=None,
            kind=kind,
            note=note,
            expires_at=expires_at,
        )
        row = await _store.session_of(work, token_hash(token), self._clock.now())
        if row is None:
            raise Refusal("account.unavailable")
        await work.append(_entry("session.begun", account_id))
        return Session(token=token, actor=await self._actor(work, row), expires_at=expires_at)

    async def _actor(self, work: Work, row: Row) -> Actor:
        posts = await _store.posts_of(work, row["account_id"], city_day(self._clock.now()))
        return actor_from(row, posts)


def actor_from(row: Row, posts: list[Row]) -> Actor:
    """An actor of a session's row and its posts. Pure."""
    enterprise = row.get("enterprise_id")
    implied = Post(role="enterprise_member" if enterprise else "citizen")
    held = tuple(post for item in posts for post in posts_from(item))
    kind: ActorKind = "enterprise" if enterprise else row["kind"]
    return Actor(
        kind=kind,
        account_id=row["account_id"],
        person_id=row["person_id"],
        enterprise_id=enterprise,
        name=row["name"],
        posts=held if row["kind"] == "official" else (*held, implied),
        language="en" if row["language"] == "en" else "zh",
        must_change_password=bool(row.get("must_change_password")),
    )


def posts_from(row: Row) -> list[Post]:
    """A post, and the posts that a role of the city's own is made of, over the same. Pure."""
    area = row["area_code"] or row["unit_area"]
    is_bound = row["organisation_id"] is not None
    return [
        Post(
            role=role,
            organisation_id=row["organisation_id"],
            organisations=Ranges(((row["no"], row["no_end"]),)) if is_bound else NOTHING,
            areas=_areas(area),
            name=row["name"],
        )
        for role in (row["role"], *row["includes"])
    ]


def _is_open(row: Row, now: datetime) -> bool:
    return bool(row["active"] and not (row["locked_until"] and row["locked_until"] > now))


def _midnight(now: datetime) -> datetime:
    return datetime.combine(city_day(now) + timedelta(days=1), time.min, CITY_ZONE)


def _areas(code: str | None) -> Ranges:
    """A post over the whole city also sees what has no place; one without area sees no area."""
    if not code:
        return NOTHING
    return area_ranges(code) if area_level(code) != "city" else EVERYTHING


def _entry(kind: str, account_id: UUID) -> Entry:
    return Entry(kind=kind, subject_type="account", subject_id=account_id)
