"""The worker's sign of life, and room in the log for the months to come."""

import pytest

from pengcheng.ground import vitals
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM

pytestmark = pytest.mark.anyio


async def test_a_worker_lives_while_it_says_so(database: Database) -> None:
    async with database.transaction(SYSTEM) as work:
        never = await vitals.is_worker_alive(work)
        await vitals.tell_alive(work)
        await vitals.tell_alive(work)
        said = await vitals.is_worker_alive(work)
        await work.run(
            "update city_setting set changed_at = now() - make_interval(secs => %(s)s) "
            "where name = 'worker.alive'",
            s=vitals.ALIVE_SECONDS_MAX + 1,
        )
        silent = await vitals.is_worker_alive(work)

    assert (never, said, silent) == (False, True, False)


async def test_the_log_has_room_for_this_month_and_the_next_three(database: Database) -> None:
    async with database.transaction(SYSTEM) as work:
        await vitals.make_partitions(work)
        await vitals.make_partitions(work)
        held = await work.tuples(
            """select n, exists (
                   select 1 from pg_inherits i join pg_class c on c.oid = i.inhrelid
                   where i.inhparent = 'log'::regclass
                     and pg_get_expr(c.relpartbound, c.oid) like '%%''' ||
                         (date_trunc('month', now()) + n * interval '1 month')::date || '%%')
               from generate_series(0, 3) n"""
        )

    assert held == [(n, True) for n in range(4)]
