"""What is read of many cases comes by an index: words by that of search, likeness by category."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pengcheng.engines.cases import CaseQuery, _store_finding, _store_lists
from pengcheng.engines.cases.finding import similar
from pengcheng.engines.deadlines import Deadline
from pengcheng.ground.database import Work, json_text
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.time import Promise
from pengcheng.ops.seed import system_scope
from tests.engines.cases.town import MONDAY, Town

pytestmark = pytest.mark.anyio

MANY = """
insert into cases (id, code, kind, title, step, stage, open, channel, category, area_no,
                   organisation_id, organisation_no, clock, accepted_at, closed_at, due_at,
                   deadline)
select gen_random_uuid(), 'X' || n, 'demand', 'x', 'closed', 'closed', n > 19800, 'api',
       case when n %% 3 = 0 then '民政' else '环保' end,
       440304007016001, '00000000-0000-0000-0000-000000000001', n %% 50,
       case when n > 19800 then 'running' else 'stopped' end,
       now() - (n %% 300) * interval '1 day',
       case when n > 19800 then null else now() end, now() + interval '1 day', %(deadline)s::jsonb
from generate_series(1, 20000) n;
insert into search_document (id, type, title, tokens, open, at)
select id, kind, title,
       (case when code like 'X%%7' then '噪音 ' else '' end || lower(code))::tsvector,
       open, accepted_at from cases;
"""

DEADLINE = Deadline(promise=Promise(1, "day"), started_at=MONDAY, at=MONDAY, watch_at=MONDAY)


class Explaining:
    """Takes the place of a `Work`: keeps the plan of the statement instead of its rows."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.plan = ""

    async def tuples(self, statement: str, **values: Any) -> list[Any]:
        told = await self._work.tuples(f"explain {statement}", **values)
        self.plan = "\n".join(line for (line,) in told)
        return []


async def many(town: Town) -> None:
    async with town.services.database.transaction(SYSTEM) as work:
        for statement in MANY.split(";")[:-1]:
            await work.run(statement, deadline=json_text(DEADLINE))
        await work.run("analyze cases")
        await work.run("analyze search_document")


async def test_a_word_in_a_list_is_found_by_the_index_of_search(town: Town) -> None:
    await many(town)
    scope = system_scope("read", "demand")
    async with town.services.database.listing(SYSTEM) as work:
        for text, state in (("噪音", "open"), ("罕见", "all"), ("x77", "closed")):
            seen = Explaining(work)
            query = CaseQuery(kind="demand", state=state, text=text, order="accepted")
            await _store_lists.page(seen, scope, query, datetime.now(UTC))  # type: ignore[arg-type]  # it asks only for rows
            assert "Seq Scan on cases" not in seen.plan, seen.plan


async def test_a_list_is_narrowed_by_words_or_by_the_number(town: Town) -> None:
    await many(town)
    services, scope = town.services, system_scope("read", "demand")

    async def codes(text: str, state: str = "all") -> list[str]:
        query = CaseQuery(kind="demand", state=state, text=text, order="accepted", limit=500)
        return [line.code for line in (await services.cases.page(scope, query)).cases]

    assert await codes("X19999") == ["X19999"]
    assert len(await codes("噪音", "open")) == 20
    assert await codes("没有的词") == []
    assert await codes("！？") == []


async def test_similar_cases_are_not_sought_among_all(town: Town) -> None:
    await many(town)
    services, scope = town.services, system_scope("read", "demand")
    case = await services.cases.get(scope, "X300")
    found = await similar(services.cases, scope, case)
    assert len(found) == 5
    assert {item.line.category for item in found} == {case.category}
    assert case.code not in {item.line.code for item in found}

    async with services.database.transaction(SYSTEM) as work:
        await work.run("update cases set similar_keys = '{7,8}' where code in ('X300', 'X19998')")
    assert (await similar(services.cases, scope, case))[0].line.code == "X19998"

    async with services.database.listing(SYSTEM) as work:
        seen = Explaining(work)
        await _store_finding.similar(seen, scope, case, 5)  # type: ignore[arg-type]  # as above
    assert "Seq Scan on cases" not in seen.plan, seen.plan


async def test_lines_come_in_the_order_asked_for(town: Town) -> None:
    await many(town)
    services, scope = town.services, system_scope("read", "demand")
    ids = [(await services.cases.get(scope, code)).id for code in ("X9", "X3", "X6")]
    lines = await services.cases.lines(scope, ids)
    assert [line.code for line in lines] == ["X9", "X3", "X6"]
