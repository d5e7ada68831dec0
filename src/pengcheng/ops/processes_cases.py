"""`pengcheng processes cases`: what a newer version of a process does to the cases that are open
under older ones: the verdicts, the move of all that can move, the way back."""

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from pengcheng import city, pack
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Judged
from pengcheng.engines.processes import WORDS, Mapped
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.words import Words
from pengcheng.ops import options

Run = Callable[[argparse.Namespace], int]
HELP = Words("流程升级：在办事项的去向", "upgrade open cases to a newer version of their process")
VERDICTS = {
    "moves": Words("随之升级", "move"),
    "waits": Words("稍等", "wait"),
    "person": Words("要有人定", "need a person"),
    "stays": Words("按旧版本办完", "stay"),
}


def register(actions: Any, speaking: Callable[[Run], Run]) -> None:
    """Add `processes cases`."""
    action = actions.add_parser("cases", help=f"{HELP.zh} {HELP.en}")
    options.add(action)
    action.add_argument("kind", metavar="KIND")
    action.add_argument(
        "--with", dest="coming", type=Path, metavar="PACKS",
        help="先看还没有安装的应用包  judge by packs that are not installed yet",
    )  # fmt: skip
    action.add_argument("--old", type=int, help="哪个旧版本  which older version")
    action.add_argument(
        "--step", action="append", default=[], metavar="OLD=NEW",
        help="改了名的步骤去哪里  where a step that is gone leads",
    )  # fmt: skip
    action.add_argument(
        "--stays", action="append", default=[], metavar="STEP",
        help="按旧版本办完的步骤  a step that is finished under the older version",
    )  # fmt: skip
    action.add_argument("--move", action="store_true", help="迁移  move those that can move")
    action.add_argument("--undo", metavar="UPGRADE", help="退回一次升级  undo an upgrade")
    action.set_defaults(run=speaking(run))


def run(arguments: argparse.Namespace) -> int:
    """Judge, move or undo; 1 while some case needs a person."""
    return asyncio.run(_run(arguments))


async def _run(arguments: argparse.Namespace) -> int:
    services = city.services_of(options.running(arguments))
    await services.database.open()
    try:
        await city.declare(services)
        if arguments.undo:
            return await _undo(services, arguments.undo)
        if arguments.move:
            return await _move(services, arguments)
        return await _judge(services, arguments)
    finally:
        await services.database.close()


async def _judge(services: Services, arguments: argparse.Namespace) -> int:
    coming = None
    if arguments.coming is not None:
        coming = pack.load(pack.find(arguments.coming)).after(services.registry)
    judged = await services.case_upgrades.judge(arguments.kind, _mapped(arguments), coming)
    wanted = [item for item in judged if arguments.old in (None, item.old)]
    for item in wanted:
        for line in lines_of(item):
            print(line)
    if not wanted:
        print("没有按旧版本在办的事项  no case is open under an older version")
    return 1 if any(item.counts["person"] for item in wanted) else 0


def lines_of(judged: Judged) -> list[str]:
    """The verdicts of one version, a line for each step."""
    counts = "，".join(f"{VERDICTS[name].zh} {n}" for name, n in judged.counts.items())
    english = ", ".join(f"{n} {VERDICTS[name].en}" for name, n in judged.counts.items())
    lines = [f"{judged.process} {judged.old} → {judged.new}: {counts}  {english}"]
    for item in judged.steps:
        to = f" → {item.to}" if item.to and item.to != item.step else ""
        words = WORDS[item.why]
        lines.append(f"  {item.verdict:<7} {item.step}{to} ({item.cases}): {words.zh}  {words.en}")
    return lines


async def _move(services: Services, arguments: argparse.Namespace) -> int:
    if arguments.old is None:
        raise Refusal("process.which_version")
    done, moved = await services.case_upgrades.upgrade(
        SYSTEM, arguments.kind, arguments.old, _mapped(arguments)
    )
    print(f"已迁移 {moved} 件，升级编号 {done.id}  {moved} cases moved by upgrade {done.id}")
    return 0


async def _undo(services: Services, text: str) -> int:
    found: UUID | None = to_id(text)
    if found is None:
        raise Refusal("case.upgrade_unknown")
    back, onward = await services.case_upgrades.undo(SYSTEM, found)
    print(
        f"已退回 {back} 件；{onward} 件之后又有办理，不动  "
        f"{back} cases put back; {onward} have gone on since"
    )
    return 0


def _mapped(arguments: argparse.Namespace) -> Mapped | None:
    if not arguments.step and not arguments.stays:
        return None
    steps = {}
    for text in arguments.step:
        old, equals, new = text.partition("=")
        if not (old and equals and new):
            raise Refusal("process.step_form", given=text)
        steps[old] = new
    return Mapped(steps=steps, stays=frozenset(arguments.stays))
