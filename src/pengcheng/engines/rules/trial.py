"""Trial: a new version over past decisions before it is published. Pure, one decision at a time.

It tells who gains and who loses, what it costs, what each office gets to do, and how the change
falls on each group, and hands out each changed case as it is found; what it keeps does not grow
with the number of decisions.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from pengcheng.engines.feel import from_python
from pengcheng.engines.rules.deciding import is_same, output_again
from pengcheng.engines.rules.engine import Model
from pengcheng.engines.rules.keeping import Json, canonical
from pengcheng.engines.rules.model import Decision, TableBox
from pengcheng.kernel.errors import PengchengError

GROUPS_MAX = 10_000
"""Different values of one dimension that are counted apart; the rest is counted together."""
REST = "…"
ALONE = "value"
"""The column of an output that has none of its own."""
OFFICE_COLUMNS = ("organisation", "office", "unit")
"""Output columns that name an office; else the office is the one that the record is about."""
GROUPED_BY = ("area", "category", "channel")

Effect = Literal["gain", "loss", "other"]


class Past(msgspec.Struct, frozen=True):
    """A decision that was made: its inputs and output as kept, and whom it was about."""

    id: UUID
    seq: int
    at: datetime
    about: Mapping[str, Json]
    inputs: Mapping[str, Json]
    output: Json


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A case that the new version decides otherwise. `after` null and `fault`: it cannot."""

    id: UUID
    code: str
    effect: Effect
    before: Json
    after: Json
    fault: str = ""


class Tally(msgspec.Struct):
    """The decisions of a group, and how the change falls on it."""

    decisions: int = 0
    changed: int = 0
    gains: int = 0
    losses: int = 0


class Cost(msgspec.Struct):
    """The sum of a numeric output column by the old and by the new version."""

    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)


class Load(msgspec.Struct):
    """How many decisions give an office this outcome, by the old and by the new version."""

    before: int = 0
    after: int = 0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is better in a column: earlier in `values`; without values, a greater number."""

    column: str
    values: tuple[str, ...] = ()
    less_is_better: bool = False


class Report(msgspec.Struct, kw_only=True):
    """What a trial saw. `load` is by office, then by "column = value"; `groups` by dimension."""

    decision: str
    fingerprint: str
    whole: Tally = msgspec.field(default_factory=Tally)
    failed: int = 0
    cost: dict[str, Cost] = msgspec.field(default_factory=dict)
    load: dict[str, dict[str, Load]] = msgspec.field(default_factory=dict)
    groups: dict[str, dict[str, Tally]] = msgspec.field(default_factory=dict)
    moves: dict[str, int] = msgspec.field(default_factory=dict)


class Trial:
    """Takes past decisions one by one. `changed` is called with each case that changes."""

    def __init__(
        self,
        model: Model,
        decision: str,
        changed: Callable[[Changed], None],
        orders: Sequence[Order] = (),
    ) -> None:
        self._model = model
        self._changed = changed
        declared = declared_orders(model, decision)
        self._orders = tuple({each.column: each for each in (*declared, *orders)}.values())
        self.report = Report(decision=decision, fingerprint=model.fingerprint)

    def take(self, past: Past) -> None:
        """Decide a past case anew and count what changes."""
        after, fault = self._decided(past)
        is_changed = bool(fault) or not is_same(after, past.output)
        effect: Effect = "other"
        before_columns, after_columns = _columns(past.output), _columns(after)
        if is_changed:
            effect = "other" if fault else effect_of(before_columns, after_columns, self._orders)
            self._note(past, after, effect, fault)
        self._weigh(before_columns, after_columns)
        self._loaded(past, before_columns, "before")
        self._loaded(past, after_columns, "after")
        self._grouped(past, is_changed=is_changed, effect=effect)

    def _decided(self, past: Past) -> tuple[Json, str]:
        try:
            return output_again(self._model, self.report.decision, past.inputs, past.at), ""
        except PengchengError as failure:
            self.report.failed += 1
            return None, failure.code

    def _note(self, past: Past, after: Json, effect: Effect, fault: str) -> None:
        code = str(past.about.get("code", "") or past.id)
        self._changed(
            Changed(
                id=past.id, code=code, effect=effect, before=past.output, after=after, fault=fault
            )
        )
        move = f"{short(past.output)} → {fault or short(after)}"
        known = self.report.moves
        name = move if move in known or len(known) < GROUPS_MAX else REST
        known[name] = known.get(name, 0) + 1

    def _weigh(self, before: Mapping[str, Json], after: Mapping[str, Json]) -> None:
        for name, value in before.items():
            if _is_number(value):
                cost = self.report.cost.setdefault(name, Cost())
                cost.before += from_python(value)
        for name, value in after.items():
            if _is_number(value):
                cost = self.report.cost.setdefault(name, Cost())
                cost.after += from_python(value)

    def _loaded(
        self, past: Past, columns: Mapping[str, Json], when: Literal["before", "after"]
    ) -> None:
        named = next((columns[name] for name in OFFICE_COLUMNS if columns.get(name)), None)
        office = str(named or past.about.get("organisation") or "")
        offices = self.report.load
        rows = offices.setdefault(office if office in offices or len(offices) < GROUPS_MAX
                                  else REST, {})  # fmt: skip
        for name, value in columns.items():
            if name in OFFICE_COLUMNS or _is_number(value):
                continue
            row = f"{name} = {short(value)}"
            load = rows.setdefault(row if row in rows or len(rows) < GROUPS_MAX else REST, Load())
            if when == "before":
                load.before += 1
            else:
                load.after += 1

    def _grouped(self, past: Past, *, is_changed: bool, effect: Effect) -> None:
        tallies = [self.report.whole]
        for name in GROUPED_BY:
            value = str(past.about.get(name) or "")
            known = self.report.groups.setdefault(name, {})
            key = value if value in known or len(known) < GROUPS_MAX else REST
            tallies.append(known.setdefault(key, Tally()))
        for tally in tallies:
            tally.decisions += 1
            tally.changed += is_changed
            tally.gains += effect == "gain"
            tally.losses += effect == "loss"


def declared_orders(model: Model, decision: str) -> list[Order]:
    """The output values that the model itself declares, in order of priority (DMN 1.5 §8.2.9)."""
    found = next((d for d in model.definitions.decisions if d.name == decision), None)
    if not isinstance(found, Decision) or not isinstance(found.logic, TableBox):
        return []
    return [
        Order(
            column=clause.name or ALONE,
            values=tuple(each.strip().strip('"') for each in clause.values.split(",")),
        )
        for clause in found.logic.outputs
        if clause.values
    ]


def effect_of(
    before: Mapping[str, Json], after: Mapping[str, Json], orders: Sequence[Order]
) -> Effect:
    """Whether a change is for the better, by the first column with an order that says so.

    Without orders a greater number is better, and texts are neither.
    """
    known = {each.column for each in orders}
    numbers = [Order(column=name) for name in before if name not in known]
    for order in (*orders, *numbers):
        one, other = _rank(order, before), _rank(order, after)
        if one is not None and other is not None and one != other:
            return "gain" if other > one else "loss"
    return "other"


def _rank(order: Order, columns: Mapping[str, Json]) -> Decimal | None:
    value = columns.get(order.column)
    if order.values:
        text = str(value)
        return Decimal(-order.values.index(text)) if text in order.values else None
    if not _is_number(value):
        return None
    number: Decimal = from_python(value)
    return -number if order.less_is_better else number


def _columns(output: Json) -> Mapping[str, Json]:
    return output if isinstance(output, Mapping) else {ALONE: output}


def _is_number(value: Json) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def short(value: Json) -> str:
    """A value in a line of a report."""
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= 120 else f"{text[:120]}…"
