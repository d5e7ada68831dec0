"""The tree of organisations, held in memory in every process and read again when it changes."""

import asyncio
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from pengcheng.engines.identity import _store_organisations as _store
from pengcheng.engines.identity.model import NewOrganisation, Organisation
from pengcheng.engines.identity.numbering import ROOT_SPAN, number_tree
from pengcheng.ground.database import Database, Work
from pengcheng.ground.signals import Signals, signal
from pengcheng.kernel.areas import LEVELS, Level, ancestor, area_level
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Absent, Fault, Forbidden, invalid
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry


class Organisations:
    """Which organisations there are, and which one answers for a kind of matter in an area."""

    def __init__(self, database: Database, signals: Signals | None = None) -> None:
        self._database = database
        self._by_id: dict[UUID, Organisation] = {}
        self._by_no: dict[int, Organisation] = {}
        self._by_key: dict[str, Organisation] = {}
        self._by_name: dict[str, set[UUID]] = {}
        self._by_place: dict[tuple[str, str], Organisation] = {}
        self._highest: dict[str, Organisation] = {}
        # The tree in memory is as it was after so many changes; it was told of so many.
        self._held, self._told = 0, 1
        self._reading = asyncio.Lock()
        if signals:
            signals.on("organisations", self._forget)

    def _forget(self, _subject: str) -> None:
        self._told += 1

    async def load(self) -> None:
        """Read the tree again if it changed; cheap otherwise. Who comes meanwhile waits for it."""
        if self._held == self._told:
            return
        async with self._reading:
            if self._held == self._told:
                return
            # What changes while it is read may not be in it.
            told = self._told
            async with self._database.reading() as work:
                self._hold(await _store.everything(work))
            self._held = told

    def _hold(self, found: Sequence[Organisation]) -> None:
        tree = sorted(found, key=lambda item: item.no)
        self._by_id = {item.id: item for item in tree}
        self._by_no = {item.no: item for item in tree}
        self._by_key = {item.key: item for item in tree}
        self._by_name = {}
        for item in tree:
            for name in (item.name.zh, item.name.en):
                self._by_name.setdefault(name, set()).add(item.id)
        self._by_place = {
            (item.kind, item.area_code): item for item in reversed(tree) if item.active
        }
        self._highest = {}
        for item in sorted(tree, key=lambda item: LEVELS.index(item.level)):
            if item.active:
                self._highest.setdefault(item.kind, item)

    def all(self) -> list[Organisation]:
        """Every organisation in the order of the tree."""
        return list(self._by_id.values())

    def of(self, organisation_id: UUID) -> Organisation:
        """The organisation with this id."""
        found = self._by_id.get(organisation_id)
        if found is None:
            raise Absent("organisation.unknown", id=str(organisation_id))
        return found

    def by_no(self, number: int | None) -> Organisation | None:
        """The organisation with this number, if there is one."""
        return self._by_no.get(number) if number is not None else None

    def by_key(self, key: str) -> Organisation | None:
        """The organisation with this key, if there is one."""
        return self._by_key.get(key)

    def named(self, text: str) -> Organisation | None:
        """The organisation that a text names: by its key, else by a whole name, in either language,
        that only one has."""
        alike = self._by_name.get(text, set())
        only = next(iter(alike)) if len(alike) == 1 else None
        return self._by_key.get(text) or (self._by_id[only] if only else None)

    def answering(self, kind: str, level: Level, area_code: str | None) -> Organisation | None:
        """The active organisation of a kind that answers for an area: at this level if there is
        one, else the nearest above. Without an area: the city's."""
        if area_code is None:
            return self._city(kind)
        lowest = min(LEVELS.index(level), LEVELS.index(area_level(area_code)))
        for at in reversed(LEVELS[: lowest + 1]):
            found = self._by_place.get((kind, ancestor(area_code, at)))
            if found:
                return found
        return self._city(kind)

    def _city(self, kind: str) -> Organisation | None:
        return self._highest.get(kind)

    def superiors(self, organisation_id: UUID) -> list[Organisation]:
        """The organisations above one, nearest first."""
        above: list[Organisation] = []
        parent = self.of(organisation_id).parent_id
        while parent is not None:
            above.append(self.of(parent))
            parent = above[-1].parent_id
        return above

    def beneath(self, organisation_id: UUID) -> list[Organisation]:
        """The organisation and all beneath it, in the order of the tree."""
        top = self.of(organisation_id)
        return [item for item in self.all() if top.no <= item.no < top.no_end]

    async def add(self, scope: Scope, new: Sequence[NewOrganisation]) -> list[Organisation]:
        """Add organisations, parents before children; all or none."""
        _demand(scope)
        await self.load()
        faults = self._faults_of(new)
        if faults:
            raise invalid(*faults)
        actor = scope.actor
        async with self._database.transaction(actor) as work:
            made = await self.write(work, new)
        self._hold([*self._by_id.values(), *made])
        return made

    async def write(self, work: Work, new: Sequence[NewOrganisation]) -> list[Organisation]:
        """Add organisations, checked before, in the caller's transaction."""
        made = self._numbered(new, await _store.past(work))
        await _store.add(work, made)
        await self._tell(work, "organisation.added", made)
        return made

    async def reload(self) -> None:
        """Read the tree again now."""
        self._told += 1
        await self.load()

    def numbers_for(
        self, moved: Sequence[Organisation], parent: Organisation | None,
        past: Sequence[tuple[int, int]],
    ) -> dict[str, tuple[int, int]]:  # fmt: skip
        """Fresh numbers for an organisation (the first) with all beneath it under a parent."""
        keys = {item.id: item.key for item in moved}
        parents = [
            (item.key, keys[item.parent_id] if at and item.parent_id else None)
            for at, item in enumerate(moved)
        ]
        parents[0] = (moved[0].key, parent.key if parent else None)
        taken = self._taken(past, but=set(keys.values()))
        return number_tree(parents, taken, self._roots(taken))

    async def _tell(self, work: Work, kind: str, changed: Sequence[Organisation]) -> None:
        entries = [
            Entry(
                kind=kind,
                subject_type="organisation",
                subject_id=item.id,
                organisation_no=item.no,
                after={"key": item.key, "name": item.name.zh},
            )
            for item in changed
        ]
        await work.append(*entries)
        await signal(work, "organisations")

    def _taken(
        self, past: Sequence[tuple[int, int]], *, but: AbstractSet[str] = frozenset()
    ) -> dict[str, tuple[int, int]]:
        """Numbers that stand, and those that stood once (under names that no key has)."""
        stood = {f"{low}\n": (low, high) for low, high in past}
        left = {f"{i.no}\n": (i.no, i.no_end) for i in self._by_id.values() if i.key in but}
        stands = {i.key: (i.no, i.no_end) for i in self._by_id.values() if i.key not in but}
        return stood | left | stands

    def _roots(self, taken: Mapping[str, tuple[int, int]]) -> int:
        return -(-max((high for _, high in taken.values()), default=0) // ROOT_SPAN)

    def _numbered(
        self, new: Sequence[NewOrganisation], past: Sequence[tuple[int, int]]
    ) -> list[Organisation]:
        taken = self._taken(past)
        parents = [(item.key, item.parent) for item in new]
        spans = number_tree(parents, taken, self._roots(taken))
        ids = {key: item.id for key, item in self._by_key.items()} | {n.key: new_id() for n in new}
        return [
            Organisation(
                id=ids[item.key],
                key=item.key,
                kind=item.kind,
                level=item.level,
                name=item.name,
                area_code=item.area_code,
                parent_id=ids[item.parent] if item.parent else None,
                no=spans[item.key][0],
                no_end=spans[item.key][1],
                synthetic=item.synthetic,
            )
            for item in new
        ]

    def _faults_of(self, new: Sequence[NewOrganisation]) -> list[Fault]:
        seen = set(self._by_key)
        faults: list[Fault] = []
        for at, item in enumerate(new):
            if item.key in seen:
                faults.append(Fault(path=f"/{at}/key", code="code.taken", facts={"key": item.key}))
            if item.parent is not None and item.parent not in seen:
                faults.append(
                    Fault(
                        path=f"/{at}/parent",
                        code="organisation.unknown",
                        facts={"key": item.parent},
                    )
                )
            seen.add(item.key)
        return faults


def _demand(scope: Scope) -> None:
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)
