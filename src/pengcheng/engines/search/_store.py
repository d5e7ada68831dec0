"""SQL of the index."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pengcheng.engines.search.model import Document, Hit
from pengcheng.engines.search.tokens import query_of, vector_of
from pengcheng.ground.database import Row, Work
from pengcheng.ground.loading import copy_block
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope

SCOPE = Columns(owner="owner_id", assignee=None)
CANDIDATES_MAX = 500
LOOK_BACK_DAYS = (14, 120, None)
TABLE = "search_document"
COLUMNS = ("id", "type", "title", "tokens", "area_no", "organisation_no", "owner_id", "sensitivity",
           "open", "at")  # fmt: skip


async def put(work: Work, documents: Sequence[Document]) -> None:
    newest = {item.id: item for item in documents}
    await work.run_all(
        """insert into search_document (id, type, title, tokens, area_no, organisation_no, owner_id,
                                        sensitivity, open, at)
           select id, type, title, tokens, area_no, organisation_no, owner_id, sensitivity, open, at
           from json_populate_recordset(null::search_document, %(rows)s::json)
           on conflict (id) do update set title = excluded.title, tokens = excluded.tokens,
               area_no = excluded.area_no, organisation_no = excluded.organisation_no,
               owner_id = excluded.owner_id, sensitivity = excluded.sensitivity,
               open = excluded.open""",
        [
            {
                "id": item.id,
                "type": item.type,
                "title": item.title,
                "tokens": vector_of(item.title, item.text),
                "area_no": item.area_no,
                "organisation_no": item.organisation_no,
                "owner_id": item.owner_id,
                "sensitivity": item.sensitivity,
                "open": item.open,
                "at": item.at,
            }
            for item in newest.values()
        ],
    )


async def missing(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    rows = await work.tuples(
        "select id from search_document where id = any(%(ids)s)", ids=list(ids)
    )
    return set(ids) - {row[0] for row in rows}


async def copy(work: Work, lines: bytes) -> None:
    await copy_block(work, TABLE, COLUMNS, lines)


async def move(work: Work, rows: Sequence[Row]) -> None:
    """Bring what authorisation needs up to date, where the text did not change."""
    await work.run_all(
        """update search_document d set area_no = m.area_no, organisation_no = m.organisation_no,
                  sensitivity = m.sensitivity, open = m.open
           from json_populate_recordset(null::search_document, %(rows)s::json) m
           where d.id = m.id and (d.area_no, d.organisation_no, d.sensitivity, d.open)
                 is distinct from (m.area_no, m.organisation_no, m.sensitivity, m.open)""",
        rows,
    )


async def drop(work: Work, ids: Sequence[UUID]) -> None:
    await work.run("delete from search_document where id = any(%(ids)s)", ids=list(ids))


async def find(work: Work, scope: Scope, query: str, limit: int) -> list[Hit]:
    """The best of the newest candidates that the scope holds.

    Looked for among the newest documents first and further back only while there are too few:
    a word that a tenth of all documents have is not read in every one of them.
    """
    rows: list[Row] = []
    for days in LOOK_BACK_DAYS:
        rows = await candidates(work, scope, query, limit, days)
        if rows and rows[0]["candidates"] >= CANDIDATES_MAX:
            break
    return [Hit(**{name: row[name] for name in Hit.__struct_fields__}) for row in rows]


def matching(type_name: str, text: str) -> tuple[str, dict[str, Any]]:
    """A subquery with its parameters: the ids of the documents of a type that match every word
    typed. No scope is asked for: whoever selects by it asks for that of the rows themselves."""
    found = """select id from search_document
               where tokens @@ %(matching)s::tsquery and type = %(matching_type)s"""
    return found, {"matching": query_of(text), "matching_type": type_name}


async def candidates(
    work: Work, scope: Scope, query: str, limit: int, days: int | None
) -> list[Row]:
    """The best of the newest candidates of so many days (None: of all time), with how many
    candidates there are."""
    where, values = predicate(scope, SCOPE)
    since = "and at > now() - make_interval(days => %(days)s)" if days else ""
    # Without `offset 0`, the planner would read document by document, newest first, in the hope
    # of being done soon; apart, what matches comes from the index of words.
    return await work.rows(
        f"""select id, type, title, at, open, ts_rank(tokens, %(query)s::tsquery) as rank,
                   count(*) over () as candidates
            from (select * from (
                      select id, type, title, at, open, tokens from search_document
                      where tokens @@ %(query)s::tsquery and type = %(type)s and {where} {since}
                      offset 0) matching
                  order by at desc limit {CANDIDATES_MAX}) newest
            order by rank desc, at desc limit %(limit)s""",
        query=query,
        type=scope.type,
        limit=limit,
        days=days,
        **values,
    )
