"""Putting packs into a running city: what would change is told first, then done without a restart.

Nothing is done where the city's records or open cases forbid it. Every process of the city serves
the new declarations when it hears of them.
"""

from collections.abc import Iterator, Mapping

import msgspec

from pengcheng import pack
from pengcheng.edge import process_work
from pengcheng.edge.services import Services
from pengcheng.engines.objects import Change, recompute, restated
from pengcheng.engines.rules import read_dmn
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.registry import RecordType, Registry
from pengcheng.kernel.words import Words

SECTIONS: Mapping[str, Words] = {
    "types": Words("类型", "types"),
    "case_kinds": Words("办件种类", "case kinds"),
    "processes": Words("流程", "processes"),
    "process_files": Words("BPMN 流程", "BPMN processes"),
    "tables": Words("决策表", "decision tables"),
    "rule_files": Words("DMN 规则", "DMN rules"),
    "indicators": Words("指标", "indicators"),
    "recurring": Words("周期性工作", "recurring work"),
    "datasets": Words("数据集", "datasets"),
    "screens": Words("页面", "screens"),
    "algorithms": Words("算法", "algorithms"),
    "roles": Words("角色", "roles"),
    "code_lists": Words("代码表", "code lists"),
    "words": Words("文本", "texts"),
}
"""What a registry holds by name, in the order in which a person reads of its changes."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What is new, otherwise, or no more among the declarations of one section."""

    section: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class PackPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What installing would do: `packs` are (name, version until now, version then)."""

    registry: Registry
    packs: tuple[tuple[str, str | None, str | None], ...]
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]

    @property
    def is_empty(self) -> bool:
        """Whether the city has all of it already."""
        return not (self.packs or self.differences or self.changes)


async def plan(services: Services, registry: Registry) -> PackPlan:
    """What these declarations would change in the city; nothing is done."""
    standing = await _standing(services)
    registry = registry.after(standing)
    planned = await services.schema.plan(registry)
    return PackPlan(
        registry=registry,
        packs=tuple(_versions(standing, registry)),
        differences=tuple(_differences(standing, planned.registry)),
        changes=planned.changes,
        faults=(*planned.faults, *await _stranded(services, standing, registry)),
    )


async def apply(services: Services, registry: Registry) -> int:
    """Bring the city to these declarations; the version of the registry that it serves then.

    A Refusal `schema.hindered` tells everything that forbids it, and nothing was changed.
    """
    former = await _standing(services)
    registry = registry.after(former)
    stranded = await _stranded(services, former, registry)
    faults = [*(await services.schema.plan(registry)).faults, *stranded]
    if faults:
        raise Refusal("schema.hindered", faults=faults)
    # Before the declarations that name them: who reads these finds rules and processes there.
    for table in registry.tables.values():
        model = pack.model_of(table)
        await services.rules.publish(SYSTEM, table.name, model, pack=table.pack)
    for name, file in registry.rule_files.items():
        await services.rules.publish(SYSTEM, name, read_dmn(file.text.encode()), pack=file.pack)
    await process_work.publish_processes(services.processes, registry)
    version = await services.schema.apply(registry)
    await _recompute(services, former)
    await services.recurring.arm()
    await services.indicators.arm()
    return version


async def _recompute(services: Services, former: Registry) -> None:
    """Bring what is computed to the formulas of now, of types whose formulas became others."""
    registry = await _standing(services)
    for name in restated(former, registry):
        await recompute(services.database, registry, registry.type_(name))


async def _standing(services: Services) -> Registry:
    found = await services.schema.newest()
    return msgspec.json.decode(found[1], type=Registry) if found else Registry()


async def _stranded(services: Services, old: Registry, new: Registry) -> list[Fault]:
    """Open cases that the new declarations would leave without a step to stand at. A process of a
    higher version does not: what was accepted under the older one goes on under it."""
    faults = []
    for kind, step, count in await services.overseeing.open_steps():
        facts = {"kind": kind, "step": step, "count": count}
        declared = new.case_kinds.get(kind)
        if declared is None:
            faults.append(Fault(path=f"/case_kinds/{kind}", code="schema.kind_gone", facts=facts))
            continue
        process, former = new.processes[declared.process], old.processes.get(declared.process)
        is_same_version = former is not None and former.version == process.version
        if is_same_version and step not in {one.id for one in process.steps}:
            at = f"/processes/{process.name}/steps/{step}"
            faults.append(Fault(path=at, code="schema.step_gone", facts=facts))
    return faults


def _versions(old: Registry, new: Registry) -> Iterator[tuple[str, str | None, str | None]]:
    for name in sorted({*old.packs, *new.packs}):
        before, after = old.packs.get(name), new.packs.get(name)
        versions = (before.version if before else None, after.version if after else None)
        if versions[0] != versions[1]:
            yield name, *versions


def _differences(old: Registry, new: Registry) -> Iterator[Difference]:
    for section in SECTIONS:
        before: Mapping[str, object] = getattr(old, section)
        after: Mapping[str, object] = getattr(new, section)
        found = Difference(
            section=section,
            added=tuple(sorted(after.keys() - before.keys())),
            changed=tuple(sorted(_changed(before, after))),
            removed=tuple(sorted(before.keys() - after.keys())),
        )
        if found.added or found.changed or found.removed:
            yield found
    if old.rights != new.rights:
        differing = [
            *(one for one in old.rights if one not in new.rights),
            *(one for one in new.rights if one not in old.rights),
        ]
        rights = {(one.type, one.role) for one in differing}
        told = tuple(f"{type_} ({role})" for type_, role in sorted(rights))
        yield Difference(section="rights", changed=told)


def _changed(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    """Names of what is declared otherwise; of a type, which of its attributes."""
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        if old == new:
            continue
        parts = ""
        if isinstance(old, RecordType) and isinstance(new, RecordType):
            parts = ", ".join(_attributes(old, new))
        yield f"{name} ({parts})" if parts else name


def _attributes(old: RecordType, new: RecordType) -> Iterator[str]:
    before = {item.name: item for item in old.attributes}
    after = {item.name: item for item in new.attributes}
    yield from (f"+{name}" for name in after if name not in before)
    yield from (f"-{name}" for name in before if name not in after)
    yield from (f"~{name}" for name in after if before.get(name, after[name]) != after[name])
