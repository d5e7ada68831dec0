"""What becomes of values when a declaration changes: carried into the column of their new kind,
kept until their retention ends, or in the way of the change."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from pengcheng.engines.objects._tables import (
    Standing,
    history,
    newest_columns,
    sql_type,
    table,
)
from pengcheng.engines.objects._tables_indexes import wanted
from pengcheng.engines.objects.model import Change
from pengcheng.kernel.registry import Attribute, RecordType
from pengcheng.kernel.time import CITY_ZONE
from pengcheng.kernel.words import Words

PART_ROWS = 20_000
"""How many rows are locked at a time while values are carried over."""

_DAY = "^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_MONTH = "make_date(substr({c}, 1, 4)::int, substr({c}, 6, 2)::int, 1)"
_LAST = f"extract(day from {_MONTH} + interval '1 month' - interval '1 day')"
_ZONE = CITY_ZONE.key
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
CARRIED: Mapping[tuple[str, str], str] = {
    ("bigint", "text"): "{c}::text",
    ("double precision", "text"): "{c}::text",
    ("boolean", "text"): "{c}::text",
    ("date", "text"): "{c}::text",
    ("timestamp with time zone", "text"): "to_jsonb({c}) #>> '{{}}'",
    ("uuid", "text"): "{c}::text",
    ("jsonb", "text"): "{c} #>> '{{}}'",
    ("bigint", "double precision"): "{c}::double precision",
    ("double precision", "bigint"):
        "case when {c} = floor({c}) and abs({c}) < 9e15 then {c}::bigint end",
    ("text", "bigint"): "case when {c} ~ '^-?[0-9]{{1,18}}$' then {c}::bigint end",
    ("text", "double precision"):
        "case when {c} ~ '^-?[0-9]{{1,15}}([.][0-9]{{1,15}})?$' then {c}::double precision end",
    ("text", "boolean"): "case when {c} in ('true', 'false') then {c}::boolean end",
    ("text", "date"):
        f"case when {{c}} !~ '{_DAY.replace('{', '{{').replace('}', '}}')}' then null "
        f"when substr({{c}}, 9, 2)::int <= {_LAST} then {{c}}::date end",
    ("text", "uuid"):
        f"case when {{c}} ~ '{_UUID.replace('{', '{{').replace('}', '}}')}' then {{c}}::uuid end",
    ("date", "timestamp with time zone"): f"{{c}}::timestamp at time zone '{_ZONE}'",
    ("timestamp with time zone", "date"): f"({{c}} at time zone '{_ZONE}')::date",
    ("text", "jsonb"): "to_jsonb({c})",
    ("bigint", "jsonb"): "to_jsonb({c})",
    ("double precision", "jsonb"): "to_jsonb({c})",
    ("boolean", "jsonb"): "to_jsonb({c})",
    ("text", "text[]"): "case when {c} is not null then array[{c}] end",
    ("uuid", "uuid[]"): "case when {c} is not null then array[{c}] end",
    ("text[]", "text"): "case when cardinality({c}) = 1 then {c}[1] end",
    ("uuid[]", "uuid"): "case when cardinality({c}) = 1 then {c}[1] end",
}  # fmt: skip
"""From one kind of column to another, losing nothing; a value that does not fit gives null and
stays in the column it had."""


class Hindrance(msgspec.Struct, frozen=True, kw_only=True):
    """What forbids an attribute its declaration (`code`); `statement` counts it, up to a bound."""

    attribute: str
    code: str
    statement: str


def carried(type_: RecordType, standing: Standing) -> list[Change]:
    """Values of attributes whose kind changed go over into their new columns, in parts."""
    tables = ((table(type_), standing.columns), (history(type_), standing.history))
    return [change for name, columns in tables for change in _carried(type_, name, columns)]


def _carried(type_: RecordType, name: str, columns: Mapping[str, str]) -> list[Change]:
    made = []
    for item in type_.attributes:
        value = _former(item, columns)
        if value is None:
            continue
        column = f'"{item.column}"'
        statement = (
            f"update {name} set {column} = {value} where ctid = any(array("
            f"select ctid from {name} where {column} is null and ({value}) is not null "
            f"limit {PART_ROWS}))"
        )
        why = Words(
            f"{item.label.zh}换了类型，值带到新的一列",
            f"{item.label.en} is of another kind: its values go to a new column",
        )
        made.append(Change(type=type_.name, statement=statement, why=why, in_parts=True))
    return made


def _former(item: Attribute, columns: Mapping[str, str]) -> str | None:
    """The value of an attribute as its former column gives it; None where there is none."""
    if item.column in columns:
        return None
    former = newest_columns(columns).get(item.name)
    if former is None:
        return None
    pair = (columns[former[1]], sql_type(item))
    found = CARRIED.get(pair)
    return found.format(c=f'"{former[1]}"') if found else None


def hindrances(type_: RecordType, standing: Standing) -> list[Hindrance]:
    """What may stand in the way of a resolved type: values twice where they must be unique, many
    where there is to be one."""
    if not standing.columns:
        return []
    return [*_doubled(type_, standing), *_too_many(type_, standing)]


def _too_many(type_: RecordType, standing: Standing) -> list[Hindrance]:
    """Attributes that no longer take many values: records that have several would lose some."""
    former = newest_columns(standing.columns)
    lists = [
        (item.name, former[item.name][1])
        for item in type_.attributes
        if not item.many and item.column not in standing.columns and item.name in former
        and item.kind != "files" and standing.columns[former[item.name][1]].endswith("[]")
    ]  # fmt: skip
    alive = " and retired_at is null" if type_.role == "object" else ""
    return [
        Hindrance(
            attribute=name,
            code="schema.many_values",
            statement=f"select count(*) from (select 1 from {table(type_)} "
            f'where cardinality("{column}") > 1{alive} limit 1000) t',
        )
        for name, column in lists
    ]


def _doubled(type_: RecordType, standing: Standing) -> list[Hindrance]:
    valid = {one.key for one in standing.indexes if one.valid}
    by_column = {item.column: item for item in type_.attributes}
    found = []
    for index in wanted(type_):
        item = by_column.get(index.body.removeprefix("btree (").removesuffix(")"))
        if not index.unique or index.key in valid or item is None:
            continue
        value = f'"{item.column}"' if item.column in standing.columns else None
        value = value or _former(item, standing.columns)
        if value is not None:
            statement = (
                f"select count(*) from (select 1 from {table(type_)} where ({value}) is not null "
                f"group by {value} having count(*) > 1 limit 1000) t"
            )
            found.append(
                Hindrance(attribute=item.name, code="schema.duplicates", statement=statement)
            )
    return found


def ended(type_: RecordType, standing: Standing, now: datetime) -> list[Change]:
    """Columns that nobody declares any more go when the retention of their type has ended."""
    if type_.retention_days is None:
        return []
    before = now - timedelta(days=type_.retention_days)
    kept = {item.column for item in type_.attributes}
    made = []
    for column, since in sorted(standing.undeclared_since.items()):
        if column in kept or since > before:
            continue
        why = Words(
            f"{column} 不再声明，保存期限已到", f"{column} is not declared; its retention has ended"
        )
        for name, columns in ((table(type_), standing.columns), (history(type_), standing.history)):
            if column in columns:
                statement = f'alter table {name} drop column if exists "{column}"'
                made.append(Change(type=type_.name, statement=statement, why=why))
    return made
