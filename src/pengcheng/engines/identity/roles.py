"""Roles that the city makes of those that packs declare, each change logged."""

import re
from collections.abc import Sequence

from pengcheng.engines.identity import _store_roles as _store
from pengcheng.engines.identity.deciding import ROWS_MAX, RowFaults, demand
from pengcheng.engines.identity.model import CityRole
from pengcheng.ground.database import Database
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Conflict, Fault, invalid
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

    async def add(
        self, scope: Scope, new: Sequence[CityRole], declared: Sequence[str], *, mode: str = "all"
    ) -> tuple[int, RowFaults]:
        """Add roles, each of declared ones: how many, and faults by row number from 1. `mode`:
        "all" or none, "partly" the valid rows, "check": none."""
        demand(scope)
        if len(new) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        bad: RowFaults = []
        good: list[CityRole] = []
        async with self._database.transaction(scope.actor) as work:
            taken = {item.role for item in await _store.everything(work)} | set(declared)
            for number, role in enumerate(new, start=1):
                faults = faults_of(role, declared)
                if role.role in taken:
                    faults.append(Fault(path="/role", code="role.taken"))
                taken.add(role.role)
                bad += [(number, fault) for fault in faults]
                if not faults:
                    good.append(role)
            if mode == "check":
                return len(good), bad
            if bad and mode != "partly":
                return 0, bad
            for role in good:
                role_id = await _store.add(work, role)
                after = {"role": role.role, "includes": list(role.includes)}
                await work.append(
                    Entry(kind="role.added", subject_type="role", subject_id=role_id, after=after)
                )
            await signal(work, "identity")
        return len(good), bad

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
            role_id = await _store.change(work, role)
            if role_id is None:
                raise Conflict("record.changed", version=before.version)
            await work.append(
                Entry(
                    kind="role.changed", subject_type="role", subject_id=role_id,
                    before=_told(before), after=_told(role),
                )
            )  # fmt: skip
            await signal(work, "identity")


def _told(role: CityRole) -> dict[str, object]:
    return {"role": role.role, "name": role.name.zh, "includes": list(role.includes),
            "active": role.active}  # fmt: skip


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
