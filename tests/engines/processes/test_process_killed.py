"""`kill -9` of workers at any moment: no instance is lost, no step's effect is doubled."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from pengcheng.engines.processes import FeelConditions, Processes, _store_lists
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import SystemClock
from tests.engines.processes.process_play import ENDS, definition, flows, task, timer
from tests.engines.processes.process_worker import OUTSIDE

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]
SECONDS_MAX = 120
PAUSE = f'<intermediateCatchEvent id="w">{timer("PT1S")}</intermediateCatchEvent>'
BODY = (
    ENDS
    + PAUSE
    + task("b", "serviceTask")
    + task("c", "serviceTask")
    + flows("s>b", "b>w", "w>c", "c>e")
)


async def begin_many(database: Database, number: int) -> None:
    processes = Processes(database, SystemClock(), FeelConditions())
    version = await processes.publish(SYSTEM, definition(BODY))
    async with database.transaction(SYSTEM) as work:
        for _ in range(number):
            await processes.start(work, version, {})


def worker(url: str) -> "subprocess.Popen[bytes]":
    module = "tests.engines.processes.process_worker"
    return subprocess.Popen([sys.executable, "-m", module, url], cwd=ROOT)


def running(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*) from process_instance where status = 'running'"
        ).fetchone()
    return int(row[0]) if row else 0


def kill_and_begin_again(url: str, kills: int) -> int:
    """Two workers, one after another killed; the last two finish. How many died at work."""
    at_work = 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OUTSIDE)
        # A dead worker's call is given back after its lease; the test does not wait a minute.
        lease = "update process_call set due_at = now() where due_at > now() + interval '2 seconds'"
        workers = [worker(url), worker(url)]
        try:
            for number in range(kills):
                time.sleep(0.9 + 0.13 * number)
                at_work += running(url) > 0
                victim = workers.pop(0)
                victim.kill()
                victim.wait()
                workers.append(worker(url))
            limit = time.monotonic() + SECONDS_MAX
            while running(url) and time.monotonic() < limit:
                time.sleep(0.2)
                connection.execute(lease)
        finally:
            for one in workers:
                one.kill()
                one.wait()
    return at_work


async def check_all(database: Database, number: int) -> None:
    async with database.reading() as work:
        rows = await work.tuples("select id, status, revision from process_instance")
        assert len(rows) == number
        assert Counter((row[1], row[2]) for row in rows) == {("ended", 4): number}
        for row in rows[:: max(1, number // 20)]:
            steps = await nodes_of(work, row[0])
            assert steps == ["s", "b", "w", "c", "e"]
        keys = [row[0] for row in await work.tuples("select key from outside")]
        assert len(set(keys)) == 2 * number
        assert await work.value("select count(*) from process_call") == 0
        assert await work.value("select count(*) from process_wait") == 0
        assert await work.value("select count(*) from log") == 4 * number + 1


async def nodes_of(work: Work, instance_id: UUID) -> list[str]:
    found = await _store_lists.path(work, instance_id)
    return [node for _, _, told in found for _, node in told["path"]]


async def test_workers_killed_at_work_lose_nothing_and_double_nothing(database: Database) -> None:
    await begin_many(database, 40)
    kill_and_begin_again(database.url, kills=1)
    await check_all(database, 40)


@pytest.mark.slow
async def test_a_thousand_instances_survive_many_kills(database: Database) -> None:
    await begin_many(database, 1_000)
    assert kill_and_begin_again(database.url, kills=8) >= 4
    await check_all(database, 1_000)
