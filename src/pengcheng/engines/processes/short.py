"""The short form of a process, as packs write it in YAML, compiled to the BPMN model.

    id: demand
    name: {zh: 诉求办理, en: Demand handling}
    steps:
      - {id: triage, name: {zh: 分拨, en: Triage}, kind: user, role: operator,
         within: 2 working hours, actions: {dispatch: handle, refuse: closed}}
      - {id: handle, kind: user, role: handler, actions: {reply: closed, return: triage}, ...}
      - {id: closed, kind: end, name: {zh: 办结, en: Closed}}

A step with several actions becomes its task and an exclusive gateway "<step>.next" whose
conditions read the variable `action`; with one action, the task and a flow. `next` is a step
without a choice; `branches` choose by FEEL. An action is a step's id, or {to, name}.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from pengcheng.engines.processes import _namespaces as ns
from pengcheng.engines.processes.layout import with_diagram
from pengcheng.engines.processes.model import (
    Body,
    Call,
    Definition,
    Document,
    Event,
    Expression,
    Flow,
    FlowNode,
    Gateway,
    Global,
    Kept,
    Loop,
    Process,
    Task,
    Timer,
    Trigger,
)
from pengcheng.engines.processes.reading import definition_in, read
from pengcheng.kernel.errors import Fault, Refusal
from pengcheng.kernel.registry import Process as Declared

STEPS_MAX = 200
KINDS = ("user", "service", "rule", "wait", "send", "call", "manual", "fork", "join", "end")
_STEP_KEYS = {
    "id", "name", "label", "kind", "stage", "role", "within", "actions", "next", "branches",
    "decision", "calls", "message", "signal", "until", "for", "when", "late", "each", "as",
    "to", "outcome", "kept",
}  # fmt: skip
_WAITS = ("message", "signal", "until", "for", "when")
_OWN = {"expire": {"zh": "期满", "en": "Time is up"}}
"""Verbs that are the clock's own and that no pack names."""
_CLOSED = Kept(attributes=((f"{{{ns.OURS}}}closed", "true"),))


def compile_short(process: Mapping[str, Any]) -> Definition:
    """The definition of a short form, with a diagram.

    `Refusal("process.short_form")` carries every fault at once, each with its JSON pointer.
    """
    compiling = _Compiling(process)
    compiling.run()
    if compiling.faults:
        raise Refusal("process.short_form", faults=compiling.faults)
    return with_diagram(compiling.definition())


def compile_declared(process: Declared) -> Definition:
    """The definition of a process as the registry holds it, once a pack is loaded: of its BPMN
    file where the pack wrote one."""
    if "bpmn" in process.source:
        return with_diagram(definition_in(read(str(process.source["bpmn"]).encode())))
    actions = process.source.get("actions", {})
    steps = []
    for step in process.steps:
        named = {
            action: {"to": target, "name": actions.get(action, {}).get("name") or _OWN.get(action)}
            for action, target in step.actions.items()
        }
        within = msgspec.to_builtins(step.within) if step.within else ""
        steps.append(
            {
                "id": step.id, "kind": step.kind, "role": step.role or "", "within": within,
                "stage": step.stage,
                "name": {"zh": step.label.zh, "en": step.label.en}, "actions": named,
            }
        )  # fmt: skip
    return compile_short(
        {
            "id": process.name, "label": {"zh": process.label.zh, "en": process.label.en},
            "start": process.start, "steps": steps,
        }
    )  # fmt: skip


def words_of(value: object, otherwise: str = "") -> tuple[str, str]:
    """(Chinese, English) of a {zh, en} mapping or a plain text."""
    if isinstance(value, Mapping):
        zh, en = str(value.get("zh", "")), str(value.get("en", ""))
        return (zh or en or otherwise, en)
    return (str(value) if value else otherwise, "")


class _Compiling:
    def __init__(self, process: Mapping[str, Any]) -> None:
        self.process = process
        self.faults: list[Fault] = []
        self.nodes: dict[str, dict[str, Any]] = {}
        self.kinds: dict[str, type[FlowNode]] = {}
        self.flows: list[Flow] = []
        self.globals: dict[str, Global] = {}
        self.steps: dict[str, Mapping[str, Any]] = {}

    # ── reading ──────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        steps = self._list_steps()
        for number, step in enumerate(steps):
            self._read(step, f"/steps/{number}")
        if self.faults:
            return
        for number, step in enumerate(steps):
            self._compile(step, f"/steps/{number}")
        first = str(self.process.get("start") or next(iter(self.steps), ""))
        self._node(Event, "start", position="start")
        self._flow("start", first, "/start")

    def _list_steps(self) -> list[Mapping[str, Any]]:
        name = self.process.get("id") or self.process.get("name")
        if not isinstance(name, str) or not _is_name(name):
            self._fault("/id", "process.bad_name", value=str(name))
        given = self.process.get("steps")
        if isinstance(given, Mapping):
            given = [
                {"id": key, **step} if isinstance(step, Mapping) else step
                for key, step in given.items()
            ]
        if not isinstance(given, Sequence) or isinstance(given, str) or not given:
            self._fault("/steps", "process.no_steps")
            return []
        if len(given) > STEPS_MAX:
            self._fault("/steps", "process.too_many_steps", limit=STEPS_MAX)
            return []
        return list(given)

    def _read(self, step: Any, path: str) -> None:
        if not isinstance(step, Mapping):
            self._fault(path, "process.step_not_a_mapping")
            return
        for key in step:
            if key not in _STEP_KEYS:
                self._fault(f"{path}/{key}", "process.unknown_key", **_nearest(key, _STEP_KEYS))
        name = str(step.get("id", ""))
        if not _is_name(name) or name == "start":
            self._fault(f"{path}/id", "process.bad_name", value=name)
        elif name in self.steps:
            self._fault(f"{path}/id", "process.id_twice", id=name)
        self.steps[name] = step
        kind = step.get("kind", "user")
        if kind not in KINDS:
            self._fault(f"{path}/kind", "process.unknown_kind", **_nearest(str(kind), KINDS))
        if kind == "wait" and not step.get("actions") and not any(w in step for w in _WAITS):
            self._fault(path, "process.wait_for_what", allowed=list(_WAITS))
        if kind == "end" and any(step.get(key) for key in ("next", "actions", "branches")):
            self._fault(path, "process.end_goes_on")

    def _fault(self, path: str, code: str, **facts: Any) -> None:
        self.faults.append(Fault(path=path, code=code, facts=facts))

    # ── compiling ────────────────────────────────────────────────────────────────────────

    def _compile(self, step: Mapping[str, Any], path: str) -> None:
        name = str(step["id"])
        self._add_step(name, step)
        self._late(name, step, path)
        if step.get("kind") == "fork":
            for number, target in enumerate(step.get("to", ())):
                self._flow(name, str(target), f"{path}/to/{number}")
        elif step.get("kind") == "end":
            return
        elif step.get("actions"):
            self._actions(name, step["actions"], path)
        elif step.get("branches"):
            self._branches(name, step["branches"], path)
        elif step.get("next"):
            self._flow(name, str(step["next"]), f"{path}/next")
        else:
            self._fault(path, "process.leads_nowhere", step=name)

    def _add_step(self, name: str, step: Mapping[str, Any]) -> None:
        kind = str(step.get("kind", "user"))
        task = {
            "role": str(step.get("role") or ""),
            "within": _within(step.get("within")),
            "loop": _loop(step),
        }
        match kind:
            case "end":
                self._node(Event, name, position="end")
            case "fork" | "join":
                self._node(Gateway, name, kind="parallel")
            case "call":
                self._node(Call, name, called=str(step.get("calls", name)), **task)
            case "wait" if any(word in step for word in _WAITS) and not step.get("actions"):
                self._node(Event, name, position="catch", triggers=self._waits(step))
            case "service" | "rule" | "send" | "manual":
                self._node(
                    Task, name, kind=kind, operation=str(step.get("calls") or ""),
                    decision=str(step.get("decision") or ""),
                    message=self._global("message", step.get("message")), **task,
                )  # fmt: skip
            case _:
                self._node(Task, name, kind="user", **task)

    def _waits(self, step: Mapping[str, Any]) -> tuple[Trigger, ...]:
        triggers = []
        if "message" in step:
            ref = self._global("message", step["message"])
            triggers.append(Trigger(kind="message", ref=ref))
        if "signal" in step:
            triggers.append(Trigger(kind="signal", ref=self._global("signal", step["signal"])))
        if "for" in step:
            triggers.append(_timer("duration", step["for"]))
        if "until" in step:
            triggers.append(_timer("date", step["until"]))
        if "when" in step:
            condition = Expression(str(step["when"]))
            triggers.append(Trigger(kind="conditional", condition=condition))
        return tuple(triggers)

    def _late(self, name: str, step: Mapping[str, Any], path: str) -> None:
        """What happens when the step takes too long: {after, to, interrupts}."""
        late = step.get("late")
        if late is None:
            return
        if not isinstance(late, Mapping) or not {"after", "to"} <= set(late):
            self._fault(f"{path}/late", "process.late_form")
            return
        self._node(
            Event, f"{name}.late", position="boundary", attached_to=name,
            interrupting=late.get("interrupts") is True,
            triggers=(_timer("duration", late["after"]),),
        )  # fmt: skip
        self._flow(f"{name}.late", str(late["to"]), f"{path}/late/to")

    def _actions(self, name: str, actions: Any, path: str) -> None:
        if not isinstance(actions, Mapping):
            self._fault(f"{path}/actions", "process.actions_form")
            return
        source = name
        if len(actions) > 1:
            source = f"{name}.next"
            self._node(Gateway, source, kind="exclusive", kept=_CLOSED)
            self._flow(name, source, path)
        for action, target in actions.items():
            given = target if isinstance(target, Mapping) else {"to": target}
            zh, en = words_of(given.get("name") or given.get("label"), str(action))
            quoted = str(action).replace('"', "")
            condition = f'action = "{quoted}"' if len(actions) > 1 else ""
            self._flow(
                source, str(given.get("to", "")), f"{path}/actions/{action}",
                condition=condition, name=zh, name_en=en, key=str(action), verb=str(action),
            )  # fmt: skip

    def _branches(self, name: str, branches: Any, path: str) -> None:
        if not isinstance(branches, Sequence) or isinstance(branches, str):
            self._fault(f"{path}/branches", "process.branches_form")
            return
        source, default = f"{name}.next", ""
        for number, branch in enumerate(branches):
            if not isinstance(branch, Mapping) or "to" not in branch:
                self._fault(f"{path}/branches/{number}", "process.branches_form")
                continue
            zh, en = words_of(branch.get("name"))
            flow = self._flow(
                source, str(branch["to"]), f"{path}/branches/{number}/to",
                condition=str(branch.get("when") or ""), name=zh, name_en=en, key=str(number + 1),
            )  # fmt: skip
            if "when" not in branch:
                default = flow
        self._node(Gateway, source, kind="exclusive", default=default)
        self._flow(name, source, path)

    def _node(self, node: type[FlowNode], name: str, **fields: Any) -> None:
        zh, en = words_of(self._label(name))
        self.kinds[name] = node
        stage = str(self.steps.get(name, {}).get("stage") or "")
        if stage:
            fields["kept"] = Kept(attributes=((f"{{{ns.OURS}}}stage", stage),))
        self.nodes[name] = {"id": name, "name": zh, "name_en": en, **fields}

    def _label(self, name: str) -> object:
        step = self.steps.get(name, {})
        return step.get("name") or step.get("label")

    def _flow(
        self, source: str, target: str, path: str, *, condition: str = "", name: str = "",
        name_en: str = "", key: str = "", verb: str = "",
    ) -> str:  # fmt: skip
        if target not in self.steps and not target.endswith(".next"):
            self._fault(path, "process.unknown_step", **_nearest(target, self.steps))
        flow_id = f"{source}-{key or target}".replace(" ", "_")
        expression = Expression(condition) if condition else None
        # Where no condition names the verb, the flow says it.
        own = ((f"{{{ns.OURS}}}action", verb),) if verb and not condition else ()
        self.flows.append(
            Flow(id=flow_id, source=source, target=target, name=name, name_en=name_en,
                 condition=expression, kept=Kept(attributes=own))
        )  # fmt: skip
        return flow_id

    def _global(self, kind: Any, name: object) -> str:
        if not name:
            return ""
        ref = f"{kind}_{name}"
        self.globals[ref] = Global(kind=kind, id=ref, name=str(name))
        return ref

    def definition(self) -> Definition:
        """What was compiled."""
        into: dict[str, list[str]] = {}
        out: dict[str, list[str]] = {}
        for flow in self.flows:
            into.setdefault(flow.target, []).append(flow.id)
            out.setdefault(flow.source, []).append(flow.id)
        nodes = tuple(
            self.kinds[name](
                **fields,
                incoming=tuple(into.get(name, ())),
                outgoing=tuple(out.get(name, ())),
            )
            for name, fields in self.nodes.items()
        )
        name = str(self.process.get("id") or self.process.get("name"))
        label = self.process.get("label") or self.process.get("name")
        zh, en = words_of(label if isinstance(label, Mapping) else None, name)
        process = Process(
            id=name, name=zh, name_en=en, executable=True, body=Body(nodes, tuple(self.flows))
        )
        document = Document(
            namespace=f"urn:pengcheng:process:{name}", id=f"{name}.definitions",
            prefixes=ns.STANDARD_PREFIXES, processes=(process,),
            globals=tuple(self.globals.values()),
        )  # fmt: skip
        return Definition(document, name)


def _is_name(name: str) -> bool:
    return name.replace("_", "a").isalnum() and name.isascii() and name[0].isalpha()


def _nearest(name: str, allowed: Any) -> dict[str, Any]:
    near = get_close_matches(name, [str(item) for item in allowed], n=1)
    return {"value": name, "allowed": sorted(allowed), "nearest": near[0] if near else ""}


def _timer(kind: Any, text: object) -> Trigger:
    return Trigger(kind="timer", timer=Timer(kind, Expression(str(text))))


def _within(value: object) -> str:
    """A promise as text; the pack's {amount, unit} form is written out."""
    if isinstance(value, Mapping):
        return f"{value.get('amount')} {str(value.get('unit', '')).replace('_', ' ')}s"
    return str(value or "")


def _loop(step: Mapping[str, Any]) -> Loop | None:
    if "each" not in step:
        return None
    return Loop(kind="multi", collection=str(step["each"]), item=str(step.get("as", "item")))
