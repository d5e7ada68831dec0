"""What an action on a case does to objects, in the transaction of the action."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import _store
from pengcheng.engines.cases.model import Case
from pengcheng.engines.objects import NewRecord, add_within, change_within
from pengcheng.engines.records import facts_of, given_by, is_true
from pengcheng.ground.database import Work
from pengcheng.kernel.areas import code_of
from pengcheng.kernel.authz import SEALED
from pengcheng.kernel.effects import EFFECT_FACTS, Effect
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.fault_words import fault_text
from pengcheng.kernel.registry import CaseKind, RecordType, Registry
from pengcheng.kernel.time import Clock


async def take(
    work: Work, registry: Registry, kind: CaseKind, case: Case, verb: str, clock: Clock
) -> Mapping[str, Any]:
    """Let the effects of an action happen; the fields of the case that keep a record that was
    made. A Refusal tells why one cannot: then the action is not done either."""
    effects = [one for one in kind.effects if one.on == verb]
    if not effects:
        return {}
    type_ = registry.type_(kind.type)
    fields = (await _store.fields_of(work, type_, [case.id], SEALED)).get(case.id, {})
    tables = [item.name for item in type_.attributes if item.kind == "table"]
    kept: dict[str, Any] = {}
    for effect in effects:
        own = {name: getattr(case, name) for name in EFFECT_FACTS}
        facts = {**own, **fields, **facts_of(type_, fields, tables), **kept}
        if effect.when is not None and not is_true(effect.when, facts, clock):
            continue
        made = await _happen(work, registry, effect, case, facts, clock)
        if effect.keeps is not None:
            kept[effect.keeps] = made
    await _store.change_fields(work, type_, case.id, kept)
    return kept


async def _happen(
    work: Work, registry: Registry, effect: Effect, case: Case, facts: Mapping[str, Any],
    clock: Clock,
) -> UUID | None:  # fmt: skip
    type_ = registry.type_(effect.type)
    values = _values(effect, type_, facts, clock)
    cause = {"case": str(case.id), "code": case.code, "verb": effect.on, "effect": effect.name}
    if effect.changes is not None:
        key = facts.get(effect.changes)
        if key is None:
            raise _refused(effect, type_, [Fault(path="", code="effect.names_none")])
        faults = await change_within(work, registry, type_, key, values, clock, cause)
        made = None
    else:
        new = NewRecord(
            attributes=values,
            area_code=code_of(case.area_no) if case.area_no is not None else None,
            organisation_no=case.organisation_no,
            owner_id=case.author_id if effect.owned and case.disclosure == "open" else None,
            place=case.point if effect.place else None,
        )
        made, faults = await add_within(work, registry, type_, new, clock, cause)
    if faults:
        raise _refused(effect, type_, faults)
    return made


def _values(
    effect: Effect, type_: RecordType, facts: Mapping[str, Any], clock: Clock
) -> dict[str, Any]:
    items = ((type_.attribute(name), text) for name, text in effect.values.items())
    return {item.name: given_by(text, facts, item, clock) for item, text in items if item}


def _refused(effect: Effect, type_: RecordType, faults: list[Fault]) -> Exception:
    """Why an effect cannot happen, by the attribute of the record that is at fault."""
    told = []
    for fault in faults:
        item = type_.attribute(fault.path.split("/")[1] if fault.path else "")
        label = item.label if item else type_.label
        facts = {
            "effect_zh": effect.label.zh, "effect_en": effect.label.en,
            "what_zh": label.zh, "what_en": label.en,
            "why_zh": fault_text(fault, "zh"), "why_en": fault_text(fault, "en"),
        }  # fmt: skip
        told.append(Fault(path=f"/effects/{effect.name}", code="effect.refused", facts=facts))
    return invalid(*told)
