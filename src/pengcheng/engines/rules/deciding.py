"""One run of a decision as it is kept: inputs with source and age, rows, basis, why. Pure.

`decide` runs a model over facts; `again` runs it over what was kept, which must give the same to
the bit; `otherwise` finds, when somebody asks, what would have changed the outcome.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from pengcheng.engines.feel import Value
from pengcheng.engines.rules.ages import Fact, check_ages
from pengcheng.engines.rules.counterfactuals import Counterfactual, counterfactuals
from pengcheng.engines.rules.engine import Explained, Model
from pengcheng.engines.rules.keeping import Json, canonical, kept, revived, to_hash
from pengcheng.engines.rules.telling import why
from pengcheng.kernel.time import FixedClock
from pengcheng.kernel.words import Words


class FiredRows(msgspec.Struct, frozen=True):
    """The rows, counted from 1, that fired in one table of a decision."""

    decision: str
    rows: tuple[int, ...]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What a run keeps of itself. Inputs and output are kept JSON (`keeping`).

    `sources` has for an input `{"source": …, "at": ISO instant}` as far as they are known.
    """

    name: str
    fingerprint: str
    at: datetime
    inputs: Mapping[str, Json]
    sources: Mapping[str, Mapping[str, Any]]
    output: Json
    fired: tuple[FiredRows, ...]
    basis: tuple[str, ...]
    why: Words


def decide(
    model: Model, decision: str, facts: Mapping[str, Fact | Value], now: datetime
) -> Decided:
    """Run a decision at an instant. `Refusal` `rules.too_old` on data past its declared age."""
    given = {name: each if type(each) is Fact else Fact(value=each) for name, each in facts.items()}
    check_ages(model.maximum_ages, given, now)
    values = {name: fact.value for name, fact in given.items()}
    explained = model.explain(decision, values, clock=_clock(now))
    sources = {
        name: {"source": fact.source, "at": (fact.at or now).isoformat()}
        for name, fact in given.items()
        if name in explained.inputs and (fact.source or fact.at)
    }
    return Decided(
        name=decision,
        fingerprint=model.fingerprint,
        at=now,
        inputs={name: kept(value) for name, value in explained.inputs.items()},
        sources=sources,
        output=kept(explained.output),
        fired=_fired(explained),
        basis=_basis(explained),
        why=_why(explained),
    )


def again(
    model: Model, decision: str, inputs: Mapping[str, Json], at: datetime
) -> tuple[Json, tuple[FiredRows, ...]]:
    """Output and rows of a run over what was kept, at the instant of that run."""
    values = {name: revived(value) for name, value in inputs.items()}
    explained = model.explain(decision, values, clock=_clock(at))
    return kept(explained.output), _fired(explained)


def output_again(model: Model, decision: str, inputs: Mapping[str, Json], at: datetime) -> Json:
    """The output alone; quicker, for many."""
    values = {name: revived(value) for name, value in inputs.items()}
    return kept(model.evaluate(decision, values, clock=_clock(at)))


def is_same(one: Json, other: Json) -> bool:
    """Whether two kept values are the same."""
    return to_hash(one) == to_hash(other) or canonical(one) == canonical(other)


def otherwise(
    model: Model, decision: str, inputs: Mapping[str, Json], at: datetime
) -> tuple[Counterfactual, ...]:
    """The smallest single changes that would have changed the outcome, each verified by a run."""
    values = {name: revived(value) for name, value in inputs.items()}
    return counterfactuals(model, decision, values, clock=_clock(at))


def _clock(at: datetime) -> FixedClock:
    """In one zone always, since a record comes back in the zone of its database."""
    return FixedClock(at.astimezone(UTC))


def _fired(explained: Explained) -> tuple[FiredRows, ...]:
    return tuple(
        FiredRows(step.decision, fired.rows) for step in explained.steps for fired in step.tables
    )


def _basis(explained: Explained) -> tuple[str, ...]:
    """What the rows that fired are based on, each once."""
    rules = [
        fired.table.rules[row - 1]
        for step in explained.steps
        for fired in step.tables
        for row in fired.rows
    ]
    notes = [[rule.description] if rule.description else rule.annotations for rule in rules]
    return tuple(dict.fromkeys(note for each in notes for note in each if note))


def _why(explained: Explained) -> Words:
    said = why(explained)
    return Words("".join(each.zh for each in said), " ".join(each.en for each in said))
