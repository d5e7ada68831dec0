"""Reading lists: each query is planned for the values that it asks with."""

import pytest

from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import SYSTEM

pytestmark = pytest.mark.anyio
OFTEN = 12


async def plans_for_all_values(work: Work) -> int:
    """How often the server took one plan for any values, after a query that came often."""
    for number in range(OFTEN):
        await work.tuples("select seq from log where seq < %(number)s", number=number)
        await work.rows("select seq from log where seq > %(number)s", number=number)
    found = await work.tuples(
        """select coalesce(sum(generic_plans), 0)::int from pg_prepared_statements
           where statement like 'select seq from log%%'"""
    )
    return int(found[0][0])


async def test_a_list_is_planned_for_its_very_values_however_often_it_comes(
    database: Database,
) -> None:
    async with database.listing(SYSTEM) as work:
        assert await plans_for_all_values(work) == 0


async def test_other_statements_that_come_often_are_planned_once(database: Database) -> None:
    async with database.reading(SYSTEM) as work:
        assert await plans_for_all_values(work) > 0
