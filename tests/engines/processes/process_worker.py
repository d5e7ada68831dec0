"""A worker in a process of its own, to be killed: `python -m ... DATABASE_URL`.

Its service writes each key that it is asked for into a table of the outside world, in a
connection of its own, so that what happened outside is known also when the worker dies.
"""

import asyncio
import sys

import psycopg

from pengcheng.engines.processes import (
    Answered,
    FeelConditions,
    OutsideCall,
    Processes,
    Worker,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.time import SystemClock

OUTSIDE = "create table if not exists outside (key text, asked timestamptz default now())"


async def work(url: str) -> None:
    """Works until killed."""
    database = Database(url, size=2)
    await database.open()
    outside = await psycopg.AsyncConnection.connect(url, autocommit=True)

    async def serve(call: OutsideCall) -> Answered:
        await outside.execute("insert into outside (key) values (%s)", (call.key,))
        return Answered({call.node: True})

    worker = Worker(Processes(database, SystemClock(), FeelConditions()), {"*": serve})
    while True:
        if not await worker.run_due():
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
