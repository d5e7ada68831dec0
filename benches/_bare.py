"""The reference of a generic read: a bare Litestar handler with the same SQL and uvicorn settings.

`python -m benches._bare FD PROCESSES` with the address of the database and the statement in the
environment (BENCH_DATABASE, BENCH_STATEMENT).
"""

import os
import sys
from typing import Any

import msgspec
import uvicorn
from litestar import Litestar, Response, get
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from pengcheng.ops.serve import listener

POOL_SIZE = 8
_encoder = msgspec.json.Encoder(enc_hook=str)
_statement = os.environ.get("BENCH_STATEMENT", "")
_pool: Any = AsyncConnectionPool(
    os.environ.get("BENCH_DATABASE", ""), min_size=1, max_size=POOL_SIZE, open=False,
    kwargs={"autocommit": True, "prepare_threshold": 2},
)  # fmt: skip


@get("/api/v1/records/{code:str}")
async def one(code: str) -> Response[bytes]:
    """The row with this code as JSON."""
    async with _pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_statement, {"key": code})
        found = await cursor.fetchone()
    return Response(_encoder.encode(found), media_type="application/json")


async def _open() -> None:
    await _pool.open()


async def _close() -> None:
    await _pool.close()


def main() -> None:
    """Serve on an open socket in so many processes."""
    descriptor, processes = int(sys.argv[1]), int(sys.argv[2])
    for _ in range(processes - 1):
        if os.fork() == 0:
            break
    app = Litestar(
        [one],
        on_startup=[_open],
        on_shutdown=[_close],
        openapi_config=None,
    )
    settings = uvicorn.Config(
        app, loop="uvloop", http="httptools", ws="none", lifespan="on",
        access_log=False, log_level="warning", server_header=False,
    )  # fmt: skip
    uvicorn.Server(settings).run(sockets=[listener(descriptor)])


if __name__ == "__main__":
    main()
