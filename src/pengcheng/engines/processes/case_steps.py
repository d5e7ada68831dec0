"""The steps of a case read from a BPMN file: what the short form declares, found by playing it.

Tasks are the steps, ends the outcomes. A way out of a step is a verb: the text with which its
condition compares `action`, or the flow's own attribute `pengcheng:action` where there is no
condition (a sole way, a default). A receive task, or a user task of no role that a verb `expire`
leaves, waits for the applicant or for time. `pengcheng:stage` and `pengcheng:within` of a task
say what the applicant reads and how long it may take; its role is its own, its performer's or its
lane's.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from pengcheng.engines.feel import compile_expression
from pengcheng.engines.processes._namespaces import OURS
from pengcheng.engines.processes.conditions import FeelConditions
from pengcheng.engines.processes.model import Definition, Event, Flow, FlowNode, Gateway, Task
from pengcheng.engines.processes.program import Program, prepare
from pengcheng.engines.processes.run import advance, start
from pengcheng.engines.processes.single import TOKEN, one_token, standing_at
from pengcheng.engines.processes.state import Complete, State
from pengcheng.engines.processes.supported import Finding
from pengcheng.kernel.errors import PengchengError, Refusal

VERB = "action"
EXPIRE = "expire"
_LITERAL = re.compile(r'"([^"\\]+)"')
# A case's process has no timers, so what is played does not depend on the instant.
_ANY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)

StepKind = Literal["user", "service", "rule", "wait", "end"]


class CaseStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a case: who does it, within which time, where each verb leads."""

    id: str
    name: tuple[str, str]
    stage: str
    kind: StepKind
    role: str
    within: str
    actions: Mapping[str, str]


class CaseForm(msgspec.Struct, frozen=True):
    """A file as a case's process: where a case begins, its steps, the names of its verbs."""

    start: str
    steps: tuple[CaseStep, ...]
    verbs: Mapping[str, tuple[str, str]]


def case_form(definition: Definition) -> tuple[CaseForm | None, tuple[Finding, ...]]:
    """The steps of a file, or what a case cannot run by in it, each by its element."""
    found = one_token(definition) + tuple(_conditions(definition))
    if found:
        return None, found
    try:
        program = prepare(definition, FeelConditions())
        begun = stands(start(program, {}, _ANY_INSTANT)[0])
    except PengchengError as refused:
        return None, (Finding("fault", refused.code, definition.process_id, dict(refused.facts)),)
    reading = _Reading(program)
    steps = tuple(step for node in definition.process.body.nodes for step in reading.step(node))
    if reading.found:
        return None, tuple(reading.found)
    return CaseForm(begun, steps, reading.verbs), ()


def stands(state: State) -> str:
    """The one place where a token stands, or the end that it came to; `Refusal` where it is
    stuck."""
    if state.status == "ended":
        return state.outcome
    (position,) = state.positions.values()
    if position.parked is not None:
        raise Refusal("process.no_way_out", node=position.node)
    return position.node


def _conditions(definition: Definition) -> Iterator[Finding]:
    """A case's ways are chosen by verbs alone: a condition may read nothing else."""
    for flow in definition.process.body.flows:
        text = flow.condition.text.strip().removeprefix("=").strip() if flow.condition else ""
        if not text:
            continue
        try:
            read = set(compile_expression(text).inputs)
        except Refusal:
            continue  # told by the check of expressions, with its place
        if read != {VERB}:
            facts = {"text": text, "reads": ", ".join(sorted(read - {VERB})) or "-"}
            yield Finding("fault", "process.case_condition", flow.id, facts)


class _Reading:
    def __init__(self, program: Program) -> None:
        self._program = program
        body = program.definition.process.body
        self._nodes = {node.id: node for node in body.nodes}
        self._out: dict[str, list[Flow]] = {}
        for flow in body.flows:
            self._out.setdefault(flow.source, []).append(flow)
        self.found: list[Finding] = []
        self.verbs: dict[str, tuple[str, str]] = {}

    def step(self, node: FlowNode) -> Iterator[CaseStep]:
        """The step that a node is; nothing for a start or a gateway."""
        if isinstance(node, Gateway) or (isinstance(node, Event) and node.position == "start"):
            return
        actions: dict[str, str] = {}
        if isinstance(node, Task):
            verbs = dict.fromkeys(self._verbs(node.id, (), frozenset()))
            actions = {verb: self._played(node.id, verb) for verb in verbs}
        role = self._program.places[node.id].role
        yield CaseStep(
            id=node.id,
            name=(node.name or node.id, node.name_en or node.name or node.id),
            stage=_ours(node, "stage"),
            kind=_kind(node, role, actions),
            role=role,
            within=node.within if isinstance(node, Task) else "",
            actions=actions,
        )

    def _verbs(self, node: str, said: tuple[str, ...], seen: frozenset[str]) -> Iterator[str]:
        """The verbs that lead out of a step, through the gateways after it."""
        for flow in self._out.get(node, ()):
            named = _named(flow)
            for verb in named:
                if flow.name and verb not in self.verbs:
                    self.verbs[verb] = (flow.name, flow.name_en or flow.name)
            further = named or said
            if isinstance(self._nodes[flow.target], Gateway):
                if flow.target not in seen:
                    yield from self._verbs(flow.target, further, seen | {flow.target})
            elif further:
                yield from further
            else:
                self.found.append(Finding("fault", "process.case_way_unnamed", flow.id))

    def _played(self, step: str, verb: str) -> str:
        told = Complete(TOKEN, {VERB: verb})
        try:
            state, _ = advance(self._program, standing_at(self._program, step), told, _ANY_INSTANT)
            return stands(state)
        except PengchengError as refused:
            facts = {"verb": verb, "said": refused.code}
            self.found.append(Finding("fault", "process.case_way_stuck", step, facts))
            return step


def _kind(node: FlowNode, role: str, actions: Mapping[str, str]) -> StepKind:
    match node:
        case Task(kind="service"):
            return "service"
        case Task(kind="rule"):
            return "rule"
        case Task(kind="receive"):
            return "wait"
        case Task():
            return "wait" if not role and EXPIRE in actions else "user"
    return "end"


def _named(flow: Flow) -> tuple[str, ...]:
    own = dict(flow.kept.attributes).get(f"{{{OURS}}}{VERB}", "")
    if own:
        return (own,)
    return tuple(_LITERAL.findall(flow.condition.text)) if flow.condition else ()


def _ours(node: FlowNode, name: str) -> str:
    return dict(node.kept.attributes).get(f"{{{OURS}}}{name}", "")
