"""SQL of records: composed from the declaration once, cached by type and registry version."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.objects import _tables
from pengcheng.engines.objects._store_filters import column_named, conditions
from pengcheng.engines.objects._values import as_stored
from pengcheng.engines.objects.model import Filter, Record
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.registry import JSON_KINDS, RecordType

COLUMNS = Columns(owner="owner_id", sensitivity="sensitivity")
_HEAD = "id, code, title, area_no, organisation_no, owner_id, sensitivity, version, changed_at"


class Selection(msgspec.Struct, frozen=True):
    """What a statement selects of a type: SQL list, names in order, and its parameters."""

    columns: str
    names: tuple[str, ...]
    values: dict[str, Any]


def scoped(type_: RecordType, scope: Scope, prefix: str = "scope") -> tuple[str, dict[str, Any]]:
    """The scope's predicate over a type's table; attributes may appear in a right's `where`."""
    return predicate(scope, _columns_of(type_), prefix)


def _columns_of(type_: RecordType) -> Columns:
    return msgspec.structs.replace(
        COLUMNS,
        attributes=tuple(item.name for item in type_.attributes),
        renamed={item.name: item.column for item in type_.attributes if item.stored_as},
    )


def selection(type_: RecordType, scope: Scope, fields: tuple[str, ...] | None) -> Selection:
    """Head columns and the attributes that the scope shows.

    An attribute that only some regions may see becomes a CASE over those regions.
    """
    parts, names, values = [_HEAD], [], dict[str, Any]()
    for number, item in enumerate(type_.attributes):
        if fields is not None and item.name not in fields:
            continue
        allowed = [r for r in scope.regions if r.sensitivity >= item.sensitivity]
        if not allowed:
            continue
        column = _tables.column_of(item)
        if len(allowed) < len(scope.regions):
            narrowed = msgspec.structs.replace(scope, regions=tuple(allowed))
            test, more = predicate(narrowed, _columns_of(type_), f"see_{number}")
            column = f"case when {test} then {column} end"
            values.update(more)
        parts.append(f'{column} as "{item.name}"')
        names.append(item.name)
    wants_place = type_.place and (fields is None or "place" in fields)
    parts.append(f"{'st_asgeojson(place, 7)' if wants_place else 'null'} as place_text")
    return Selection(", ".join(parts), tuple(names), values)


def to_record(type_: RecordType, row: Sequence[Any], names: Sequence[str]) -> Record:
    """A row of a selection as a value."""
    return Record(
        id=row[0],
        type=type_.name,
        code=row[1],
        title=row[2],
        area_no=row[3],
        organisation_no=row[4],
        owner_id=row[5],
        sensitivity=row[6],
        version=row[7],
        changed_at=row[8],
        attributes=dict(zip(names, row[9:-1], strict=True)),
        place=row[-1],
    )


async def by_key(
    work: Work, type_: RecordType, scope: Scope, key: UUID | str, *, lock: str = ""
) -> Record | None:
    """A record by id or code, if the scope holds it."""
    column = "id" if isinstance(key, UUID) else "code"
    found = await standing(work, type_, scope, f"{column} = %(key)s", lock, key=key)
    return found[0] if found else None


async def standing(
    work: Work, type_: RecordType, scope: Scope, test: str, ending: str = "", **given: Any
) -> list[Record]:
    """The records that pass a test and that the scope holds; `ending` orders or locks them."""
    chosen = selection(type_, scope, None)
    where, values = scoped(type_, scope)
    rows = await work.tuples(
        f"select {chosen.columns} from {_tables.table(type_)} "
        f"where {test} and retired_at is null and {where} {ending}",
        **given,
        **values,
        **chosen.values,
    )
    return [to_record(type_, row, chosen.names) for row in rows]


async def whole(work: Work, type_: RecordType, record: Record) -> Mapping[str, Any]:
    """Every attribute of a record, whoever asks, where its type needs them to judge a change."""
    if not type_.rules and not any(item.follows for item in type_.attributes):
        return record.attributes
    columns = ", ".join(map(_tables.column_of, type_.attributes))
    rows = await work.tuples(
        f"select {columns} from {_tables.table(type_)} where id = %(id)s", id=record.id
    )
    names = (item.name for item in type_.attributes)
    return dict(zip(names, rows[0], strict=True)) if rows else {}


async def by_codes(
    work: Work, type_: RecordType, scope: Scope, codes: Sequence[str]
) -> list[Record]:
    """The records of these codes that the scope holds, kept as they are until the transaction
    ends."""
    test, ending = "code = any(%(codes)s)", "order by id for update"
    return await standing(work, type_, scope, test, ending, codes=list(codes))


async def held(work: Work, type_: RecordType, scope: Scope, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these records the scope holds."""
    where, values = scoped(type_, scope)
    rows = await work.tuples(
        f"select id from {_tables.table(type_)} where id = any(%(ids)s) and {where}",
        ids=list(ids),
        **values,
    )
    return {row[0] for row in rows}


async def count(work: Work, type_: RecordType, scope: Scope, filters: Sequence[Filter]) -> int:
    where, values = scoped(type_, scope)
    parts, more = conditions(type_, scope, filters)
    tests = " and ".join(["retired_at is null", where, *parts])
    found = await work.value(
        f"select count(*) from (select 1 from {_tables.table(type_)} where {tests} limit 100001) c",
        **values,
        **more,
    )
    return int(found)


def insert_statement(type_: RecordType) -> str:
    """The statement that adds a record and its line in the table of all records."""
    names = [_tables.column_of(item) for item in type_.attributes]
    marks = [
        f"%(a_{at})s" + ("::jsonb" if item.kind in JSON_KINDS else "")
        for at, item in enumerate(type_.attributes)
    ]
    place = [("place", "st_geomfromgeojson(%(place)s)")] if type_.place else []
    fixed = ["id", "code", "title", "area_no", "organisation_no", "owner_id", "sensitivity"]
    columns = ", ".join([*fixed, *names, *(name for name, _ in place)])
    values = ", ".join([*(f"%({name})s" for name in fixed), *marks, *(mark for _, mark in place)])
    return (
        "with line as (insert into record (id, type, code, area_no, title) values "
        f"(%(id)s, '{type_.name}', %(code)s, %(area_no)s, %(title)s)) "
        f"insert into {_tables.table(type_)} ({columns}) values ({values})"
    )


async def update(
    work: Work,
    type_: RecordType,
    record: Record,
    values: Mapping[str, Any],
    *,
    title: str,
    version: int,
) -> int:
    """Write a new version where the old one still stands; the old one goes to history."""
    await _supersede(work, type_, record.id, version)
    sets = ["version = version + 1", "changed_at = clock_timestamp()", "title = %(title)s"]
    sets += [f"{_set(type_, name)}" for name in values]
    return await work.run(
        f"update {_tables.table(type_)} set {', '.join(sets)} "
        "where id = %(id)s and version = %(version)s and retired_at is null",
        id=record.id,
        version=version,
        title=title,
        **{f"v_{name}": _kept(type_, name, value) for name, value in values.items()},
    )


async def _supersede(work: Work, type_: RecordType, record_id: UUID, version: int) -> None:
    """Keep the version that stands, where the type keeps history."""
    if not _tables.keeps_history(type_):
        return
    names = ", ".join(
        [f"{_HEAD}, valid_from, retired_at", *map(_tables.column_of, type_.attributes)]
        + (["place"] if type_.place else [])
    )
    await work.run(
        f"insert into {_tables.history(type_)} ({names}) select {names} "
        f"from {_tables.table(type_)} where id = %(id)s and version = %(version)s "
        "and retired_at is null",
        id=record_id,
        version=version,
    )


def _set(type_: RecordType, name: str) -> str:
    item = type_.attribute(name)
    if name == "place":
        return "place = st_geomfromgeojson(%(v_place)s)"
    cast = "::jsonb" if item and item.kind in JSON_KINDS else ""
    return f'"{type_.column(name)}" = %(v_{name})s{cast}'


def _kept(type_: RecordType, name: str, value: Any) -> Any:
    item = type_.attribute(name)
    return value if item is None else as_stored(item, value)


async def rename(work: Work, record_id: UUID, title: str, area_no: int | None) -> None:
    await work.run(
        "update record set title = %(title)s, area_no = %(area)s where id = %(id)s",
        id=record_id,
        title=title,
        area=area_no,
    )


async def retire(work: Work, type_: RecordType, record_id: UUID, version: int) -> int:
    await _supersede(work, type_, record_id, version)
    return await work.run(
        f"update {_tables.table(type_)} set retired_at = clock_timestamp(), version = version + 1 "
        "where id = %(id)s and version = %(version)s and retired_at is null",
        id=record_id,
        version=version,
    )


async def versions(work: Work, type_: RecordType, scope: Scope, record_id: UUID) -> list[Row]:
    """Superseded versions, newest first, as far as the scope holds them."""
    where, values = scoped(type_, scope)
    chosen = selection(type_, scope, None)
    return await work.rows(
        f"select {chosen.columns}, recorded_to from {_tables.history(type_)} "
        f"where id = %(id)s and {where} order by version desc limit 500",
        id=record_id,
        **values,
        **chosen.values,
    )


async def serials(work: Work, how_many: int) -> list[int]:
    rows = await work.tuples(
        "select nextval('record_serial') from generate_series(1, %(n)s)", n=how_many
    )
    return [int(row[0]) for row in rows]


async def known_ids(work: Work, type_: RecordType, ids: Sequence[UUID]) -> set[UUID]:
    rows = await work.tuples(
        f"select id from {_tables.table(type_)} where id = any(%(ids)s)", ids=list(ids)
    )
    return {row[0] for row in rows}


async def ids_of_codes(work: Work, type_: RecordType, codes: Sequence[str]) -> dict[str, str]:
    """The ids of the records that have these codes, by code."""
    rows = await work.tuples(
        f"select code, id::text from {_tables.table(type_)} "
        "where code = any(%(codes)s) and retired_at is null",
        codes=list(codes),
    )
    return dict(rows)


async def standing_values(
    work: Work, type_: RecordType, name: str, values: Sequence[Any], *, but: UUID | None = None
) -> set[Any]:
    """Which of these values some record has in an attribute or its code; `but` leaves one out."""
    if not values:
        return set()
    column = "code" if name == "code" else f'"{type_.column(name)}"'
    rows = await work.tuples(
        f"select {column} from {_tables.table(type_)} where {column} = any(%(values)s) "
        "and (%(but)s::uuid is null or id <> %(but)s)",
        values=list(values),
        but=but,
    )
    return {row[0] for row in rows}


async def grouped(
    work: Work, type_: RecordType, scope: Scope, by: str, filters: Sequence[Filter]
) -> list[tuple[Any, int]]:
    """Counts by one column, most first; a record with many values counts for each."""
    where, values = scoped(type_, scope)
    parts, more = conditions(type_, scope, filters)
    column, item = column_named(type_, scope, by, "/by")
    tests = " and ".join(["retired_at is null", where, *parts])
    table = _tables.table(type_)
    if item is not None and item.many:
        table, column = f"{table} cross join lateral unnest({column}) as one(value)", "one.value"
    rows = await work.tuples(
        f"select {column}, count(*) from {table} where {tests} "
        f"group by {column} order by 2 desc limit 1000",
        **values,
        **more,
    )
    return [(row[0], int(row[1])) for row in rows]
