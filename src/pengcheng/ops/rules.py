"""`pengcheng rules`: evaluate a DMN file, replay and try past decisions, OMG's conformance kit."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from pengcheng.engines import feel, rules
from pengcheng.engines.feel import plain
from pengcheng.engines.rules import read_dmn, why
from pengcheng.kernel.errors import Absent, Fault, Refusal
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words
from pengcheng.ops import options, rules_past
from pengcheng.ops.tck import Outcome, Tally, outcomes, test_cases_folder

GOAL = 0.99
WORDS = {
    **feel.WORDS,
    **rules.WORDS,
    **rules_past.WORDS,
    "rules.no_file": Words("文件 {file} 读不到：{reason}。", "Cannot read {file}: {reason}."),
    "rules.inputs_not_json": Words(
        "标准输入应为一个 JSON 对象：{reason}", "Standard input must be a JSON object: {reason}"
    ),
    "rules.no_tck": Words(
        "{folder} 中没有符合性测试；请给出 DMN TCK 检出的文件夹或其中的 TestCases。",
        "There is no conformance kit in {folder}: name a checkout of the DMN TCK or its TestCases.",
    ),
}


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `rules evaluate`, `replay`, `trial` and `tck`."""
    parser = subparsers.add_parser("rules", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    evaluate = verbs.add_parser(
        "evaluate", help="计算一个决策，输入为标准输入的 JSON  evaluate a decision"
    )
    evaluate.add_argument("file", type=Path, metavar="FILE.dmn")
    evaluate.add_argument("--decision", required=True, metavar="NAME")
    evaluate.add_argument(
        "--imports", type=Path, nargs="*", default=[], metavar="FILE.dmn",
        help="所引用的模型  imported models",
    )  # fmt: skip
    evaluate.add_argument(
        "--explain", action="store_true",
        help="说明每一步和成立的行  print each step and the rows that fired",
    )  # fmt: skip
    evaluate.set_defaults(run=_speaking(evaluate_command))
    tck = verbs.add_parser("tck", help="运行 DMN 符合性测试  run OMG's conformance kit")
    tck.add_argument("folder", type=Path, metavar="DIR")
    tck.add_argument(
        "--json", type=options.target, metavar="FILE",
        help="把数字写成 JSON  write the figures as JSON",
    )  # fmt: skip
    tck.add_argument(
        "--failures", action="store_true", help="列出未通过的用例  print each case that failed"
    )
    tck.set_defaults(run=_speaking(tck_command))
    rules_past.register(verbs, _speaking)


def evaluate_command(args: argparse.Namespace) -> int:
    """Print the value of one decision as JSON; 1 when the file has faults, told on stderr."""
    imports = [read_dmn(_read(path)) for path in args.imports]
    model = read_dmn(_read(args.file), imports)
    for fault in model.faults:
        print(_fault_line(fault), file=sys.stderr)
    inputs = _inputs(sys.stdin.buffer.read())
    if not args.explain:
        value = model.evaluate(args.decision, inputs, clock=SystemClock())
        print(_json(plain(value)))
        return int(bool(model.faults))
    explained = model.explain(args.decision, inputs, clock=SystemClock())
    steps = [
        {
            "decision": step.decision,
            "inputs": plain(dict(step.inputs)),
            "output": plain(step.output),
            "rows": [list(fired.rows) for fired in step.tables],
        }
        for step in explained.steps
    ]
    told = [{"zh": words.zh, "en": words.en} for words in why(explained)]
    print(_json({"output": plain(explained.output), "steps": steps, "why": told}))
    return int(bool(model.faults))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refusal("rules.no_file", file=str(path), reason=fault.strerror or "") from None


def _inputs(data: bytes) -> dict[str, object]:
    if not data.strip():
        return {}
    try:
        return msgspec.json.Decoder(dict[str, object], float_hook=Decimal).decode(data)
    except msgspec.DecodeError as fault:
        raise Refusal("rules.inputs_not_json", reason=str(fault)) from None


def _json(value: object) -> str:
    encoder = msgspec.json.Encoder(decimal_format="number")
    return msgspec.json.format(encoder.encode(value), indent=2).decode()


def _fault_line(fault: Fault) -> str:
    words = WORDS.get(fault.code) or Words(f"{fault.code} {dict(fault.facts)}", fault.code)
    return f"{fault.path}: {words.fill('zh', fault.facts)}  {words.fill('en', fault.facts)}"


def _speaking(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """What an engine refuses is said in words, with every fault."""

    def speak(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except (Refusal, Absent) as error:
            words = WORDS.get(error.code)
            if words is None:
                raise
            print(words.fill("zh", error.facts), file=sys.stderr)
            print(words.fill("en", error.facts), file=sys.stderr)
            for fault in getattr(error, "faults", ()):
                print(f"  {_fault_line(fault)}", file=sys.stderr)
            return 1

    return speak


def tck_command(args: argparse.Namespace) -> int:
    """Print passed and failed by level and group; 1 when a level falls short of the goal."""
    found = list(outcomes(test_cases_folder(args.folder)))
    levels: defaultdict[str, Tally] = defaultdict(Tally)
    groups: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for outcome in found:
        for tally in (levels[outcome.level], groups[outcome.level, outcome.group]):
            tally.passed += outcome.passed
            tally.total += 1
    if args.failures:
        _print_failures(found)
    for (level, group), tally in groups.items():
        print(f"{level}  {group:<46} {tally.passed:>4} / {tally.total}")
    for level, tally in levels.items():
        print(f"{level}  {tally.passed} / {tally.total}  {tally.rate:.2%} (goal {GOAL:.0%})")
    bound = sum(not each.passed and each.java_bound for each in found)
    failed = sum(not each.passed for each in found)
    print(f"failed {failed}, of which {bound} call the Java library")
    if args.json:
        args.json.write_bytes(msgspec.json.encode(_figures(levels, groups)))
    return int(any(tally.rate < GOAL for tally in levels.values()))


def _print_failures(found: list[Outcome]) -> None:
    for each in found:
        if not each.passed:
            print(f"FAILED {each.group} {each.case} {each.node}")
            print(f"  expected {each.expected}")
            print(f"  found    {each.found}")


def _figures(
    levels: dict[str, Tally], groups: dict[tuple[str, str], Tally]
) -> dict[str, dict[str, dict[str, int]]]:
    return {
        "levels": {
            level: {"passed": tally.passed, "failed": tally.total - tally.passed}
            for level, tally in levels.items()
        },
        "groups": {
            f"{level}/{group}": {"passed": tally.passed, "failed": tally.total - tally.passed}
            for (level, group), tally in groups.items()
        },
    }
