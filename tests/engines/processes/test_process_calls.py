"""Processes that call one another."""

import pytest

from pengcheng.engines.processes import Processes, Worker
from pengcheng.engines.processes.working import CALLS_DEEP_MAX
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from tests.engines.processes.process_play import definition, flows, task
from tests.engines.processes.test_process_durable import (
    EVERYWHERE,
    begin_version,
    count,
)

pytestmark = pytest.mark.anyio

ENDS = '<startEvent id="s"/><endEvent id="e"/>'


async def test_a_process_that_comes_round_to_call_itself_stops_at_a_named_depth(
    processes: Processes, database: Database
) -> None:
    call = task("c", "callActivity", attributes='calledElement="circle"')
    own = definition(ENDS + call + flows("s>c", "c>e"))
    version = await processes.publish(SYSTEM, own, "circle")
    await begin_version(processes, version)
    worker = Worker(processes, {})
    while await worker.run_due():
        pass
    (stuck,) = await processes.parked(EVERYWHERE)
    assert (stuck.node, stuck.code) == ("c", "process.calls_too_deep")
    assert await count(database, "process_instance") == CALLS_DEEP_MAX
