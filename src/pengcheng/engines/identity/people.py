"""What an administrator does with people, accounts and posts; each change is logged."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store, _store_admin, _store_people, passwords
from pengcheng.engines.identity.model import NewAccount, NewPost, PostHeld
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.areas import is_area_code
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Absent, Conflict, Fault, Forbidden, invalid
from pengcheng.kernel.log import Entry

PAGE_MAX = 100
ROWS_MAX = 2_000
USERNAME_LENGTH_MAX = 60
NAME_LENGTH_MAX = 80
PASSWORD_BYTES = 9

RowFaults = list[tuple[int, Fault]]


class People:
    """Accounts of officials with their persons and posts. A scope says who may do what; roles are
    those that packs declare (`roles`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def colleagues(self, actor: Actor, organisation_no: int) -> list[PostHeld]:
        """Who serves in a unit: those of the unit itself first."""
        async with self._database.reading(actor) as work:
            return await _store_admin.serving(work, organisation_no, PAGE_MAX)

    async def by_telephone(self, actor: Actor, telephone: str) -> UUID | None:
        """The person whose telephone this is, told by id alone."""
        async with self._database.reading(actor) as work:
            return await _store.person_by_telephone(work, telephone)

    async def accounts(self, scope: Scope, text: str = "", *, after: str = "") -> list[Row]:
        """A page of officials' accounts by user name, with their posts counted."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await _store_admin.accounts(work, text.strip(), after, PAGE_MAX)

    async def account(self, scope: Scope, account_id: UUID) -> Row:
        """One account with its person."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await self._one(work, account_id)

    async def posts(
        self, scope: Scope, *, account_id: UUID | None = None, role: str | None = None
    ) -> list[PostHeld]:
        """Posts held, of one account or one role."""
        _demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await _store_admin.posts(work, account_id, role, PAGE_MAX * 5)

    async def add(self, scope: Scope, new: NewAccount, roles: Sequence[str]) -> tuple[UUID, str]:
        """Add an official's account: its id, and a one-time password to be told to its holder, who
        must change it at the first signing in."""
        _demand(scope)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._database.transaction(scope.actor) as work:
            if faults := await self._faults(work, new, roles):
                raise invalid(*faults)
            account_id = await self._added(work, new, password)
            await signal(work, "identity")
        return account_id, password

    async def import_rows(
        self, scope: Scope, rows: Sequence[NewAccount], roles: Sequence[str], *, partly: bool
    ) -> tuple[list[tuple[str, str]], RowFaults]:
        """Add many: (user name, one-time password) of each, and faults by row number from 1. All
        or none, or (`partly`) the valid rows."""
        _demand(scope)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        bad: RowFaults = []
        good: list[NewAccount] = []
        seen: set[str] = set()
        async with self._database.transaction(scope.actor) as work:
            for number, row in enumerate(rows, start=1):
                found = await self._faults(work, row, roles)
                if row.username in seen:
                    found.append(Fault(path="/username", code="code.taken"))
                seen.add(row.username)
                bad += [(number, fault) for fault in found]
                if not found:
                    good.append(row)
            if bad and not partly:
                return [], bad
            made: list[tuple[str, str]] = []
            for row in good:
                password = secrets.token_urlsafe(PASSWORD_BYTES)
                await self._added(work, row, password)
                made.append((row.username, password))
            await signal(work, "identity")
        return made, bad

    async def change(
        self, scope: Scope, account_id: UUID, *, name: str, telephone: str, active: bool,
        version: int,
    ) -> None:  # fmt: skip
        """Change name and telephone, or deactivate and restore. A deactivated account's sessions
        end at once."""
        _demand(scope)
        faults = _person_faults(name, telephone)
        if faults:
            raise invalid(*faults)
        if account_id == scope.actor.account_id and not active:
            raise invalid(Fault(path="/active", code="account.own"))
        async with self._database.transaction(scope.actor) as work:
            before = await self._one(work, account_id)
            number = normal_telephone(telephone) if telephone else None
            if not await _store_admin.change(work, account_id, name, number, active, version):
                raise Conflict("record.changed", version=before["version"])
            if not active:
                await _store.end_sessions_of(work, account_id)
            await work.append(
                _entry("account.changed", account_id,
                       before={"active": before["active"]}, after={"active": active})
            )  # fmt: skip
            await signal(work, "identity")

    async def reset_password(self, scope: Scope, account_id: UUID) -> str:
        """A new one-time password; every session of the account ends."""
        _demand(scope)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._database.transaction(scope.actor) as work:
            await self._one(work, account_id)
            await _store_admin.one_time_password(work, account_id, passwords.hashed(password))
            await _store.end_sessions_of(work, account_id)
            await work.append(_entry("account.password_reset", account_id))
            await signal(work, "identity")
        return password

    async def give_post(
        self, scope: Scope, account_id: UUID, post: NewPost, roles: Sequence[str]
    ) -> None:
        """Give a post to an account."""
        _demand(scope)
        if faults := _post_faults(post, roles):
            raise invalid(*faults)
        async with self._database.transaction(scope.actor) as work:
            await self._one(work, account_id)
            await _store_people.add_post(work, account_id, post)
            await work.append(_entry("post.given", account_id, after=msgspec.to_builtins(post)))
            await signal(work, "identity")

    async def end_post(self, scope: Scope, post_id: UUID) -> None:
        """Take a post away, at once."""
        _demand(scope)
        async with self._database.transaction(scope.actor) as work:
            account_id = await _store_people.end_post(work, post_id)
            if account_id is None:
                raise Absent("post.unknown")
            await work.append(_entry("post.ended", account_id, after={"post": str(post_id)}))
            await signal(work, "identity")

    async def _one(self, work: Work, account_id: UUID) -> Row:
        found = await _store_admin.account(work, account_id)
        if found is None:
            raise Absent("account.unknown")
        return found

    async def _added(self, work: Work, new: NewAccount, password: str) -> UUID:
        hashed = passwords.hashed(password)
        account_id = await _store_people.add_account(work, new, None, hashed)
        await _store_admin.one_time_password(work, account_id, hashed)
        entry = _entry("account.opened", account_id, after={"username": new.username})
        await work.append(entry)
        return account_id

    async def _faults(self, work: Work, new: NewAccount, roles: Sequence[str]) -> list[Fault]:
        faults = _person_faults(new.person.name, new.person.telephone or "")
        name = new.username
        plain = name.isascii() and name.replace(".", "").replace("_", "").isalnum()
        if not 3 <= len(name) <= USERNAME_LENGTH_MAX or not plain:
            facts = {"length_max": USERNAME_LENGTH_MAX}
            faults.append(Fault(path="/username", code="code.form", facts=facts))
        elif await _store.account(work, name) is not None:
            faults.append(Fault(path="/username", code="code.taken", facts={"key": name}))
        number = new.person.telephone
        if number and await _store.person_by_telephone(work, number) is not None:
            faults.append(Fault(path="/telephone", code="code.taken", facts={"key": number}))
        known = await _store_people.organisation_ids(work) if new.posts else {}
        for post in new.posts:
            faults += _post_faults(post, roles)
            if post.organisation is not None and post.organisation not in known:
                unknown = {"key": post.organisation}
                fault = Fault(path="/organisation", code="organisation.unknown", facts=unknown)
                faults.append(fault)
        return faults


def _demand(scope: Scope) -> None:
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)


def _person_faults(name: str, telephone: str) -> list[Fault]:
    faults = []
    if not name.strip():
        faults.append(Fault(path="/name", code="field.required"))
    if len(name) > NAME_LENGTH_MAX:
        facts = {"limit": NAME_LENGTH_MAX, "length": len(name)}
        faults.append(Fault(path="/name", code="text.too_long", facts=facts))
    if telephone and normal_telephone(telephone) is None:
        faults.append(Fault(path="/telephone", code="telephone.form"))
    return faults


def _post_faults(post: NewPost, roles: Sequence[str]) -> list[Fault]:
    faults = []
    if post.role not in roles:
        facts = {"given": post.role, "allowed": ", ".join(roles)}
        faults.append(Fault(path="/role", code="code.unknown", facts=facts))
    if post.area_code and not is_area_code(post.area_code):
        faults.append(Fault(path="/area_code", code="area.code"))
    return faults


def _entry(
    kind: str, account_id: UUID, *, before: Row | None = None, after: Row | None = None
) -> Entry:
    return Entry(
        kind=kind, subject_type="account", subject_id=account_id, before=before, after=after
    )
