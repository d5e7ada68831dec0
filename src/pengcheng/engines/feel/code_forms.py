"""Closures for names, paths, filters, calls, loops, functions, contexts and lists."""

from decimal import Decimal
from typing import NamedTuple

from pengcheng.engines.feel import tree
from pengcheng.engines.feel.built_in import BuiltIn, accepts
from pengcheng.engines.feel.loops import between_dates_or_numbers, items_of
from pengcheng.engines.feel.properties import member
from pengcheng.engines.feel.scope import ITEM, RUN, Build, Code, Frame, Scope, constant
from pengcheng.engines.feel.types import ANY, MISFIT, Type, coerced
from pengcheng.engines.feel.values import Function, Run, Value, given_out

PARTIAL = "partial"


def _name(scope: Scope, node: tree.Name) -> Code:
    return scope.name(node)


def _path(scope: Scope, node: tree.Path) -> Code:
    source, name = scope.code(node.source), node.name

    def run(frame: Frame) -> Value:
        value = source(frame)
        if type(value) is dict:
            return value.get(name)
        return member(frame[RUN], value, name)

    return run


def _filter(scope: Scope, node: tree.Filter) -> Code:
    source = scope.code(node.source)
    slot = scope.slot()
    with scope.layer({ITEM: slot}, item=slot):
        if isinstance(node.condition, tree.Limit):
            subject = tree.Name(name=ITEM, at=node.condition.at)
            condition = scope.code(
                tree.Comparison(sign=node.condition.sign, left=subject, right=node.condition.value)
            )
        else:
            condition = scope.code(node.condition)

    def run(frame: Frame) -> Value:
        value = source(frame)
        if value is None:
            return None
        items = value if type(value) is list else [value]
        return select(frame, items, slot, condition)

    return _strict_filter(source, slot, condition) if node.strict else run


def _strict_filter(source: Code, slot: int, condition: Code) -> Code:
    def run(frame: Frame) -> Value:
        items = items_of(source(frame))
        if items is None:
            return None
        kept: list[Value] = []
        for item in items:
            frame[RUN].spend(1)
            frame[slot] = item
            told = condition(frame)
            if type(told) is not bool:
                return None
            if told:
                kept.append(item)
        return kept

    return run


def select(frame: Frame, items: list[Value], slot: int, condition: Code) -> Value:
    """The items for which the condition holds, or the one at the position that it gives."""
    frame[slot] = items[0] if items else None
    first = condition(frame)
    if type(first) is Decimal:
        return at_position(items, first)
    run: Run = frame[RUN]
    kept: list[Value] = []
    for item in items:
        run.spend(1)
        frame[slot] = item
        if condition(frame) is True:
            kept.append(item)
    return kept


def at_position(items: list[Value], position: Decimal) -> Value:
    """The item at a position counted from 1, or from -1 at the end; null outside."""
    index = int(position) if abs(position) <= len(items) else 0
    if index == 0:
        return None
    return items[index - 1 if index > 0 else index]


def _call(scope: Scope, node: tree.Call) -> Code:
    built_in = scope.built_in(node.function)
    arguments = tuple(scope.code(argument) for argument in node.arguments)
    if built_in is not None:
        return _built_in_call(scope, node, built_in, arguments)
    function, names = scope.code(node.function), node.names

    def run(frame: Frame) -> Value:
        called = function(frame)
        if not isinstance(called, Function):
            return None
        values = [argument(frame) for argument in arguments]
        return invoke(frame[RUN], called, values, names)

    return run


def _built_in_call(
    scope: Scope, node: tree.Call, function: BuiltIn, arguments: tuple[Code, ...]
) -> Code:
    form = accepts(function, len(arguments), node.names)
    if form is None:
        scope.blame(node, "feel.wrong_arguments", function=function.name, given=len(arguments))
        return constant(None)
    if form.order is not None:
        none = constant(None)
        arguments = tuple(none if at is None else arguments[at] for at in form.order)
    call = form.call

    def run(frame: Frame) -> Value:
        values = [argument(frame) for argument in arguments]
        return call(frame[RUN], values)

    return run


def invoke(
    run: Run, function: Function, values: list[Value], names: tuple[str, ...] | None = None
) -> Value:
    """Call a function value; null when the arguments do not fit its parameters."""
    if isinstance(function, BuiltIn):
        form = accepts(function, len(values), names)
        if form is None:
            return None
        if form.order is not None:
            values = [None if at is None else values[at] for at in form.order]
        return form.call(run, values)
    if names is not None:
        if set(names) != set(function.names) or len(names) != len(function.names):
            return None
        given = dict(zip(names, values, strict=True))
        values = [given[name] for name in function.names]
    if len(values) != len(function.names):
        return None
    run.enter()
    result = function.call(run, values)
    run.depth -= 1
    return result


def _function(scope: Scope, node: tree.FunctionLiteral) -> Code:
    slots = {name: scope.slot() for name, _ in node.parameters}
    with scope.layer(slots):
        body = constant(None) if node.external else scope.code(node.body)
    if node.external:
        scope.blame(node, "feel.external_function")
    names = tuple(slots)
    kinds = tuple(kind for _, kind in node.parameters)
    places = tuple(slots.values())

    def run(frame: Frame) -> Value:
        return closed_over(frame.copy(), names, kinds, places, body)

    return run


def closed_over(
    captured: Frame,
    names: tuple[str, ...],
    kinds: tuple[Type, ...],
    places: tuple[int, ...],
    body: Code,
    result: Type = ANY,
) -> Function:
    """A function value whose body sees the frame as it was when the function was made."""

    def call(run: Run, values: list[Value]) -> Value:
        frame = captured.copy()
        frame[RUN] = run
        for place, value, kind in zip(places, values, kinds, strict=True):
            frame[place] = value if kind is ANY else coerced(given_out(run, value), kind)
            if frame[place] is MISFIT:
                return None
        found = body(frame) if result is ANY else coerced(body(frame), result)
        return None if found is MISFIT else found

    function = Function(names, call, parameters=kinds, result=result)
    function.frame = captured
    return function


def _context(scope: Scope, node: tree.ContextLiteral) -> Code:
    entries: list[Entry] = []
    with scope.layer({}) as layer:
        for name, value in node.entries:
            slot = scope.slot()
            recursive = isinstance(value, tree.FunctionLiteral)
            if recursive:
                layer.slots[name] = slot
            code = scope.code(value)
            layer.slots[name] = slot
            entries.append(Entry(name, slot, code, recursive))
    return context_of(tuple(entries))


class Entry(NamedTuple):
    """One entry of a context; a function may call itself by its entry's name."""

    name: str
    slot: int
    code: Code
    recursive: bool = False


def context_of(entries: tuple[Entry, ...]) -> Code:
    """A context whose entries are computed in order, each seeing those before it."""

    def run(frame: Frame) -> Value:
        made: dict[str, Value] = {}
        for name, slot, code, recursive in entries:
            value = code(frame)
            if recursive and isinstance(value, Function) and value.frame is not None:
                value.frame[slot] = value
            frame[slot] = value
            made[name] = value
        return made

    return run


def _list(scope: Scope, node: tree.ListLiteral) -> Code:
    items = tuple(scope.code(item) for item in node.items)
    return lambda frame: [item(frame) for item in items]


def _if(scope: Scope, node: tree.If) -> Code:
    condition = scope.code(node.condition)
    first, second = scope.code(node.first), scope.code(node.second)
    if not node.strict:
        return lambda frame: first(frame) if condition(frame) is True else second(frame)

    def run(frame: Frame) -> Value:
        told = condition(frame)
        if told is not None and type(told) is not bool:
            return None
        return first(frame) if told else second(frame)

    return run


def _domain(scope: Scope, node: tree.Iterator) -> Code:
    start = scope.code(node.start)
    if node.end is None:
        return lambda frame: items_of(start(frame))
    end = scope.code(node.end)
    return lambda frame: between_dates_or_numbers(start(frame), end(frame))


def _for(scope: Scope, node: tree.For) -> Code:
    domains, slots, body_layer = _iterators(scope, node.iterators)
    partial = scope.slot()
    with scope.layer(body_layer), scope.layer({PARTIAL: partial}):
        body = scope.code(node.body)
    return mapped(domains, slots, body, partial if _mentions_partial(node.body) else None)


def mapped(
    domains: tuple[Code, ...], slots: tuple[int, ...], body: Code, partial: int | None
) -> Code:
    """The values of the body for each combination; null when a domain cannot be walked."""

    def walk(frame: Frame, level: int, found: list[Value]) -> bool:
        if level == len(domains):
            if partial is not None:
                frame[RUN].spend(len(found))
                frame[partial] = found.copy()
            found.append(body(frame))
            return True
        domain = domains[level](frame)
        if domain is None:
            return False
        run, slot = frame[RUN], slots[level]
        for item in domain:
            run.spend(1)
            frame[slot] = item
            if not walk(frame, level + 1, found):
                return False
        return True

    def run(frame: Frame) -> Value:
        found: list[Value] = []
        return found if walk(frame, 0, found) else None

    return run


def _iterators(
    scope: Scope, iterators: tuple[tree.Iterator, ...]
) -> tuple[tuple[Code, ...], tuple[int, ...], dict[str, int]]:
    names: dict[str, int] = {}
    domains: list[Code] = []
    slots: list[int] = []
    for iterator in iterators:
        with scope.layer(dict(names)):
            domains.append(_domain(scope, iterator))
        slots.append(scope.slot())
        names[iterator.name] = slots[-1]
    return tuple(domains), tuple(slots), names


def _mentions_partial(node: object) -> bool:
    if isinstance(node, tree.Name):
        return node.name == PARTIAL
    if isinstance(node, tuple):
        return any(_mentions_partial(part) for part in node)
    if isinstance(node, tree.Node):
        return any(_mentions_partial(getattr(node, part)) for part in node.__struct_fields__)
    return False


def _quantified(scope: Scope, node: tree.Quantified) -> Code:
    domains, slots, layer = _iterators(scope, node.iterators)
    with scope.layer(layer):
        body = scope.code(node.body)
    if node.strict:
        told = mapped(domains, slots, body, None)
        return lambda frame: _all_boolean(told(frame), every=node.every)
    return quantified(domains, slots, body, every=node.every)


def _all_boolean(told: Value, *, every: bool) -> Value:
    if told is None or any(type(each) is not bool for each in told):
        return None
    return all(told) if every else any(told)


def quantified(
    domains: tuple[Code, ...], slots: tuple[int, ...], body: Code, *, every: bool
) -> Code:
    """Three-valued `and` (every) or `or` (some) over all combinations."""
    decisive = not every

    def walk(frame: Frame, level: int) -> bool | None:
        if level == len(domains):
            told = body(frame)
            return told if type(told) is bool else None
        domain = domains[level](frame)
        if domain is None:
            return None
        answer: bool | None = every
        run, slot = frame[RUN], slots[level]
        for item in domain:
            run.spend(1)
            frame[slot] = item
            told = walk(frame, level + 1)
            if told is decisive:
                return decisive
            if told is None:
                answer = None
        return answer

    return lambda frame: walk(frame, 0)


def _native(scope: Scope, node: tree.Native) -> Code:
    code: Code = node.build(scope)
    return code


BUILDERS: dict[type, Build] = {
    tree.Native: _native,
    tree.Name: _name,
    tree.Path: _path,
    tree.Filter: _filter,
    tree.Call: _call,
    tree.FunctionLiteral: _function,
    tree.ContextLiteral: _context,
    tree.ListLiteral: _list,
    tree.If: _if,
    tree.For: _for,
    tree.Quantified: _quantified,
}
