"""SQL of edges between records; who reads must reach both ends."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects._store import scoped
from pengcheng.engines.objects.edges import Edge, EdgeQuery, End, Joined, Related
from pengcheng.ground.database import Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.ids import to_id
from pengcheng.kernel.registry import RecordType, Relation

_END = "id, code, title, area_no, organisation_no, sensitivity"
_EDGE = "id, from_id, to_id, valid_from, valid_to"


async def ends(
    work: Work, type_: RecordType, scope: Scope, keys: Iterable[str], *, lock: str = ""
) -> dict[str, End]:
    """The records of these ids or codes that the scope holds, by what names them."""
    named = sorted(set(keys))
    ids = {key: found for key in named if (found := to_id(key))}
    where, values = scoped(type_, scope)
    rows = await work.tuples(
        f"select {_END} from {_tables.table(type_)} where (id = any(%(ids)s) or code = any("
        f"%(codes)s)) and retired_at is null and {where} order by id {lock}",
        ids=list(ids.values()),
        codes=[key for key in named if key not in ids],
        **values,
    )
    held = [End(**dict(zip(End.__struct_fields__, row, strict=True))) for row in rows]
    by_id, by_code = {one.id: one for one in held}, {one.code: one for one in held}
    told = {key: by_id.get(ids[key]) if key in ids else by_code.get(key) for key in named}
    return {key: one for key, one in told.items() if one is not None}


async def edges_from(
    work: Work, type_: RecordType, relation: Relation, ids: Sequence[UUID]
) -> list[Edge]:
    """Every edge of a relation that begins at these records."""
    rows = await work.tuples(
        f"select {_EDGE} from record_edge where from_id = any(%(ids)s) and type = %(type)s "
        "and relation = %(relation)s and withdrawn_at is null",
        ids=list(ids),
        type=type_.name,
        relation=relation.name,
    )
    return [Edge(**dict(zip(Edge.__struct_fields__, row, strict=True))) for row in rows]


async def add(work: Work, type_: RecordType, relation: Relation, new: Sequence[Edge]) -> None:
    await work.run_each(
        f"insert into record_edge ({_EDGE}, type, relation, to_type) values (%(id)s, %(from_id)s, "
        "%(to_id)s, %(valid_from)s, %(valid_to)s, %(type)s, %(relation)s, %(to_type)s)",
        [
            {
                **{name: getattr(edge, name) for name in Edge.__struct_fields__},
                "type": type_.name, "relation": relation.name, "to_type": relation.to,
            }
            for edge in new
        ],
    )  # fmt: skip


async def end(work: Work, edge_id: UUID, valid_to: datetime) -> None:
    await work.run(
        "update record_edge set valid_to = %(to)s where id = %(id)s", id=edge_id, to=valid_to
    )


async def withdraw(work: Work, edge_id: UUID) -> None:
    await work.run(
        "update record_edge set withdrawn_at = clock_timestamp() where id = %(id)s", id=edge_id
    )


async def end_all(work: Work, record_id: UUID, at: datetime) -> int:
    """End every edge of a record, at either end; how many. One that was yet to begin goes."""
    await work.run(
        "update record_edge set withdrawn_at = clock_timestamp() where withdrawn_at is null "
        "and (from_id = %(id)s or to_id = %(id)s) and valid_from >= %(at)s",
        id=record_id,
        at=at,
    )
    return await work.run(
        "update record_edge set valid_to = %(at)s where withdrawn_at is null "
        "and (from_id = %(id)s or to_id = %(id)s) and (valid_to is null or valid_to > %(at)s)",
        id=record_id,
        at=at,
    )


async def related(
    work: Work,
    declaring: RecordType,
    relation: Relation,
    other: tuple[RecordType, Scope],
    record_id: UUID,
    query: EdgeQuery,
    *,
    incoming: bool,
) -> list[Related]:
    """The other ends that the scope holds, one more than the limit where there is a next page."""
    own, far = ("to_id", "from_id") if incoming else ("from_id", "to_id")
    type_, scope = other
    where, values = scoped(type_, scope, "other")
    tests, more = _conditions(query)
    rows = await work.tuples(
        f"""select e.id, t.id, t.code, t.title, e.valid_from, e.valid_to from record_edge e
            join (select id, code, title from {_tables.table(type_)}
                  where retired_at is null and {where}) t on t.id = e.{far}
            where e.{own} = %(record)s and e.type = %(type)s and e.relation = %(relation)s
              and e.to_type = %(to_type)s and {tests}
            order by e.valid_from desc, e.id desc limit {query.limit + 1}""",
        record=record_id,
        type=declaring.name,
        relation=relation.name,
        to_type=relation.to,
        **values,
        **more,
    )
    return [
        Related(edge=row[0], type=type_.name, id=row[1], code=row[2], title=row[3],
                valid_from=row[4], valid_to=row[5])
        for row in rows
    ]  # fmt: skip


async def joined(
    work: Work,
    near: tuple[RecordType, Scope],
    relation: Relation,
    far: tuple[RecordType, Scope],
    query: EdgeQuery,
) -> list[Joined]:
    """Edges of a relation of which the scopes hold both ends, one more than the limit."""
    first, first_values = scoped(*near, "near")
    second, second_values = scoped(*far, "far")
    tests, more = _conditions(query)
    rows = await work.tuples(
        f"""select e.id, f.code, f.title, t.code, t.title, e.valid_from, e.valid_to
            from record_edge e
            join (select id, code, title from {_tables.table(near[0])}
                  where retired_at is null and {first}) f on f.id = e.from_id
            join (select id, code, title from {_tables.table(far[0])}
                  where retired_at is null and {second}) t on t.id = e.to_id
            where e.type = %(type)s and e.relation = %(relation)s and e.to_type = %(to_type)s
              and {tests}
            order by e.valid_from desc, e.id desc limit {query.limit + 1}""",
        type=near[0].name,
        relation=relation.name,
        to_type=relation.to,
        **first_values,
        **second_values,
        **more,
    )
    return [Joined(**dict(zip(Joined.__struct_fields__, row, strict=True))) for row in rows]


def _conditions(query: EdgeQuery) -> tuple[str, Mapping[str, Any]]:
    tests, values = ["e.withdrawn_at is null"], dict[str, Any]()
    if query.at is not None:
        tests.append("e.valid_from <= %(at)s and (e.valid_to is null or e.valid_to > %(at)s)")
        values["at"] = query.at
    if query.after is not None:
        tests.append("(e.valid_from, e.id) < (%(after_at)s, %(after_id)s)")
        values["after_at"], values["after_id"] = query.after
    return " and ".join(tests), values


async def hindrances(work: Work, types: Mapping[str, RecordType]) -> list[Fault]:
    """Standing edges that the declared relations forbid: to records of another type, or several
    at a time where one may be."""
    standing = await work.tuples(
        "select type, relation, to_type, count(*) from record_edge where withdrawn_at is null "
        "group by 1, 2, 3 order by 1, 2, 3"
    )
    faults = []
    for name, relation_name, to_type, count in standing:
        type_ = types.get(name)
        relations = type_.relations if type_ else ()
        relation = next((one for one in relations if one.name == relation_name), None)
        if relation is None:
            continue
        at = f"/types/{name}/relations/{relation_name}"
        facts = {"type": name, "relation": relation_name, "count": count, "to": to_type}
        if relation.to != to_type:
            faults.append(Fault(path=at, code="schema.relation_to", facts=facts))
        elif not relation.many and (several := await _several(work, name, relation_name)):
            facts["count"] = several
            faults.append(Fault(path=at, code="schema.relation_one", facts=facts))
    return faults


async def _several(work: Work, type_name: str, relation: str) -> int:
    """How many records have two edges of a relation at some instant."""
    found = await work.value(
        """select count(distinct a.from_id) from record_edge a join record_edge b
             on b.from_id = a.from_id and b.type = a.type and b.relation = a.relation
            and b.id > a.id and b.withdrawn_at is null
            and tstzrange(b.valid_from, b.valid_to) && tstzrange(a.valid_from, a.valid_to)
           where a.type = %(type)s and a.relation = %(relation)s and a.withdrawn_at is null""",
        type=type_name,
        relation=relation,
    )
    return int(found)
