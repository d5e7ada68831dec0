"""The steps of a trial as lines for a person, Chinese first."""

from collections.abc import Iterator, Mapping

import msgspec

from pengcheng.engines.feel import WORDS as FEEL_WORDS
from pengcheng.engines.processes.program import Program
from pengcheng.engines.processes.state import (
    Begin,
    Complete,
    Effect,
    InstanceEnded,
    MessageArrived,
    SignalArrived,
    StepParked,
    TaskCreated,
    TimerDue,
    WaitStarted,
)
from pengcheng.engines.processes.trial import Step
from pengcheng.engines.processes.words import WORDS
from pengcheng.kernel.words import LANGUAGES, Words


def lines_of(program: Program, step: Step) -> Iterator[str]:
    """What was done, then each step that this led to, a line each."""
    when = step.at.strftime("%Y-%m-%d %H:%M")
    yield f"{when}  {_both(_done(program, step))}"
    for effect in step.effects:
        says = _says(program, effect)
        if says:
            yield f"{'':16}    {_both(says)}"


def _both(says: Words) -> str:
    """Both languages, or one text that needs neither."""
    return "  ".join(dict.fromkeys(says.in_(language) for language in LANGUAGES))


def _done(program: Program, step: Step) -> Words:
    node = _named(program, step.node)
    match step.command:
        case None:
            return Words("开始", "start")
        case Complete(variables=variables):
            given = msgspec.json.encode(variables).decode()
            return Words(
                f"{node}：自动完成（模拟），给出 {given}",
                f"completed by itself (simulated): {given}",
            )
        case TimerDue():
            return Words(f"{node}：模拟时钟走到定时器", "the simulated clock reaches the timer")
        case MessageArrived(name=name):
            return Words(f"{node}：收到消息“{name}”（模拟）", "the message arrives (simulated)")
        case SignalArrived(name=name):
            return Words(f"{node}：收到信号“{name}”（模拟）", "the signal arrives (simulated)")
        case Begin(node=activity):
            picked = _named(program, activity)
            return Words(f"{node}：选做 {picked}（模拟）", "this activity is picked (simulated)")
    return Words(node, node)


def _named(program: Program, node: str) -> str:
    place = program.places.get(node)
    name = " ".join(place.node.name.split()) if place else ""
    return f"{name} [{node}]" if name and name != node else node


def _says(program: Program, effect: Effect) -> Words | None:
    match effect:
        case TaskCreated(role=role, within=within):
            return Words(
                "待办任务"
                + (f"，角色 {role}" if role else "")
                + (f"，限期 {within}" if within else ""),
                "a task waits"
                + (f" for the role {role}" if role else "")
                + (f", within {within}" if within else ""),
            )
        case WaitStarted(due=due):
            until = f" {due.isoformat(timespec='minutes')}" if due else ""
            kind = _AWAITED.get(effect.kind, Words(effect.kind, effect.kind))
            key = f" {effect.key}" if effect.key else ""
            return Words(f"等待{kind.zh}{key}{until}", f"waits for a {kind.en}")
        case InstanceEnded(status=status, outcome=outcome):
            how = _OVER.get(status, Words(status, status))
            return Words(f"{how.zh}：{outcome}", how.en)
        case StepParked(code=code, facts=facts):
            why = WORDS.get(code) or FEEL_WORDS.get(code) or Words(code, code)
            return Words(f"停住：{why.fill('zh', facts)}", f"PARKED: {why.fill('en', facts)}")
    says = _SAYS.get(type(effect).__name__)
    facts = {name: getattr(effect, name) for name in effect.__struct_fields__}
    facts["node"] = _named(program, str(facts.get("node", "")))
    return says and Words(says.fill("zh", facts), says.fill("en", facts))


_AWAITED: Mapping[str, Words] = {
    "timer": Words("定时器", "timer"),
    "message": Words("消息", "message"),
    "signal": Words("信号", "signal"),
    "conditional": Words("条件", "condition"),
}
_OVER: Mapping[str, Words] = {
    "ended": Words("结束", "ended"),
    "failed": Words("失败", "failed"),
    "cancelled": Words("取消", "cancelled"),
}
_SAYS: Mapping[str, Words] = {
    "Reached": Words("-> {node}", "-> {node}"),
    "TaskWithdrawn": Words("撤回：{node}", "withdrawn"),
    "ServiceCalled": Words(
        "调用服务 {operation}（试运行不调用）", "calls a service (not in a trial)"
    ),
    "DecisionAsked": Words(
        "请规则 {decision} 决定（试运行不计算）", "asks a decision (not in a trial)"
    ),
    "ProcessCalled": Words(
        "调用流程 {process}（试运行不启动）", "calls a process (not in a trial)"
    ),
    "MessageSent": Words("发出消息“{name}”（试运行不发）", "sends a message (not in a trial)"),
    "SignalThrown": Words("发出信号“{name}”", "throws a signal"),
    "EscalationThrown": Words(
        "上报 {code}，由 {caught} 接住", "an escalation, and what catches it"
    ),
    "ErrorThrown": Words("错误 {code}，由 {caught} 接住", "an error, and what catches it"),
    "ActivitiesOffered": Words("可选：{activities}", "these are offered"),
}
