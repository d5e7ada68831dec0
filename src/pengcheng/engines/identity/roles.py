"""Roles that the city makes of those that packs declare, each change logged."""

import re
from collections.abc import Sequence

import msgspec

from pengcheng.engines.identity import _store_roles as _store
from pengcheng.engines.identity.deciding import ROWS_MAX, demand
from pengcheng.engines.identity.model import CityRole
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Conflict, Fault, invalid
from pengcheng.kernel.imports import Act, Imported, RowChange, RowFaults, became, imported, writes
from pengcheng.kernel.log import Entry

NAME_LENGTH_MAX = 60
_FORM = re.compile(r"[a-z][a-z0-9_]{1,39}")


class Roles:
    """The city's own roles. Declared roles come with packs and are changed there; a role of the
    city's own is several of them under one name, held by one post."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[CityRole]:
        """Every role of the city's own, retired ones too."""
        async with self._database.reading() as work:
            return await _store.everything(work)

    async def add(self, scope: Scope, new: CityRole, declared: Sequence[str]) -> None:
        """Add a role, made of declared ones."""
        demand(scope)
        faults = faults_of(new, declared)
        async with self._database.transaction(scope.actor) as work:
            if new.role in {item.role for item in await _store.everything(work)} | set(declared):
                faults.append(Fault(path="/role", code="role.taken"))
            if faults:
                raise invalid(*faults)
            await _added(work, new)
            await signal(work, "identity")

    async def import_rows(
        self, scope: Scope, may_change: Scope, rows: Sequence[CityRole], declared: Sequence[str],
        *, mode: str,
    ) -> Imported:  # fmt: skip
        """Add the roles whose keys are new, change, retire and restore those that stand. `mode`:
        "all" rows or none, "partly" those that are right, "check": nothing is written."""
        demand(scope)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        async with self._database.transaction(scope.actor) as work:
            standing = {item.role: item for item in await _store.everything(work)}
            bad: RowFaults = []
            todo: list[tuple[int, CityRole, CityRole | None]] = []
            seen = set(declared)
            for number, role in enumerate(rows, start=1):
                known = standing.get(role.role)
                faults = faults_of(role, declared)
                if role.role in seen:
                    code = "role.taken" if role.role in declared else "row.twice"
                    faults.append(Fault(path="/role", code=code))
                if known is not None and may_change.is_empty:
                    faults.append(Fault(path="/role", code="field.not_yours"))
                seen.add(role.role)
                bad += [(number, fault) for fault in faults]
                if not faults:
                    todo.append((number, role, known))
            different = [
                item for item in todo if item[2] is None or _told(item[2]) != _told(item[1])
            ]
            if writes(mode, bad):
                for _, role, known in different:
                    await (_added(work, role) if known is None else _changed(work, known, role))
                await signal(work, "identity")
        changes = [_change(number, role, known) for number, role, known in different]
        return imported(mode, changes, bad, len(todo) - len(different))

    async def change(self, scope: Scope, role: CityRole, declared: Sequence[str]) -> None:
        """Rename a role, give it other rights, retire or restore it; its holders' rights follow at
        once. `role.version` is the version that was shown."""
        demand(scope)
        if faults := faults_of(role, declared):
            raise invalid(*faults)
        async with self._database.transaction(scope.actor) as work:
            before = await _store.one(work, role.role)
            if before is None:
                raise invalid(Fault(path="/role", code="code.unknown",
                                    facts={"given": role.role, "allowed": ""}))  # fmt: skip
            await _changed(work, msgspec.structs.replace(before, version=role.version), role)
            await signal(work, "identity")


async def _added(work: Work, role: CityRole) -> None:
    role_id = await _store.add(work, role)
    await work.append(
        Entry(kind="role.added", subject_type="role", subject_id=role_id, after=_told(role))
    )


async def _changed(work: Work, before: CityRole, after: CityRole) -> None:
    """Write a change of the role that stands as `before`."""
    role_id = await _store.change(work, msgspec.structs.replace(after, version=before.version))
    if role_id is None:
        raise Conflict("record.changed", version=before.version)
    await work.append(
        Entry(
            kind="role.changed", subject_type="role", subject_id=role_id, before=_told(before),
            after=_told(after),
        )
    )  # fmt: skip


def _change(number: int, role: CityRole, known: CityRole | None) -> RowChange:
    before = _told(known) if known else {}
    ended = known is not None and known.active and not role.active
    act: Act = "added" if known is None else "ended" if ended else "changed"
    values = became(before, {k: v for k, v in _told(role).items() if k != "role"})
    return RowChange(number=number, act=act, key=role.role, values=values)


def _told(role: CityRole) -> dict[str, object]:
    return {"role": role.role, "name_zh": role.name.zh, "name_en": role.name.en,
            "includes": list(role.includes), "active": role.active}  # fmt: skip


def faults_of(role: CityRole, declared: Sequence[str]) -> list[Fault]:
    """What is wrong with a role in itself."""
    faults = []
    if not _FORM.fullmatch(role.role):
        faults.append(Fault(path="/role", code="role.form"))
    for path, text in (("/name_zh", role.name.zh), ("/name_en", role.name.en)):
        if not text.strip():
            faults.append(Fault(path=path, code="field.required"))
        if len(text) > NAME_LENGTH_MAX:
            facts = {"limit": NAME_LENGTH_MAX, "length": len(text)}
            faults.append(Fault(path=path, code="text.too_long", facts=facts))
    if not role.includes:
        faults.append(Fault(path="/includes", code="field.required"))
    for name in role.includes:
        if name not in declared:
            told = {"given": name, "allowed": ", ".join(declared)}
            faults.append(Fault(path="/includes", code="code.unknown", facts=told))
    return faults
