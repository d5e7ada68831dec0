"""What is wrong with the expressions, timers and loops of a process, before it runs."""

from collections.abc import Iterator

from pengcheng.engines.processes.model import (
    Activity,
    Body,
    Definition,
    Event,
    Expression,
    FlowNode,
    Loop,
    SubProcess,
    Task,
    Trigger,
)
from pengcheng.engines.processes.program import Conditions
from pengcheng.engines.processes.supported import Finding
from pengcheng.engines.processes.times import ANY_DAY, first_due, parse_repetition
from pengcheng.engines.processes.words import said
from pengcheng.kernel.errors import Refusal

_FEEL = ("feel", "FEEL")
TEXT_SHOWN_MAX = 80


def language_of(definition: Definition) -> str:
    """What the file says its expressions are in; many files say XPath and write FEEL."""
    return dict(definition.document.kept.attributes).get("expressionLanguage", "")


def expressions_of(body: Body, conditions: Conditions | None, of_file: str) -> Iterator[Finding]:
    for element, expression in _written(body):
        language = expression.language
        if language and not any(word in language for word in _FEEL):
            yield _other_language(element, language)
        elif conditions is not None:
            wrong = list(compiles(element, expression.text, conditions))
            foreign = of_file and not language and not any(word in of_file for word in _FEEL)
            yield from [_other_language(element, of_file)] if wrong and foreign else wrong
    for node in body.nodes:
        triggers = node.triggers if isinstance(node, Event) else ()
        for trigger in triggers:
            yield from _timer(node.id, trigger, conditions)
        if isinstance(node, Activity) and node.loop:
            yield from _loop(node, node.loop)


def _other_language(element: str, language: str) -> Finding:
    return Finding("fault", "process.language", element, {"language": language, "allowed": "FEEL"})


def _written(body: Body) -> Iterator[tuple[str, Expression]]:
    for flow in body.flows:
        if flow.condition is not None:
            yield flow.id, flow.condition
    for node in body.nodes:
        for expression in _written_at(node):
            if expression is not None:
                yield node.id, expression


def _written_at(node: FlowNode) -> Iterator[Expression | None]:
    if isinstance(node, Event):
        yield from (trigger.condition for trigger in node.triggers)
    if isinstance(node, SubProcess):
        yield node.completion
    if isinstance(node, Activity) and node.loop:
        yield from (node.loop.cardinality, node.loop.completion, node.loop.condition)


def compiles(element: str, text: str, conditions: Conditions) -> Iterator[Finding]:
    try:
        conditions.compile(text)
    except Refusal as fault:
        facts = {"text": _shortened(text), "said": said(fault)}
        yield Finding("fault", "process.expression_wrong", element, facts)


def _shortened(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN_MAX else f"{text[:TEXT_SHOWN_MAX]}…"


def _timer(element: str, trigger: Trigger, conditions: Conditions | None) -> Iterator[Finding]:
    if trigger.kind == "conditional" and trigger.condition is None:
        yield Finding("fault", "process.condition_missing", element)
    if trigger.kind != "timer":
        return
    text = trigger.timer.expression.text if trigger.timer else ""
    if not trigger.timer or not text:
        yield Finding("fault", "process.timer_missing", element)
        return
    try:
        if trigger.timer.kind == "cycle" and text.startswith("R"):
            parse_repetition(text)
        else:
            first_due(trigger.timer.kind, text, ANY_DAY)
    except Refusal as fault:
        wrong = fault.code != "process.timer_text" or text.startswith("R")
        if wrong or conditions is None:
            yield Finding("fault", fault.code, element, fault.facts)
        else:
            yield from compiles(element, text, conditions)


def _loop(node: Activity, loop: Loop) -> Iterator[Finding]:
    element = node.id
    if loop.kind == "multi" and not loop.cardinality and not loop.collection:
        yield Finding("fault", "process.loop_over_nothing", element)
    if loop.kind == "standard" and loop.condition is None and loop.maximum is None:
        yield Finding("fault", "process.loop_without_end", element)
    elif loop.kind == "standard" and loop.maximum is None and _changes_nothing(node, loop):
        yield Finding("fault", "process.loop_without_wait", element, {"nodes": element})


def _changes_nothing(node: Activity, loop: Loop) -> bool:
    """A task that is passed at once leaves its own condition as it was: once true, always true."""
    passed = isinstance(node, Task) and node.kind in ("none", "manual", "send")
    return passed and "loopCounter" not in (loop.condition.text if loop.condition else "")
