"""Stuck steps of processes beside the other parked work: tried again with variables that mend them,
or their instance ended with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.error_words import words_of
from pengcheng.edge.services import Services
from pengcheng.engines.processes import Cancel, ParkedStep, Retry
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.imports import Became, RowChange, RowFaults
from pengcheng.kernel.words import Language
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.process_author_pages import object_of

TYPE = "process_instance"
MARK = ":"
"""Between an instance and a position: how a stuck step is called in a sheet and an address."""


class StepRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with a stuck step."""

    number: int
    instance: UUID
    position: int
    act: str
    reason: str = ""
    variables: Mapping[str, Any] | None = None

    @property
    def command(self) -> Retry | Cancel:
        """What the process is told."""
        if self.act == "retry":
            return Retry(self.position, self.variables or {})
        return Cancel(self.reason)


def key_of(step: ParkedStep) -> str:
    """How a stuck step is called."""
    return f"{step.instance_id}{MARK}{step.position}"


def place_of(key: str) -> tuple[UUID, int] | None:
    """The instance and position that a key names; None where it names no step."""
    instance, mark, position = key.partition(MARK)
    found = to_id(instance)
    if found is None or not mark or not position.isdecimal() or len(position) > 9:
        return None
    return found, int(position)


def mender(request: AnyRequest) -> Scope:
    """The scope of one who mends stuck steps, perhaps empty."""
    return services_of(request).rights.scope(official(request), "change", TYPE)


async def waiting(request: AnyRequest) -> list[ParkedStep]:
    """The stuck steps that the reader may mend, the oldest first."""
    scope = mender(request)
    return [] if scope.is_empty else await services_of(request).processes.parked(scope)


def told(services: Services, step: ParkedStep, language: Language) -> dict[str, Any]:
    """A stuck step as a person reads it."""
    declared = services.registry.processes.get(step.process)
    label = declared.label.in_(language) if declared else step.process
    node = next((one for one in declared.steps if one.id == step.node), None) if declared else None
    return {
        "key": key_of(step),
        "process": label,
        "step": node.label.in_(language) if node else step.node,
        "why": words_of(step.code).detail.fill(language, step.facts),
        "at": step.at,
        "href": f"/e/processes/instances/{step.instance_id}",
    }


def read(
    number: int, row: Mapping[str, str], standing: Mapping[str, ParkedStep]
) -> tuple[StepRow | None, list[Fault]]:
    """A row of the sheet, and what is wrong with it."""
    key, act = row.get("id", "").strip(), row.get("act", "").strip().lower()
    reason, typed = row.get("reason", "").strip(), row.get("variables", "").strip()
    place, variables, faults = place_of(key), object_of(typed), list[Fault]()
    if place is None or key not in standing:
        faults.append(Fault(path="/id", code="parked.unknown"))
    if act not in {"retry", "resolve"}:
        facts = {"given": act, "allowed": "retry, resolve"}
        faults.append(Fault(path="/act", code="code.unknown", facts=facts))
    if act == "resolve" and not reason:
        faults.append(Fault(path="/reason", code="field.required"))
    if variables is None:
        faults.append(Fault(path="/variables", code="json.kind"))
    if place is None or faults:
        return None, faults
    return StepRow(number=number, instance=place[0], position=place[1], act=act, reason=reason,
                   variables=variables), []  # fmt: skip


def change_of(row: StepRow, step: ParkedStep) -> RowChange:
    """What a row does."""
    values = [Became("act", "", row.act)]
    if row.reason:
        values.append(Became("reason", "", row.reason))
    if row.variables:
        values.append(Became("variables", "", msgspec.json.encode(row.variables).decode()))
    ends = row.act == "resolve"
    return RowChange(number=row.number, act="ended" if ends else "changed",
                     key=f"{step.process} {step.node}", values=tuple(values))  # fmt: skip


async def settle(services: Services, work: Work, scope: Scope, rows: Sequence[StepRow]) -> None:
    """Do what the rows say, in the caller's transaction."""
    for row in rows:
        await services.processes.act_within(work, scope, row.instance, row.command)


def twice(rows: Sequence[StepRow]) -> RowFaults:
    """Rows that name a step, or end an instance, that an earlier row has to do with already."""
    seen: set[UUID] = set()
    found: RowFaults = []
    for row in rows:
        if row.instance in seen:
            found.append((row.number, Fault(path="/id", code="row.twice")))
        seen.add(row.instance)
    return found
