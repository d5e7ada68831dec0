"""`pengcheng retention`: what would end its retention today, by type; `--now` ends it.

The worker does the same every night; see docs/operating/retention.md.
"""

import argparse
import asyncio
from collections.abc import Mapping

from pengcheng import city
from pengcheng.edge import retention
from pengcheng.ground.settings import Settings
from pengcheng.ops import options


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `retention` to the command."""
    parser = subparsers.add_parser("retention", description=__doc__)
    options.add(parser)
    parser.add_argument(
        "--now", action="store_true",
        help="立即删除已到期的（不可恢复）  erase now what is over (for ever)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print how many of each type are over, and with `--now` how many were erased."""
    due, ended = asyncio.run(_ended(options.running(arguments), now=arguments.now))
    for name, count in due.items():
        print(f"{name}\t{count}")
    if arguments.now:
        print(f"已删除 erased\t{ended}")
    return 0


async def _ended(settings: Settings, *, now: bool) -> tuple[Mapping[str, int], int]:
    services = city.services_of(settings)
    await services.database.open()
    try:
        await city.declare(services)
        due = await retention.due(services)
        return due, await retention.end_all(services) if now else 0
    finally:
        await services.database.close()
