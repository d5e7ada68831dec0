"""Signing in and out, actors of tokens, one-time codes."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
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
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.areas import area_level, area_ranges
from pengcheng.kernel.authz import SYSTEM, Actor, ActorKind, Post
from pengcheng.kernel.errors import Fault, Refusal, TooMany, Unauthenticated, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.ranges import EVERYTHING, NOTHING, Ranges
from pengcheng.kernel.time import Clock, city_day

FAILURES_MAX = 5
LOCKED = timedelta(minutes=15)
PAGE_SESSION = timedelta(hours=12)
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES_MAX = 5
CACHE_SECONDS = 30.0
CACHED_MAX = 20_000


class _Known(msgspec.Struct, frozen=True):
    actor: Actor
    until: datetime


class Identity:
    """Who somebody is. One instance serves a process; `signals` keeps its cache true."""

    def __init__(self, database: Database, clock: Clock, signals: Signals | None = None) -> None:
        self._database = database
        self._clock = clock
        self._signals = signals
        self._known: dict[bytes, _Known] = {}
        self._forgotten = 0
        if signals:
            signals.on("identity", lambda _subject: self._forget())

    async def actor_of(self, token: str) -> Actor | None:
        """The actor whose token this is; None when it is not valid (any more)."""
        now = self._clock.now()
        token_hash = _hash(token)
        known = self._known.get(token_hash)
        if known and now < known.until and self._signals and self._signals.is_connected:
            return known.actor
        forgotten = self._forgotten
        async with self._database.reading() as work:
            row = await _store.session_of(work, token_hash, now)
            if row is None:
                return None
            actor = await self._actor(work, row)
        if forgotten != self._forgotten:
            # What was read may have ended while it was read: answer, but do not keep it.
            return actor
        if len(self._known) >= CACHED_MAX:
            self._known.clear()
        until = min(row["expires_at"], now + timedelta(seconds=CACHE_SECONDS))
        self._known[token_hash] = _Known(actor, until)
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
        """A session for the right password. Refuses with one answer whatever was wrong."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            row = await _store.account_row(work, username)
            locked = bool(row and row["locked_until"] and row["locked_until"] > now)
            right = passwords.matches(password, row["password_hash"] if row else None)
            if row and right and not locked and row["active"]:
                await _store.note_success(work, row["id"])
                return await self._begin(work, row["id"], kind, lifetime, "")
            if row and not locked:
                failures = row["failures"] + 1
                until = now + LOCKED if failures % FAILURES_MAX == 0 else None
                await _store.note_failure(work, row["id"], until)
                locked = until is not None
        if locked:
            raise TooMany("account.locked", minutes=int(LOCKED.total_seconds() // 60))
        raise Unauthenticated("account.sign_in_failed")

    async def issue_token(self, username: str, *, note: str, lifetime: timedelta) -> Session:
        """A bearer token for an account, for its scripts; carries the account's rights."""
        async with self._database.transaction(SYSTEM) as work:
            account = await _store.account(work, username)
            if account is None or not account.active:
                raise invalid(Fault(path="/account", code="account.unknown"))
            return await self._begin(work, account.id, "api", lifetime, note)

    async def sign_out(self, token: str) -> None:
        """End a session at once, in every process."""
        async with self._database.transaction(SYSTEM) as work:
            await _store.end_session(work, _hash(token))
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
            await _store.set_enterprise(work, _hash(token), enterprise_id)
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

    async def usernames(self, *, kind: str, limit: int) -> list[str]:
        """Active accounts of a kind, the oldest first; for the simulation."""
        async with self._database.reading() as work:
            return await _store_people.usernames(work, kind, limit)

    async def holders(self, role: str) -> list[tuple[int, int, str]]:
        """Who holds a role, each with the numbers of the organisations it is over."""
        async with self._database.reading() as work:
            return await _store_people.holders(work, role)

    async def send_code(self, telephone: str, purpose: str = "sign_in") -> str:
        """Make a one-time code for a telephone; the caller delivers it (or shows it, simulated)."""
        code = f"{secrets.randbelow(1_000_000):06d}"
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            await _store.add_code(
                work,
                id=new_id(),
                purpose=purpose,
                address=telephone,
                code_hash=_hash(code),
                expires_at=now + CODE_LIFETIME,
                now=now,
            )
        return code

    async def redeem_code(self, telephone: str, code: str, *, name: str = "") -> Session:
        """Sign in by a one-time code; a telephone that is new becomes a citizen's account."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as work:
            row = await _store.take_code(work, "sign_in", telephone, now)
            right = row is not None and hmac.compare_digest(row["code_hash"], _hash(code))
            usable = row is not None and row["tries"] <= CODE_TRIES_MAX
            if row is not None and right and usable:
                await _store.drop_code(work, row["id"])
                account = await self._citizen(work, telephone, name)
                return await self._begin(work, account.id, "page", PAGE_SESSION, "")
        raise invalid(Fault(path="/code", code="one_time_code.wrong"))

    async def change_password(self, actor: Actor, old: str, new: str) -> None:
        """Replace one's own password; every other session of the account ends."""
        account_id = actor.account_id
        if account_id is None:
            raise Unauthenticated("account.sign_in_needed")
        if faults := passwords.faults_of(new):
            raise invalid(*faults)
        async with self._database.transaction(actor) as work:
            kept = await _store_people.password_hash(work, account_id)
            if not passwords.matches(old, kept):
                raise invalid(Fault(path="/old", code="password.wrong"))
            await _store_people.set_password(work, account_id, passwords.hashed(new))
            await _store.end_sessions_of(work, account_id)
            await work.append(_entry("account.password_changed", account_id))
            await signal(work, "identity")
        self._forget()

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
            if account:
                return account
        made = NewAccount(
            username=f"u{telephone}",
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
        token = secrets.token_urlsafe(32)
        expires_at = self._clock.now() + lifetime
        await _store.add_session(
            work,
            token_hash=_hash(token),
            account_id=account_id,
            enterprise_id=None,
            kind=kind,
            note=note,
            expires_at=expires_at,
        )
        row = await _store.session_of(work, _hash(token), self._clock.now())
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
    held = tuple(_post(item) for item in posts)
    kind: ActorKind = "enterprise" if enterprise else row["kind"]
    return Actor(
        kind=kind,
        account_id=row["account_id"],
        person_id=row["person_id"],
        enterprise_id=enterprise,
        name=row["name"],
        posts=held if row["kind"] == "official" else (*held, implied),
        language="en" if row["language"] == "en" else "zh",
    )


def _post(row: Row) -> Post:
    area = row["area_code"] or row["unit_area"]
    is_bound = row["organisation_id"] is not None
    return Post(
        role=row["role"],
        organisation_id=row["organisation_id"],
        organisations=Ranges(((row["no"], row["no_end"]),)) if is_bound else NOTHING,
        areas=_areas(area),
        name=row["name"],
    )


def _areas(code: str | None) -> Ranges:
    """A post over the whole city also sees what has no place; one without area sees no area."""
    if not code:
        return NOTHING
    return area_ranges(code) if area_level(code) != "city" else EVERYTHING


def _entry(kind: str, account_id: UUID) -> Entry:
    return Entry(kind=kind, subject_type="account", subject_id=account_id)


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
