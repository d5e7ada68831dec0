"""`pengcheng rules replay | trial`: past decisions of the running city, run again or run anew."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import msgspec

from pengcheng import pack
from pengcheng.engines.rules import (
    Changed,
    Model,
    Order,
    Replayed,
    Report,
    Rules,
    Tally,
    Trial,
    past_decisions,
    read_dmn,
    replay,
)
from pengcheng.ground.database import Database
from pengcheng.ground.settings import Settings
from pengcheng.kernel.authz import SEALED, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.time import SystemClock
from pengcheng.kernel.words import Words
from pengcheng.ops import options

SHOWN_MAX = 20
OWN_SCOPE = Scope(
    action="read", type="decision", regions=(Region(sensitivity=SEALED),), actor=SYSTEM
)
WORDS = {
    "rules.no_such_table": Words(
        "应用包 {folder} 中没有决策表“{name}”。", "The pack {folder} has no table “{name}”."
    ),
    "rules.since_not_a_time": Words(
        "“{given}”不是时刻；请写成 2026-11-01 或 2026-11-01T08:00:00Z。",
        "“{given}” is no instant; write 2026-11-01 or 2026-11-01T08:00:00Z.",
    ),
    "rules.order_not_understood": Words(
        "“{given}”不是次序；请写成 列=最好,其次,最差，或 列=+（越大越好）、列=-。",
        "“{given}” is no order; write COLUMN=best,next,worst, or COLUMN=+ (more is better), =-.",
    ),
}
FOUND = {
    "altered": Words("内容被改动", "was altered"),
    "missing": Words("记录缺失", "is missing"),
    "log": Words("与日志所记不符", "is not what the log says"),
    "version": Words("规则版本被改动或缺失", "has a version that was altered or is missing"),
    "outcome": Words("重算结果不同", "comes out otherwise"),
    "end": Words("链尾不符", "is not the end that was kept"),
}
EFFECTS = {"gain": "得益 gains", "loss": "受损 loses", "other": "改变 changes"}


def register(verbs: Any, speaking: Callable[[Callable[[argparse.Namespace], int]], Any]) -> None:
    """Add `rules replay` and `rules trial`."""
    again = verbs.add_parser(
        "replay", help="用当时的版本重算过去的决定  run past decisions again, find what was altered"
    )
    options.add(again)
    again.add_argument("--since", metavar="TIME", help="从何时起  from this instant on")
    again.set_defaults(run=speaking(replay_command))
    trial = verbs.add_parser(
        "trial", help="新版本先在过去的决定上试算  try a new version on past decisions"
    )
    options.add(trial)
    trial.add_argument("source", type=Path, metavar="FILE.dmn|PACKDIR")
    trial.add_argument("--decision", required=True, metavar="NAME")
    trial.add_argument(
        "--imports", type=Path, nargs="*", default=[], metavar="FILE.dmn",
        help="所引用的模型  imported models",
    )  # fmt: skip
    trial.add_argument("--since", metavar="TIME", help="从何时起  from this instant on")
    trial.add_argument(
        "--better", action="append", default=[], metavar="COLUMN=BEST,NEXT,WORST",
        help="什么结果更好；+ 越大越好，- 越小越好  which outcomes are better",
    )  # fmt: skip
    trial.add_argument(
        "--json", type=options.target, metavar="FILE",
        help="把全部结果写成 JSON  write everything as JSON",
    )  # fmt: skip
    trial.set_defaults(run=speaking(trial_command))


# ── replay ───────────────────────────────────────────────────────────────────────────────────


def replay_command(arguments: argparse.Namespace) -> int:
    """Say what was found; 1 when something is not as it was kept."""
    since = _instant(arguments.since)
    found: Replayed = asyncio.run(
        _with_rules(options.running(arguments), lambda rules: replay(rules, since))
    )
    for finding in found.findings:
        words = FOUND[finding.what]
        named = " ".join(filter(None, [finding.rule, finding.code, str(finding.id or "")]))
        print(f"#{finding.seq} {named}: {words.zh}  {words.en}")
    print(
        f"核对 {found.records} 条记录，重算 {found.run_again} 个决定，{found.found} 处不符  "
        f"{found.records} records checked, {found.run_again} decisions run again, "
        f"{found.found} not as kept"
    )
    return 0 if found.is_whole else 1


async def _with_rules(settings: Settings, call: Callable[[Rules], Awaitable[Any]]) -> Any:
    database = Database(settings.database_url)
    await database.open()
    try:
        return await call(Rules(database, SystemClock()))
    finally:
        await database.close()


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal("rules.since_not_a_time", given=text) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# ── trial ────────────────────────────────────────────────────────────────────────────────────


def trial_command(arguments: argparse.Namespace) -> int:
    """Try a version that is not published; print who gains, who loses, what it costs."""
    model = model_in(arguments.source, arguments.decision, arguments.imports)
    orders = [order_of(text) for text in arguments.better]
    since = _instant(arguments.since)
    with ExitStack() as stack:
        file = None
        if arguments.json is not None:
            file = stack.enter_context(arguments.json.open("w", encoding="utf-8"))
        sink = Sink(file)
        trial = Trial(model, arguments.decision, sink.take, orders)

        async def run(rules: Rules) -> None:
            async for stretch in past_decisions(rules, OWN_SCOPE, arguments.decision, since):
                for past in stretch:
                    trial.take(past)

        asyncio.run(_with_rules(options.running(arguments), run))
        sink.end(trial.report)
    print("\n".join(lines_of(trial.report, sink)))
    return 0


def model_in(source: Path, decision: str, imports: Sequence[Path] = ()) -> Model:
    """The model of a DMN file with those that it imports, or of a table of a pack's folder;
    refused with its faults."""
    if source.is_dir():
        registry = pack.load(pack.with_needs([source.resolve()]))
        table = registry.tables.get(decision)
        if table is None:
            raise Absent("rules.no_such_table", folder=str(source), name=decision)
        return pack.model_of(table)
    model = read_dmn(_read(source), [read_dmn(_read(path)) for path in imports])
    if model.faults:
        raise Refusal("rules.invalid", faults=model.faults, decision=decision)
    model.inputs_of(decision)
    return model


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refusal("rules.no_file", file=str(path), reason=fault.strerror or "") from None


def order_of(text: str) -> Order:
    """What `--better` says of a column."""
    column, _, said = text.partition("=")
    if not column or not said:
        raise Refusal("rules.order_not_understood", given=text)
    if said in {"+", "-"}:
        return Order(column=column, less_is_better=said == "-")
    return Order(column=column, values=tuple(value.strip() for value in said.split(",")))


class Sink:
    """Writes each changed case as it is found, so that memory does not grow; keeps a few."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file
        self._encoder = msgspec.json.Encoder(decimal_format="number")
        self.first: list[Changed] = []
        self.count = 0
        if file is not None:
            file.write('{"changed":[')

    def take(self, changed: Changed) -> None:
        """One changed case."""
        if self._file is not None:
            comma = ",\n" if self.count else "\n"
            self._file.write(comma + self._encoder.encode(changed).decode())
        if len(self.first) < SHOWN_MAX:
            self.first.append(changed)
        self.count += 1

    def end(self, report: Report) -> None:
        """Close the list and write the sums after it."""
        if self._file is not None:
            self._file.write(f'],\n"report":{self._encoder.encode(report).decode()}}}\n')


def lines_of(report: Report, sink: Sink) -> list[str]:
    """The report as lines, Chinese and English."""
    whole = report.whole
    lines = [f"{report.decision} {report.fingerprint[:12]}: {_tally(whole)}"]
    if report.failed:
        lines.append(f"  不能决定 cannot be decided: {report.failed}")
    lines += [f"  {move}: {count}" for move, count in _most(report.moves)]
    for column, cost in report.cost.items():
        difference = cost.after - cost.before
        lines.append(f"费用 cost  {column}: {cost.before:f} → {cost.after:f} ({difference:+f})")
    lines.append("各单位的工作量  load on each office")
    for office, rows in report.load.items():
        told = [f"{row} {load.before} → {load.after}" for row, load in rows.items()]
        lines.append(f"  {office or '—'}: {'; '.join(told)}")
    for dimension, groups in report.groups.items():
        lines.append(f"按 {dimension} 看公平  fairness by {dimension}")
        lines += [f"  {group or '—'}: {_tally(tally)}" for group, tally in groups.items()]
    lines += [
        f"{EFFECTS[each.effect]}  {each.code}: {_short(each.before)} → "
        f"{each.fault or _short(each.after)}"
        for each in sink.first
    ]
    if sink.count > len(sink.first):
        lines.append(f"另有 {sink.count - len(sink.first)} 件，见 --json  more cases: see --json")
    return lines


def _most(moves: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(moves.items(), key=lambda each: -each[1])[:SHOWN_MAX]


def _tally(tally: Tally) -> str:
    share = tally.changed / tally.decisions if tally.decisions else 0.0
    return (
        f"{tally.decisions} 个决定 decisions，改变 changed {tally.changed} ({share:.1%})，"
        f"得益 gain {tally.gains}，受损 lose {tally.losses}"
    )


def _short(value: object) -> str:
    text = msgspec.json.Encoder(decimal_format="number").encode(value).decode()
    return text if len(text) <= SHOWN_MAX * 4 else f"{text[: SHOWN_MAX * 4]}…"
