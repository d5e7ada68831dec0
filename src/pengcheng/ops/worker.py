"""`pengcheng worker`: the background process: subscribers, timers, the relay to the bus."""

import argparse
import asyncio
import signal

import uvloop

from pengcheng import city
from pengcheng.ground import telemetry
from pengcheng.ground.settings import Settings
from pengcheng.ops import options, retraining


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `worker` to the command."""
    parser = subparsers.add_parser("worker", description=__doc__)
    options.add(parser, "packs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Work until asked to end; what is at hand is finished first."""
    settings = options.running(arguments)
    telemetry.configure_logs(settings.log_level)
    uvloop.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)
    await city.work(settings, ending, (retraining.LOOK_SECONDS, retraining.look))
