"""`pengcheng processes`: try, check and compare BPMN files without a running city."""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pengcheng.engines.processes import (
    DRAWING_CSS,
    WORDS,
    Definition,
    FeelConditions,
    Finding,
    check,
    compile_short,
    definition_in,
    draw,
    lines_of,
    parse_instant,
    prepare,
    read,
    step_verdicts,
    try_out,
    with_diagram,
    write,
)
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words
from pengcheng.ops import processes_cases

SUBCOMMANDS = {
    "try": Words("在内存中试运行，逐步打印", "run in memory, printing each step"),
    "check": Words("检查能否发布运行", "check whether it may be published"),
    "draw": Words("画成 SVG", "draw as SVG"),
    "export": Words("写成 BPMN 2.0（含图）", "write as BPMN 2.0 with its diagram"),
    "migrate-check": Words("升级时各步骤的去向", "what an upgrade does to each step"),
}


def register(subparsers: Any) -> None:
    """Adds `processes` to the command line."""
    parser = subparsers.add_parser("processes", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    for name, words in SUBCOMMANDS.items():
        action = actions.add_parser(name, help=f"{words.zh} {words.en}")
        action.add_argument("file", type=Path, metavar="FILE")
        action.add_argument(
            "--process", default="", metavar="ID",
            help="文件有多个流程时，取哪一个  which process, where the file has several",
        )  # fmt: skip
        if name == "migrate-check":
            action.add_argument("new", type=Path, metavar="NEW")
        if name == "try":
            action.add_argument(
                "--vars", default="{}", metavar="JSON", help="开始时的变量  variables at the start"
            )
            action.add_argument(
                "--at", default="", metavar="INSTANT",
                help="何时开始（ISO 8601）  when it starts (ISO 8601)",
            )  # fmt: skip
            action.add_argument(
                "--start", default="", metavar="ID", help="从哪个开始事件起  which start event"
            )
        action.set_defaults(run=_RUN[name])
    processes_cases.register(actions, _speaking)


def load(path: Path, process: str) -> Definition:
    """A BPMN file, or a process in the packs' short form when the name ends in .yaml."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise Refusal("process.file", path=str(path), said=fault.strerror or "") from fault
    if path.suffix not in (".yaml", ".yml"):
        return definition_in(read(data), process)
    try:
        written = YAML(typ="safe", pure=True).load(data)
    except YAMLError as fault:
        raise Refusal("process.not_yaml", path=str(path), said=str(fault)) from fault
    if not isinstance(written, dict):
        raise Refusal("process.not_yaml", path=str(path), said="no mapping")
    return compile_short(written)


def told(finding: Finding) -> str:
    """A finding as a line, Chinese first."""
    return f"{finding.grade}: {finding.says.zh}  {finding.says.en}"


def _speaking(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A refusal of the engine is said in words, with every fault."""

    def speak(arguments: argparse.Namespace) -> int:
        try:
            return run(arguments)
        except Refusal as refusal:
            words = {**WORDS, **OWN}.get(refusal.code)
            if words is None:
                raise
            said = [words.fill("zh", refusal.facts), words.fill("en", refusal.facts)]
            print("\n".join(said), file=sys.stderr)
            for fault in refusal.faults:
                sentence = WORDS.get(f"fault.{fault.code}") or Words(fault.code, fault.code)
                both = f"{sentence.fill('zh', fault.facts)}  {sentence.fill('en', fault.facts)}"
                print(f"  {fault.path}: {both}", file=sys.stderr)
            return 1

    return speak


def _check(arguments: argparse.Namespace) -> int:
    found = check(load(arguments.file, arguments.process), FeelConditions())
    for finding in found:
        print(told(finding))
    faults = sum(item.grade == "fault" for item in found)
    warnings = len(found) - faults
    print(f"{faults} 个错误，{warnings} 个提醒  {faults} faults, {warnings} warnings")
    return 1 if faults else 0


def _try(arguments: argparse.Namespace) -> int:
    definition = load(arguments.file, arguments.process)
    conditions = FeelConditions()
    faults = [item for item in check(definition, conditions) if item.grade == "fault"]
    if faults:
        print("\n".join(told(item) for item in faults), file=sys.stderr)
        return 1
    program = prepare(definition, conditions)
    print(OWN["try"].zh)
    print(OWN["try"].en)
    last = None
    steps = try_out(program, _variables(arguments.vars), _instant(arguments.at), at=arguments.start)
    for step in steps:
        last = step
        for line in lines_of(program, step):
            print(line)
    state = last.state if last else None
    if state is None or state.status != "running":
        return 0
    nodes = ", ".join(item.node for item in state.positions.values())
    print(f"停在  rests at: {nodes}")
    return 1


def _variables(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as fault:
        raise Refusal("process.vars", said=str(fault)) from fault


def _instant(text: str) -> datetime:
    return parse_instant(text) if text else SystemClock().now()


def _draw(arguments: argparse.Namespace) -> int:
    print(draw(load(arguments.file, arguments.process), style=DRAWING_CSS))
    return 0


def _export(arguments: argparse.Namespace) -> int:
    definition = with_diagram(load(arguments.file, arguments.process))
    sys.stdout.write(write(definition.document).decode())
    return 0


def _migrate_check(arguments: argparse.Namespace) -> int:
    """The verdict for an instance that rests at each step of the old version where one can."""
    conditions = FeelConditions()
    old = prepare(load(arguments.file, arguments.process), conditions)
    new = prepare(load(arguments.new, arguments.process), conditions)
    for verdict in step_verdicts(old, new):
        words = WORDS[verdict.why]
        print(f"{verdict.verdict:<7} {verdict.node}: {words.zh}  {words.en}")
    return 0


OWN = {
    "try": Words(
        "试运行：时钟是模拟的，任务自动完成，不调用任何外部服务。",
        "A trial: the clock is simulated, tasks complete by themselves, nothing outside is called.",
    ),
    "process.file": Words("读不了 {path}：{said}", "{path} cannot be read: {said}"),
    "process.not_yaml": Words("{path} 不是流程：{said}", "{path} is no process: {said}"),
    "process.vars": Words("--vars 不是 JSON 对象：{said}", "--vars is no JSON object: {said}"),
}
_RUN = {
    "try": _speaking(_try),
    "check": _speaking(_check),
    "draw": _speaking(_draw),
    "export": _speaking(_export),
    "migrate-check": _speaking(_migrate_check),
}
