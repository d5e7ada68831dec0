"""Built-in functions on lists (DMN 1.5 §10.3.4.4, .10). Positions count from 1, or from -1 back."""

import functools
from collections.abc import Callable
from decimal import Decimal

from pengcheng.engines.feel.built_in import (
    BuiltIn,
    Form,
    accepts,
    built_in,
    each_form,
    rest_form,
    run_form,
)
from pengcheng.engines.feel.builtins_texts import span
from pengcheng.engines.feel.operators import add, divide, equal, less
from pengcheng.engines.feel.values import (
    NUMBERS,
    DaysDuration,
    Function,
    MonthsDuration,
    Run,
    Value,
)

_NESTING_MAX = 100
_ADDABLE = (Decimal, DaysDuration, MonthsDuration)


def _numbers(items: list[Value]) -> bool:
    return all(type(item) is Decimal for item in items)


def _contains(run: Run, items: list[Value], element: Value) -> bool:
    run.spend(len(items))
    return any(equal(run, item, element) is True for item in items)


def _least(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, lambda one, other: less(one, other))


def _greatest(run: Run, items: list[Value]) -> Value:
    return _extreme(run, items, lambda one, other: less(other, one))


def _extreme(
    run: Run, items: list[Value], precedes: Callable[[Value, Value], bool | None]
) -> Value:
    run.spend(len(items))
    if not items:
        return None
    best = items[0]
    for item in items:
        before = precedes(item, best)
        if before is None:
            return None
        best = item if before else best
    return best


def _sum(run: Run, items: list[Value]) -> Value:
    run.spend(len(items))
    if not items or not isinstance(items[0], _ADDABLE):
        return None
    total = items[0]
    for item in items[1:]:
        total = add(total, item)
    return total


def _mean(run: Run, items: list[Value]) -> Value:
    return divide(_sum(run, items), Decimal(len(items)))


def _product(run: Run, items: list[Value]) -> Value:
    run.spend(len(items))
    if not items or not _numbers(items):
        return None
    return _arithmetic(lambda: functools.reduce(NUMBERS.multiply, items))


def _median(run: Run, items: list[Value]) -> Value:
    run.spend(len(items))
    if not items or not _numbers(items):
        return None
    ordered = sorted(items)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return divide(add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _deviation(run: Run, items: list[Value]) -> Value:
    """The sample standard deviation."""
    run.spend(len(items))
    if len(items) < 2 or not _numbers(items):
        return None

    def compute() -> Decimal:
        mean = NUMBERS.divide(functools.reduce(NUMBERS.add, items), Decimal(len(items)))
        squares = [NUMBERS.power(NUMBERS.subtract(item, mean), Decimal(2)) for item in items]
        variance = NUMBERS.divide(functools.reduce(NUMBERS.add, squares), Decimal(len(items) - 1))
        return NUMBERS.sqrt(variance)

    return _arithmetic(compute)


def _arithmetic(compute: Callable[[], Decimal]) -> Decimal | None:
    try:
        return compute()
    except ArithmeticError:
        return None


def _mode(run: Run, items: list[Value]) -> Value:
    run.spend(len(items))
    if not _numbers(items):
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _all(run: Run, items: list[Value]) -> bool | None:
    run.spend(len(items))
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _any(run: Run, items: list[Value]) -> bool | None:
    run.spend(len(items))
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _sublist(_: Run, items: list[Value], start: Decimal, length: Decimal | None) -> Value:
    part = span(len(items), start, length)
    return None if part is None else items[part]


def _append(_: Run, items: Value, *added: Value) -> Value:
    if items is None:
        return None
    return [*(items if type(items) is list else [items]), *added]


def _concatenate(run: Run, *lists: Value) -> Value:
    if any(part is None for part in lists):
        return None
    run.spend(sum(len(part) for part in lists if type(part) is list) // 16)
    return [item for part in lists for item in (part if type(part) is list else [part])]


def _place(size: int, position: Decimal) -> int | None:
    """The index that a position means; null outside."""
    whole = int(position) if abs(position) <= size else 0
    if whole == 0:
        return None
    return whole - 1 if whole > 0 else size + whole


def _insert(_: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    place = _place(len(items), position)
    if place is None and position == len(items) + 1:
        place = len(items)
    return None if place is None else [*items[:place], item, *items[place:]]


def _remove(_: Run, items: list[Value], position: Decimal) -> Value:
    place = _place(len(items), position)
    return None if place is None else [*items[:place], *items[place + 1 :]]


def _replace_at(_: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    place = _place(len(items), position)
    return None if place is None else [*items[:place], item, *items[place + 1 :]]


def _replace_matching(run: Run, items: list[Value], match: Function, new: Value) -> Value:
    if len(match.names) != 2:
        return None
    replaced: list[Value] = []
    for item in items:
        told = called_back(run, match, [item, new])
        if type(told) is not bool:
            return None
        replaced.append(new if told else item)
    return replaced


def _index_of(run: Run, items: list[Value], match: Value) -> Value:
    run.spend(len(items))
    return [
        Decimal(at) for at, item in enumerate(items, start=1) if equal(run, item, match) is True
    ]


def _distinct(run: Run, items: list[Value]) -> Value:
    kept: list[Value] = []
    for item in items:
        if not _contains(run, kept, item):
            kept.append(item)
    return kept


def _union(run: Run, *lists: Value) -> Value:
    joined = _concatenate(run, *lists)
    return None if joined is None else _distinct(run, joined)


def _flatten(run: Run, items: list[Value], depth: int = 0) -> Value:
    flat: list[Value] = []
    for item in items:
        run.spend(1)
        if type(item) is not list:
            flat.append(item)
            continue
        inner = _flatten(run, item, depth + 1) if depth < _NESTING_MAX else None
        if inner is None:
            return None
        flat += inner
    return flat


def called_back(run: Run, function: Function, values: list[Value]) -> Value:
    """Call a function that was handed over as an argument."""
    if isinstance(function, BuiltIn):
        accepted = accepts(function, len(values), None)
        return None if accepted is None else accepted.call(run, values)
    if len(values) != len(function.names):
        return None
    run.enter()
    result = function.call(run, values)
    run.depth -= 1
    return result


def _sort(run: Run, items: list[Value], precedes: Function) -> Value:
    def order(one: Value, other: Value) -> int:
        if called_back(run, precedes, [one, other]) is True:
            return -1
        return 1 if called_back(run, precedes, [other, one]) is True else 0

    return sorted(items, key=functools.cmp_to_key(order))


def _sort_plain(run: Run, items: list[Value]) -> Value:
    """In the order of the values themselves; null when they have none."""
    run.spend(len(items))
    if _extreme(run, items, less) is None and items:
        return None
    return sorted(
        items, key=functools.cmp_to_key(lambda a, b: -1 if less(a, b) else less(b, a) or 0)
    )


def _statistic(name: str, body: Callable[[Run, list[Value]], Value]) -> BuiltIn:
    return built_in(name, rest_form("list", body))


def _lists(body: Callable[..., Value]) -> Form:
    return each_form("list:l", body)


FUNCTIONS: tuple[BuiltIn, ...] = (
    built_in("list contains", run_form("list:l, element:a", _contains)),
    built_in("count", run_form("list:l", lambda _, items: Decimal(len(items)))),
    _statistic("min", _least),
    _statistic("max", _greatest),
    _statistic("sum", _sum),
    _statistic("mean", _mean),
    _statistic("product", _product),
    _statistic("median", _median),
    _statistic("stddev", _deviation),
    _statistic("mode", _mode),
    _statistic("all", _all),
    _statistic("any", _any),
    built_in("sublist", run_form("list:l, start position:n, length:n?", _sublist)),
    built_in("append", each_form("list:l, item:a", _append)),
    built_in("concatenate", _lists(_concatenate)),
    built_in("insert before", run_form("list:l, position:n, newItem:a", _insert)),
    built_in("remove", run_form("list:l, position:n", _remove)),
    built_in(
        "list replace",
        run_form("list:l, position:n, newItem:a", _replace_at),
        run_form("list:l, match:f, newItem:a", _replace_matching),
    ),
    built_in("reverse", run_form("list:l", lambda _, items: items[::-1])),
    built_in("index of", run_form("list:l, match:a", _index_of)),
    built_in("union", _lists(_union)),
    built_in("distinct values", run_form("list:l", _distinct)),
    built_in("flatten", run_form("list:l", _flatten)),
    built_in("sort", run_form("list:l, precedes:f", _sort), run_form("list:l", _sort_plain)),
)
