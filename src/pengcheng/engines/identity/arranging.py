"""The tree of organisations as an administrator arranges it: added, changed, moved, retired."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_organisations as _store
from pengcheng.engines.identity.deciding import ROWS_MAX, demand
from pengcheng.engines.identity.model import NewOrganisation, Organisation
from pengcheng.engines.identity.organisations import Organisations
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.areas import LEVELS, is_area_code
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.errors import Conflict, Fault, Refusal, invalid
from pengcheng.kernel.imports import Imported, RowChange, RowFaults, became, imported, writes
from pengcheng.kernel.log import Entry
from pengcheng.kernel.words import Words

TEXT_LENGTH_MAX = 120
Numbers = Sequence[tuple[int, int]]


class OrganisationChange(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation is to be; `version` is the one that was shown."""

    name: Words
    kind: str
    area_code: str
    active: bool
    version: int


class _Sorted(msgspec.Struct, kw_only=True):
    """What the rows of a sheet come to, with the number of each row."""

    new: dict[str, tuple[int, NewOrganisation]] = msgspec.field(default_factory=dict)
    changed: list[tuple[int, Organisation, Organisation]] = msgspec.field(default_factory=list)
    bad: RowFaults = msgspec.field(default_factory=list)
    same: int = 0

    def changes(self) -> list[RowChange]:
        """The rows as they are told."""
        added = [
            RowChange(number=number, act="added", key=key, values=became({}, _told_new(row)))
            for key, (number, row) in self.new.items()
        ]
        changed = [
            RowChange(
                number=number, act="ended" if before.active and not after.active else "changed",
                key=before.key, values=became(_told(before), _told(after)),
            )
            for number, before, after in self.changed
        ]  # fmt: skip
        return [*added, *changed]


class Arranging:
    """Changes to the tree. `organisations` holds it in memory and is read again after each."""

    def __init__(self, database: Database, organisations: Organisations) -> None:
        self._database = database
        self._organisations = organisations

    async def add(self, scope: Scope, new: NewOrganisation) -> Organisation:
        """Add one beneath its parent; without a parent it is a root of the tree."""
        demand(scope)
        await self._organisations.load()
        if faults := self._row_faults(scope, new):
            raise invalid(*faults)
        return (await self._organisations.add(scope, [new]))[0]

    async def change(
        self, scope: Scope, organisation_id: UUID, change: OrganisationChange
    ) -> Organisation:
        """Rename, give another kind or area, retire or restore one; what has open cases or active
        organisations beneath it cannot be retired."""
        demand(scope)
        await self._organisations.load()
        before = self._within(scope, organisation_id)
        after = msgspec.structs.replace(
            before, name=change.name, kind=change.kind, area_code=change.area_code,
            active=change.active,
        )  # fmt: skip
        if faults := faults_of(after):
            raise invalid(*faults)
        async with self._database.transaction(scope.actor) as work:
            await self._changed(work, before, after, change.version)
            await signal(work, "organisations")
            await signal(work, "identity")
        await self._organisations.reload()
        return self._organisations.of(organisation_id)

    async def move(
        self, scope: Scope, organisation_id: UUID, parent_id: UUID | None, version: int
    ) -> Organisation:
        """Move one with all beneath it under another parent. Everything that stands under their
        numbers goes with them; the numbers they leave are never given again."""
        demand(scope)
        await self._organisations.load()
        moved = self._within(scope, organisation_id)
        parent = self._within(scope, parent_id) if parent_id else None
        if faults := _move_faults(moved, parent):
            raise invalid(*faults)
        beneath = self._organisations.beneath(organisation_id)
        async with self._database.transaction(scope.actor) as work:
            past = await _store.past(work)
            spans = self._organisations.numbers_for(beneath, parent, past)
            held = await _store.move(work, organisation_id, parent_id, version)
            if not held:
                raise Conflict("record.changed", version=moved.version)
            await _store.renumber(work, [(i.id, *spans[i.key]) for i in beneath])
            await _store.leave(work, [(i.no, i.no_end, i.id) for i in beneath])
            numbers = [(i.no, spans[i.key][0]) for i in beneath]
            for table in await _store.numbered_tables(work):
                await _store.follow(work, table, numbers)
            await work.append(_moved(moved, parent, numbers))
            await signal(work, "organisations")
            await signal(work, "identity")
        await self._organisations.reload()
        return self._organisations.of(organisation_id)

    async def follow(self, work: Work, numbers: Numbers) -> None:
        """Let rows follow a move again: those that a request wrote while it was made."""
        for table in await _store.numbered_tables(work):
            await _store.follow(work, table, numbers)

    async def import_rows(
        self, scope: Scope, may_change: Scope, rows: Sequence[NewOrganisation], *, mode: str
    ) -> Imported:
        """Add the organisations whose keys are new, change, retire and restore those that stand,
        parents before children. `mode`: "all" rows or none, "partly" those that are right,
        "check": nothing is written."""
        demand(scope)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        await self._organisations.load()
        async with self._database.transaction(scope.actor) as work:
            found = self._sorted(scope, may_change, rows)
            await self._keep_what_works(work, found)
            if writes(mode, found.bad):
                # What is retired goes first from beneath.
                for _, before, after in sorted(found.changed, key=lambda item: -item[1].no):
                    await self._changed(work, before, after, before.version)
                if found.new:
                    await self._organisations.write(work, [row for _, row in found.new.values()])
                await signal(work, "organisations")
                await signal(work, "identity")
        await self._organisations.reload()
        return imported(mode, found.changes(), found.bad, found.same)

    async def _keep_what_works(self, work: Work, found: _Sorted) -> None:
        """Take back the retiring of what has open cases, or active ones beneath it."""
        retired = {b.id: (number, b) for number, b, a in found.changed if b.active and not a.active}
        wrong: dict[int, Fault] = {}
        for number, before in sorted(retired.values(), key=lambda item: -item[1].no):
            beneath = self._organisations.beneath(before.id)[1:]
            stays = [i for i in beneath if i.active and (i.id not in retired
                                                         or retired[i.id][0] in wrong)]  # fmt: skip
            if held := await _store.open_cases_of(work, before.id):
                facts = {"cases": held}
                wrong[number] = Fault(
                    path="/active", code="organisation.has_open_cases", facts=facts
                )
            elif stays or any(row.parent == before.key for _, row in found.new.values()):
                wrong[number] = Fault(path="/active", code="organisation.has_active_beneath")
        found.bad += list(wrong.items())
        found.changed = [item for item in found.changed if item[0] not in wrong]

    def _sorted(self, scope: Scope, may_change: Scope, rows: Sequence[NewOrganisation]) -> _Sorted:
        found = _Sorted()
        seen: set[str] = set()
        beside: dict[str, NewOrganisation] = {}
        for number, row in enumerate(rows, start=1):
            known = self._organisations.by_key(row.key)
            faults = self._row_faults(scope, row, beside, known=known)
            if row.key in seen:
                faults.append(Fault(path="/key", code="row.twice"))
            if known is None and row.active is False:
                facts = {"key": row.key}
                faults.append(Fault(path="/active", code="organisation.unknown", facts=facts))
            if known is not None and not may_change.holds(Facts(organisation_no=known.no)):
                faults.append(Fault(path="/key", code="organisation.not_yours"))
            seen.add(row.key)
            found.bad += [(number, fault) for fault in faults]
            if faults:
                continue
            if known is None:
                beside[row.key] = row
                found.new[row.key] = (number, row)
                continue
            after = msgspec.structs.replace(
                known, name=row.name, kind=row.kind, area_code=row.area_code,
                active=known.active if row.active is None else row.active,
            )  # fmt: skip
            found.same += after == known
            found.changed += [(number, known, after)] * (after != known)
        return found

    def _row_faults(
        self, scope: Scope, row: NewOrganisation,
        beside: Mapping[str, NewOrganisation] | None = None, *, known: Organisation | None = None,
    ) -> list[Fault]:  # fmt: skip
        faults = faults_of(row)
        above = self._organisations.by_key(row.parent) if row.parent else None
        new_above = (beside or {}).get(row.parent or "")
        if row.parent and above is None and new_above is None:
            faults.append(
                Fault(path="/parent", code="organisation.unknown", facts={"key": row.parent})
            )
        level = above.level if above else new_above.level if new_above else None
        if level and LEVELS.index(level) > LEVELS.index(row.level):
            faults.append(Fault(path="/level", code="organisation.level_above"))
        if new_above is None and not scope.holds(
            Facts(organisation_no=above.no if above else None)
        ):
            faults.append(Fault(path="/parent", code="organisation.not_yours"))
        if known is not None:
            parent = above.id if above else None
            if known.parent_id != parent or known.level != row.level:
                faults.append(Fault(path="/parent", code="organisation.moved_apart"))
        elif beside is None and self._organisations.by_key(row.key):
            faults.append(Fault(path="/key", code="code.taken", facts={"key": row.key}))
        return faults

    async def _changed(
        self, work: Work, before: Organisation, after: Organisation, version: int
    ) -> None:
        if before.active and not after.active:
            held = await _store.open_cases_of(work, before.id)
            if held:
                raise Refusal("organisation.has_open_cases", cases=held)
            beneath = self._organisations.beneath(before.id)
            if any(item.active for item in beneath if item.id != before.id):
                raise Refusal("organisation.has_active_beneath")
        if not await _store.change(work, after, version):
            raise Conflict("record.changed", version=before.version)
        await work.append(
            Entry(
                kind="organisation.changed", subject_type="organisation", subject_id=before.id,
                organisation_no=before.no, before=_told(before), after=_told(after),
            )
        )  # fmt: skip

    def _within(self, scope: Scope, organisation_id: UUID) -> Organisation:
        found = self._organisations.of(organisation_id)
        if not scope.holds(Facts(organisation_no=found.no)):
            raise invalid(Fault(path="/parent", code="organisation.not_yours"))
        return found


def faults_of(item: NewOrganisation | Organisation) -> list[Fault]:
    """What is wrong with an organisation in itself."""
    faults = []
    texts = {"/key": item.key, "/kind": item.kind, "/name_zh": item.name.zh,
             "/name_en": item.name.en}  # fmt: skip
    for path, text in texts.items():
        if not text.strip():
            faults.append(Fault(path=path, code="field.required"))
        if len(text) > TEXT_LENGTH_MAX:
            facts = {"limit": TEXT_LENGTH_MAX, "length": len(text)}
            faults.append(Fault(path=path, code="text.too_long", facts=facts))
        if path in {"/key", "/kind"} and not text.isprintable():
            faults.append(Fault(path=path, code="code.form"))
    if item.level not in LEVELS[:-1]:
        told = {"given": item.level, "allowed": ", ".join(LEVELS[:-1])}
        faults.append(Fault(path="/level", code="code.unknown", facts=told))
    if not is_area_code(item.area_code):
        faults.append(Fault(path="/area_code", code="area.code"))
    return faults


def _move_faults(moved: Organisation, parent: Organisation | None) -> list[Fault]:
    if parent is None:
        return []
    if moved.no <= parent.no < moved.no_end:
        return [Fault(path="/parent", code="organisation.beneath_itself")]
    if not parent.active:
        return [Fault(path="/parent", code="organisation.retired")]
    if LEVELS.index(parent.level) > LEVELS.index(moved.level):
        return [Fault(path="/parent", code="organisation.level_above")]
    if parent.id == moved.parent_id:
        return [Fault(path="/parent", code="organisation.there_already")]
    return []


def _told(item: Organisation) -> dict[str, object]:
    return {"key": item.key, "name_zh": item.name.zh, "name_en": item.name.en, "kind": item.kind,
            "area_code": item.area_code, "active": item.active}  # fmt: skip


def _told_new(row: NewOrganisation) -> dict[str, object]:
    told: dict[str, object] = {
        "kind": row.kind, "level": row.level, "name_zh": row.name.zh, "name_en": row.name.en,
        "area_code": row.area_code,
    }  # fmt: skip
    return told | ({"parent": row.parent} if row.parent else {})


def _moved(moved: Organisation, parent: Organisation | None, numbers: Numbers) -> Entry:
    return Entry(
        kind="organisation.moved",
        subject_type="organisation",
        subject_id=moved.id,
        organisation_no=moved.no,
        before={"parent_id": str(moved.parent_id) if moved.parent_id else None},
        after={"key": moved.key, "parent": parent.key if parent else None,
               "parent_id": str(parent.id) if parent else None,
               "numbers": [list(pair) for pair in numbers]},
    )  # fmt: skip
