"""Computed values of records that stand already, after their formulas became others."""

from datetime import datetime, timedelta
from typing import Any

from pengcheng.engines.objects import _store_computed as _store
from pengcheng.engines.records import recomputed
from pengcheng.ground import timers
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.registry import RecordType, Registry

BATCH = 500
RECOMPUTE = "objects.recompute"
RECOMPUTE_AFTER = timedelta(seconds=60)
"""How long after publication a timer goes over computed values once more: for who was ended before
it had recomputed them, and for what was written by the former formulas meanwhile."""


def formulas(type_: RecordType | None) -> dict[str, str]:
    """The formulas of a type, by attribute, those of a table's columns too ("lines.sum")."""
    found: dict[str, str] = {}
    for item in type_.attributes if type_ else ():
        columns = {f"{item.name}.{one.name}": one.computed for one in item.columns}
        told = {item.name: item.computed, **columns}
        found |= {name: text for name, text in told.items() if text is not None}
    return found


def restated(former: Registry, registry: Registry) -> list[str]:
    """The types whose formulas became others."""
    return [
        name
        for name, type_ in registry.types.items()
        if formulas(type_) and formulas(type_) != formulas(former.types.get(name))
    ]


async def set_recompute(work: Work, former: Registry, registry: Registry, now: datetime) -> None:
    """Set the timer, in the transaction that publishes the registry."""
    names = restated(former, registry)
    if names:
        due = now + RECOMPUTE_AFTER
        await timers.set_timer(work, RECOMPUTE, new_id(), due, {"types": names})


async def recompute(database: Database, registry: Registry, type_: RecordType) -> int:
    """Bring the computed values of a type to its formulas, some rows at a time; how many rows
    changed. The versions of records stay: nobody changed them."""
    names = tuple(item.name for item in type_.attributes if item.follows)
    changed, last = 0, None
    while True:
        async with database.transaction(SYSTEM) as work:
            rows = await _store.rows_after(work, type_, last, BATCH)
            if not rows:
                break
            found: list[tuple[Any, dict[str, Any]]] = []
            for key, standing in rows:
                made, _ = recomputed(type_, standing, code_lists=registry.code_lists)
                if any(made.get(name) != standing[name] for name in names):
                    found.append((key, made))
            await _store.keep(work, type_, found)
        changed, last = changed + len(found), rows[-1][0]
    if changed:
        async with database.transaction(SYSTEM) as work:
            told = {"count": changed, "attributes": list(names)}
            entry = Entry(
                kind="record.recomputed", subject_type=type_.name, subject_id=new_id(), after=told
            )
            await work.append(entry)
    return changed
