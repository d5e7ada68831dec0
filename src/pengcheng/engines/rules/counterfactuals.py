"""What would have changed the outcome: a search over single inputs, then over pairs of them for
outcomes that no single one reaches; each finding verified.

Candidates are drawn from the constants that the model itself compares with: the boundaries of
its cells and comparisons, and the values just beyond them. Each is run; only what truly gives
another outcome is told, for each input and outcome the smallest change.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import msgspec

from pengcheng.engines.feel import Date, DateTime, Run, Value, from_python, nodes
from pengcheng.engines.rules.engine import Model
from pengcheng.kernel.time import Clock

TRIES_MAX = 2_000
PAIR_TRIES_MAX = 3_000
PAIR_CANDIDATES_MAX = 6
"""Of each input of a pair the nearest values."""
_DAY = 1


class Change(msgspec.Struct, frozen=True):
    """One input with another value."""

    input: tuple[str, ...]
    now: Value
    then: Value

    @property
    def name(self) -> str:
        """The input as a path."""
        return ".".join(self.input)


class Counterfactual(msgspec.Struct, frozen=True):
    """With this input another, and those in `also` too, the decision would have been another."""

    input: tuple[str, ...]
    now: Value
    then: Value
    output: Value
    distance: float
    also: tuple[Change, ...] = ()

    @property
    def name(self) -> str:
        """The input as a path."""
        return ".".join(self.input)


def counterfactuals(
    model: Model, decision: str, inputs: Mapping[str, Any], *, clock: Clock | None = None
) -> tuple[Counterfactual, ...]:
    """The smallest changes that change the decision, the nearest first: of one input, and of two
    where they lead to an outcome that no single one leads to."""
    given = {name: from_python(inputs.get(name)) for name in model.inputs_of(decision)}
    outcome = model.evaluate(decision, given, clock=clock)
    run = Run(None)
    best: dict[tuple[tuple[str, ...], str], Counterfactual] = {}
    tries = 0
    for path, now, candidates in _leaves(model, given):
        for then in candidates:
            tries += 1
            if tries > TRIES_MAX:
                break
            changed = _changed(given, path, then)
            output = model.evaluate(decision, changed, clock=clock)
            if nodes.equal(run, output, outcome) is True:
                continue
            found = Counterfactual(path, now, then, output, _distance(now, then))
            key = (path, repr(output))
            if key not in best or found.distance < best[key].distance:
                best[key] = found
    singles = sorted(best.values(), key=lambda each: (each.distance, each.name))
    pairs = _pairs(model, decision, given, outcome, {repr(each.output) for each in singles}, clock)
    return (*singles, *pairs)


def _pairs(
    model: Model, decision: str, given: Mapping[str, Value], outcome: Value, reached: set[str],
    clock: Clock | None,
) -> list[Counterfactual]:  # fmt: skip
    """For each outcome that no single change reaches, the nearest pair of changes that does."""
    run, tries = Run(None), 0
    best: dict[str, Counterfactual] = {}
    leaves = [(path, now, each[:PAIR_CANDIDATES_MAX]) for path, now, each in _leaves(model, given)]
    for (one, now, thens), (other, also, others) in combinations(leaves, 2):
        for then, second in product(thens, others):
            tries += 1
            if tries > PAIR_TRIES_MAX:
                break
            changed = _changed(_changed(given, one, then), other, second)
            output = model.evaluate(decision, changed, clock=clock)
            key = repr(output)
            if key in reached or nodes.equal(run, output, outcome) is True:
                continue
            distance = _distance(now, then) + _distance(also, second)
            if key not in best or distance < best[key].distance:
                change = Change(other, also, second)
                best[key] = Counterfactual(one, now, then, output, distance, (change,))
    return sorted(best.values(), key=lambda each: (each.distance, each.name))


Leaf = tuple[tuple[str, ...], Value, list[Value]]


def _leaves(model: Model, given: Mapping[str, Value]) -> Iterator[Leaf]:
    """Every scalar input with the values to try, those tested on it itself before all others."""
    direct, loose = _constants(model)
    for name, value in given.items():
        for path, now in _scalars((name,), value):
            own = direct.get(path, [])
            pool = own if own else [each for each in loose if _like(now, each)]
            tried = dict.fromkeys(filter(lambda each: not _same(each, now), _around(pool, now)))
            yield path, now, sorted(tried, key=lambda each: _distance(now, each))


def _scalars(path: tuple[str, ...], value: Value) -> Iterator[tuple[tuple[str, ...], Value]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _scalars((*path, name), inner)
    elif not isinstance(value, list):
        yield path, value


def _like(now: Value, candidate: Value) -> bool:
    return now is None or type(now) is type(candidate)


def _same(one: Value, other: Value) -> bool:
    return type(one) is type(other) and bool(one == other)


def _around(constants: Iterable[Value], now: Value) -> Iterator[Value]:
    """The constants, and the values next to them on either side."""
    for constant in constants:
        yield constant
        match constant:
            case Decimal():
                unit = Decimal((0, (1,), min(0, int(constant.as_tuple().exponent))))
                yield constant - unit
                yield constant + unit
            case Date() | DateTime():
                yield nodes.add(constant, nodes.days(_DAY))
                yield nodes.add(constant, nodes.days(-_DAY))
    if isinstance(now, bool):
        yield not now


def _changed(given: Mapping[str, Value], path: tuple[str, ...], then: Value) -> dict[str, Value]:
    changed = dict(given)
    if len(path) == 1:
        changed[path[0]] = then
    else:
        changed[path[0]] = _changed(changed[path[0]], path[1:], then)
    return changed


def _distance(now: Value, then: Value) -> float:
    """How far a change goes: numbers by their ratio, dates by days in a year, others 1."""
    if isinstance(now, Decimal) and isinstance(then, Decimal):
        return float(abs(then - now) / max(Decimal(1), abs(now)))
    if isinstance(now, Date) and isinstance(then, Date):
        years = (then.year - now.year) * 12 + then.month - now.month
        return abs(years * 30 + then.day - now.day) / 365
    return 1.0


Direct = dict[tuple[str, ...], list[Value]]


def _constants(model: Model) -> tuple[Direct, list[Value]]:
    """The constants that the model compares with: by the input tested, and all together."""
    direct: Direct = {}
    loose: dict[tuple[type, Value], Value] = {}
    for subject, test in model.program.tested:
        path = _path(subject)
        for value in _values(test):
            loose[type(value), value] = value
            if path is not None:
                direct.setdefault(path, []).append(value)
    return direct, list(loose.values())


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    match node:
        case nodes.Name(name=name):
            return (name,)
        case nodes.Path(source=source, name=name):
            before = _path(source)
            return None if before is None else (*before, name)
        case _:
            return None


def _values(node: nodes.Node) -> Iterator[Value]:
    """The literals of a test that an input could be."""
    match node:
        case nodes.Literal(value=value) if isinstance(value, str | bool | Decimal | Date):
            yield value
        case nodes.Literal(value=DateTime() as value):
            yield value
        case nodes.Limit(value=inner):
            yield from _values(inner)
        case nodes.RangeLiteral(start=start, end=end):
            yield from _values(start)
            yield from _values(end)
        case nodes.ListLiteral(items=items) | nodes.Tests(tests=items):
            for item in items:
                yield from _values(item)
        case nodes.Call(
            arguments=(nodes.Literal(value=str(text)),), function=nodes.Name(name="date")
        ):
            yield from filter(None, [nodes.parse_date(text)])
