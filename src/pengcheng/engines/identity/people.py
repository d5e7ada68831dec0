"""What an administrator does with people and their accounts; each change is logged."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from pengcheng.engines.identity import (
    _store,
    _store_admin,
    _store_people,
    passwords,
    people_sheets,
    post_sheets,
)
from pengcheng.engines.identity import _store_posts as store_posts
from pengcheng.engines.identity._store_admin import AccountQuery
from pengcheng.engines.identity.deciding import (
    ROWS_MAX,
    demand,
    entry,
    has_administrator,
    keep_administrator,
    person_faults,
    post_facts_fault,
    post_faults,
    username_faults,
)
from pengcheng.engines.identity.model import NewAccount, PersonRow, PostHeld
from pengcheng.engines.identity.people_sheets import PeopleRights
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Conflict, Fault, invalid
from pengcheng.kernel.imports import Imported, imported, writes
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock, city_day

PAGE_MAX = 100
PASSWORD_BYTES = 9
LOCKED_FOREVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
"""Until when an administrator's lock holds: until an administrator takes it away."""


class People:
    """Accounts with their persons. A scope says who may do what: an account is within it when one
    of its posts is; roles are those that packs or the city declare (`roles`)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def colleagues(self, actor: Actor, organisation_no: int) -> list[PostHeld]:
        """Who serves in a unit: those of the unit itself first."""
        async with self._database.reading(actor) as work:
            today = city_day(self._clock.now())
            return await store_posts.serving(work, organisation_no, today, PAGE_MAX)

    async def by_telephone(self, actor: Actor, telephone: str) -> UUID | None:
        """The person whose telephone this is, told by id alone."""
        async with self._database.reading(actor) as work:
            return await _store.person_by_telephone(work, telephone)

    async def accounts(self, scope: Scope, asked: AccountQuery) -> list[Row]:
        """Accounts by user name, with the posts that each holds today counted."""
        demand(scope)
        text = normal_telephone(asked.text.strip()) or asked.text.strip()
        now = self._clock.now()
        async with self._database.reading(scope.actor) as work:
            return await _store_admin.accounts(
                work, scope, msgspec.structs.replace(asked, text=text), now, city_day(now)
            )

    async def account(self, scope: Scope, account_id: UUID) -> Row:
        """One account with its person."""
        demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await self._one(work, scope, account_id)

    async def add(self, scope: Scope, new: NewAccount, roles: Sequence[str]) -> tuple[UUID, str]:
        """Add an official's account: its id, and a one-time password to be told to its holder, who
        must change it at the first signing in."""
        demand(scope)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._database.transaction(scope.actor) as work:
            known = await _store_people.organisations(work)
            if faults := await self._faults(work, scope, new, roles, known):
                raise invalid(*faults)
            account_id = await self._added(work, new, password, known)
            await signal(work, "identity")
        return account_id, password

    async def import_rows(
        self, rights: PeopleRights, rows: Sequence[PersonRow], roles: Sequence[str], *, mode: str
    ) -> tuple[Imported, list[tuple[str, str]]]:
        """Add people by their user names, change those that stand, give, change and end their
        posts; and (user name, one-time password) of each new account. `mode`: "all" rows or none,
        "partly" those that are right, "check": nothing is written, what would be is told."""
        demand(rights.add)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        passwords_made: list[tuple[str, str]] = []
        async with self._database.transaction(rights.add.actor) as work:
            now = self._clock.now()
            plan = await people_sheets.planned(work, rights, rows, roles, now)
            told = imported(mode, plan.changes(), plan.faults, plan.same())
            if not writes(mode, plan.faults):
                return told, []
            had = await has_administrator(work, self._clock)
            accounts = dict(plan.accounts)
            for new in plan.added:
                password = secrets.token_urlsafe(PASSWORD_BYTES)
                accounts[new.username] = await self._added(work, new, password, {})
                passwords_made.append((new.username, password))
            for before, name, number, active in plan.changed:
                await self._changed(work, before, name, number, active=active)
            await post_sheets.write(work, plan.posts, accounts, now)
            await keep_administrator(work, self._clock, had=had)
            await signal(work, "identity")
        return told, passwords_made

    async def change(
        self, scope: Scope, account_id: UUID, *, name: str, telephone: str, active: bool,
        version: int,
    ) -> None:  # fmt: skip
        """Change name and telephone, or deactivate and restore. A deactivated account's sessions
        end at once; the last administrator cannot be deactivated."""
        demand(scope)
        number = normal_telephone(telephone) if telephone else None
        faults = person_faults(name, telephone)
        if account_id == scope.actor.account_id and not active:
            faults.append(Fault(path="/active", code="account.own"))
        async with self._database.transaction(scope.actor) as work:
            before = await self._one(work, scope, account_id)
            had = await has_administrator(work, self._clock)
            if number and await _store.person_by_telephone(work, number) not in {
                None, before["person_id"],
            }:  # fmt: skip
                faults.append(Fault(path="/telephone", code="telephone.taken"))
            if faults:
                raise invalid(*faults)
            await self._changed(work, {**before, "version": version}, name, number, active=active)
            await keep_administrator(work, self._clock, had=had)
            await signal(work, "identity")

    async def lock(self, scope: Scope, account_id: UUID, reason: str) -> None:
        """Shut an account until an administrator opens it again; its sessions end at once."""
        demand(scope)
        if account_id == scope.actor.account_id:
            raise invalid(Fault(path="/reason", code="account.own_lock"))
        if not reason.strip():
            raise invalid(Fault(path="/reason", code="field.required"))
        async with self._database.transaction(scope.actor) as work:
            row = await self._one(work, scope, account_id)
            had = await has_administrator(work, self._clock)
            await _store_admin.lock(work, account_id, LOCKED_FOREVER)
            await keep_administrator(work, self._clock, had=had)
            await _store.end_sessions_of(work, account_id)
            told = {"reason": reason.strip(), "username": row["username"]}
            await work.append(entry("account.locked", account_id, after=told))
            await signal(work, "identity")

    async def unlock(self, scope: Scope, account_id: UUID) -> None:
        """Open an account that an administrator or wrong passwords had shut."""
        demand(scope)
        async with self._database.transaction(scope.actor) as work:
            row = await self._one(work, scope, account_id)
            await _store_admin.lock(work, account_id, None)
            told = {"username": row["username"]}
            await work.append(entry("account.unlocked", account_id, after=told))
            await signal(work, "identity")

    async def reset_password(self, scope: Scope, account_id: UUID) -> str:
        """A new one-time password; every session of the account ends."""
        demand(scope)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._database.transaction(scope.actor) as work:
            row = await self._one(work, scope, account_id)
            await _store_admin.one_time_password(work, account_id, passwords.hashed(password))
            if row["guessed_until"] is not None:
                await _store_admin.lock(work, account_id, None)
            await _store.end_sessions_of(work, account_id)
            told = {"username": row["username"]}
            await work.append(entry("account.password_reset", account_id, after=told))
            await signal(work, "identity")
        return password

    async def _one(self, work: Work, scope: Scope, account_id: UUID) -> Row:
        now = self._clock.now()
        found = await _store_admin.account(work, scope, account_id, now, city_day(now))
        if found is None:
            raise Absent("account.unknown")
        return found

    async def _changed(
        self, work: Work, before: Row, name: str, telephone: str | None, *, active: bool
    ) -> None:
        """Write a change of the account that stands as `before`."""
        account_id, version = before["id"], before["version"]
        if not await _store_admin.change(work, account_id, name, telephone, active, version):
            raise Conflict("record.changed", version=version)
        if not active:
            await _store.end_sessions_of(work, account_id)
        await work.append(_changed(before, name, telephone, active=active))

    async def _added(
        self, work: Work, new: NewAccount, password: str, known: dict[str, tuple[UUID, int]]
    ) -> UUID:
        hashed = await asyncio.to_thread(passwords.hashed, password)
        account_id = await _store_people.add_account(work, new, None, hashed)
        await _store_admin.one_time_password(work, account_id, hashed)
        await work.append(entry("account.opened", account_id, after={"username": new.username}))
        for post in new.posts:
            await post_sheets.give(work, account_id, new.username, post, known)
        return account_id

    async def _faults(
        self, work: Work, scope: Scope, new: NewAccount, roles: Sequence[str],
        known: dict[str, tuple[UUID, int]],
    ) -> list[Fault]:  # fmt: skip
        number = new.person.telephone
        faults = [*username_faults(new.username), *person_faults(new.person.name, number or "")]
        if await _store.account(work, new.username) is not None:
            faults.append(Fault(path="/username", code="username.taken"))
        if number and await _store.person_by_telephone(work, number) is not None:
            faults.append(Fault(path="/telephone", code="telephone.taken"))
        for post in new.posts:
            faults += post_faults(post, roles)
            faults += post_facts_fault(scope, post, known)
        return faults


def _changed(before: Row, name: str, telephone: str | None, *, active: bool) -> Entry:
    """What changed of an account; the person's own values go in sealed."""
    personal = {
        field: value
        for field, value in (("name", name), ("telephone", telephone))
        if before[field] != value
    }
    return Entry(
        kind="account.changed",
        subject_type="account",
        subject_id=before["id"],
        before={"active": before["active"]},
        after={"active": active, "fields": sorted(personal), "username": before["username"]},
        person_id=before["person_id"],
        personal=personal or None,
    )
