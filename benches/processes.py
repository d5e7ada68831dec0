"""`./bench processes`: durable instances a second beside SpiffWorkflow on the same database.

One instance is six steps with one gateway and one user task, in two durable steps: it is started
and stored; it is loaded, its task completed, and stored ended. One process each, one private
PostgreSQL with fsync on, in turns in the same run. SpiffWorkflow has eight threads with a
connection each (more are not faster: it is bound by its own work); ours has 64 clients on at most
eight connections, whose steps share transactions. SpiffWorkflow is no dependency of the product:
it goes into a virtual environment under `var/bench`. It stores its own serialisation as one row;
we store the state, the task list and a log entry for each step.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pengcheng.engines.processes import (
    Complete,
    FeelConditions,
    Processes,
    Together,
    Version,
    Worker,
    advance,
    compile_short,
    definition_in,
    prepare,
    read,
    start,
)
from pengcheng.ground.database import Database, migrate
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import FixedClock, SystemClock
from pengcheng.ops import children, postgres, private_folder, system_account

HOME = Path(__file__).resolve().parent
WORK = HOME.parent / "var" / "bench" / "processes"
PEER = ("SpiffWorkflow==3.2.0", "psycopg[binary,pool]")
CONNECTIONS, CLIENTS = 8, 64
SIX_STEPS = """<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:bench">
  <process id="six" isExecutable="true">
    <startEvent id="begin"/><manualTask id="prepare"/><userTask id="decide"/>
    <exclusiveGateway id="choose" default="to_refuse"/><endEvent id="refused"/>
    <manualTask id="issue"/><endEvent id="issued"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="prepare"/>
    <sequenceFlow id="f2" sourceRef="prepare" targetRef="decide"/>
    <sequenceFlow id="f3" sourceRef="decide" targetRef="choose"/>
    <sequenceFlow id="f4" sourceRef="choose" targetRef="issue">
      <conditionExpression xsi:type="tFormalExpression">score &gt; 5</conditionExpression>
    </sequenceFlow>
    <sequenceFlow id="to_refuse" sourceRef="choose" targetRef="refused"/>
    <sequenceFlow id="f6" sourceRef="issue" targetRef="issued"/>
  </process>
</definitions>"""
GIVEN = {"applicant": "示例", "amount": 1200, "score": 1}
DECIDED = {"score": 9}


def run(*, quick: bool) -> list[dict[str, Any]]:
    """The rows of the bench."""
    # Short windows in turns: what else the machine does hits both alike.
    seconds = 1.5 if quick else 2.5
    rounds = 3 if quick else 8
    WORK.mkdir(parents=True, exist_ok=True)
    peer = _peer()
    ours, theirs = [], []
    with _server() as url:
        migrate(url)
        for _ in range(rounds):
            theirs.append(_peer_rate(peer, url, seconds))
            ours.append(asyncio.run(_rate(url, seconds)))
        timers = 5_000 if quick else 100_000
        idle = asyncio.run(_idle(url, timers))
    return [
        {
            "name": "durable instances of six steps",
            "value": round(max(ours)),
            "unit": "instances/s",
            "reference": round(max(theirs)),
            "goal": "ratio >= 5",
        },
        {
            "name": f"a worker's look for due timers, {timers:,} open and none due",
            "value": round(idle * 1000, 2),
            "unit": "ms",
            "goal": "< 5 ms",
        },
        {"name": "one step in memory", "value": round(_step_us(), 1), "unit": "us",
         "goal": "< 1000 us"},
    ]  # fmt: skip


@contextmanager
def _server() -> Iterator[str]:
    """A private PostgreSQL as `up` runs it, durable, thrown away afterwards."""
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        data = Path(folder)
        data.chmod(0o755)
        cluster = postgres.cluster(data, user=system_account.for_servers())
        handle = private_folder.Handle(cluster.folder)
        child = children.start(postgres.program(cluster, handle, log=data / "postgres.log"))
        try:
            children.wait_for(lambda: postgres.is_ready(cluster, child.pid), 60)
            yield cluster.url_of("postgres")
        finally:
            child.ask()
            child.end()
            handle.close()
            private_folder.remove(cluster.sockets)


# ── ours ─────────────────────────────────────────────────────────────────────────────────────


async def _rate(url: str, seconds: float) -> float:
    database = Database(url, size=CONNECTIONS)
    await database.open()
    processes = Processes(database, SystemClock(), FeelConditions())
    version = await processes.publish(SYSTEM, definition_in(read(SIX_STEPS.encode())))
    end = time.monotonic() + seconds
    begun = time.monotonic()
    together = Together(processes)
    counts = await asyncio.gather(*(_play(together, version, end) for _ in range(CLIENTS)))
    rate = sum(counts) / (time.monotonic() - begun)
    await database.close()
    return rate


async def _play(together: Together, version: Version, end: float) -> int:
    done = 0
    while time.monotonic() < end:
        instance = await together.start(SYSTEM, version, GIVEN)
        position = next(iter(instance.state.positions))
        last = await together.tell(instance.id, Complete(position, DECIDED))
        done += last.state.outcome == "issued"
    return done


async def _idle(url: str, timers: int) -> float:
    """Seconds that one look for due timers takes while so many are open, the best of many."""
    database = Database(url, size=3)
    await database.open()
    clock = FixedClock(SystemClock().now())
    processes = Processes(database, clock, FeelConditions())
    short = {"id": "wait", "steps": [
        {"id": "pause", "kind": "wait", "for": "P30D", "next": "done"},
        {"id": "done", "kind": "end"},
    ]}  # fmt: skip
    version = await processes.publish(SYSTEM, compile_short(short))
    together = Together(processes)
    for _ in range(0, timers, 1000):
        await asyncio.gather(*(together.start(SYSTEM, version, {}) for _ in range(1000)))
    worker = Worker(processes, {})
    best = float("inf")
    for _ in range(50):
        begun = time.perf_counter()
        await worker.fire_timers()
        best = min(best, time.perf_counter() - begun)
    clock.move(timedelta(days=31))
    fired = await worker.fire_timers()
    await database.close()
    return best if fired else float("inf")


def _step_us() -> float:
    program = prepare(definition_in(read(SIX_STEPS.encode())), FeelConditions())
    now, count = SystemClock().now(), 2000
    begun = time.perf_counter()
    for _ in range(count):
        state, _ = start(program, GIVEN, now)
        advance(program, state, Complete(next(iter(state.positions)), DECIDED), now)
    return (time.perf_counter() - begun) / (2 * count) * 1e6


# ── the peer ─────────────────────────────────────────────────────────────────────────────────


def _peer() -> Path:
    python = WORK / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(WORK / "venv")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *PEER], check=True)
    (WORK / "six.bpmn").write_text(SIX_STEPS)
    return python


def _peer_rate(python: Path, url: str, seconds: float) -> float:
    told = {
        "url": url, "seconds": seconds, "connections": CONNECTIONS,
        "file": str(WORK / "six.bpmn"), "given": GIVEN, "decided": DECIDED,
    }  # fmt: skip
    script = str(HOME / "peers" / "processes_spiff.py")
    found = subprocess.run(
        [str(python), script], input=json.dumps(told), capture_output=True, text=True, check=True
    )
    return float(json.loads(found.stdout)["rate"])
