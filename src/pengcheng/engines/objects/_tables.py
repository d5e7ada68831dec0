"""The tables of declared types: what a declaration wants, what stands, and the DDL between."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from pengcheng.engines.objects.model import Change
from pengcheng.kernel.registry import Attribute, Place, RecordType
from pengcheng.kernel.words import Words

SQL_TYPE: Mapping[str, str] = {
    "text": "text",
    "long_text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "instant": "timestamp with time zone",
    "code": "text",
    "reference": "uuid",
    "identity_number": "text",
    "social_credit_code": "text",
    "telephone": "text",
    "email": "text",
    "files": "uuid[]",
    "json": "jsonb",
    "table": "jsonb",
}
"""SQL types as the catalogue of PostgreSQL writes them; of one value of a kind."""
GEOMETRY: Mapping[Place, str] = {
    "point": "geometry(Point,4326)",
    "line": "geometry(MultiLineString,4326)",
    "polygon": "geometry(MultiPolygon,4326)",
}
_FIXED = """id uuid primary key, code text not null, title text not null default '',
    area_no bigint, organisation_no bigint, owner_id uuid, sensitivity smallint not null,
    version int not null default 1, valid_from timestamptz not null default now(),
    changed_at timestamptz not null default now(), retired_at timestamptz"""
FIXED_COLUMNS = frozenset({
    "id", "code", "title", "area_no", "organisation_no", "owner_id", "sensitivity", "version",
    "valid_from", "changed_at", "retired_at", "place", "recorded_to",
})  # fmt: skip
"""Columns that a type's tables have for themselves: an attribute of such a name ("title") stands in
a column beside it."""
GENERATION = re.compile(r"^(?P<name>[a-z][a-z0-9_]*)(?:\$(?P<number>[0-9]+))?$")


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """An index as the catalogue tells it, without quotes; `body` begins with its method. `made` is
    what is written to build it, where that is more than the names of columns."""

    name: str
    body: str
    made: str = ""
    schema: str = "city"
    unique: bool = False
    valid: bool = True

    @property
    def key(self) -> tuple[str, bool, str]:
        """What an index does, whatever it is called."""
        return self.schema, self.unique, self.body


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands of one type: columns with their SQL types, indexes, and since when a column is
    no longer declared."""

    columns: Mapping[str, str] = {}
    history: Mapping[str, str] = {}
    indexes: Sequence[Index] = ()
    undeclared_since: Mapping[str, datetime] = {}


NOTHING = Standing()
NEW_TYPE = Words("新类型，新建一张表", "a new type, a new table")
NEW_HISTORY = Words("保留历史版本，新建一张表", "superseded versions are kept: a new table")


def table(type_: RecordType) -> str:
    """The quoted name of a type's table."""
    return f'city."{type_.name}"'


def history(type_: RecordType) -> str:
    """The quoted name of the table of a type's superseded versions."""
    return f'city_history."{type_.name}"'


def column_of(attribute: Attribute) -> str:
    """The quoted column of an attribute."""
    return f'"{attribute.column}"'


def sql_type(attribute: Attribute) -> str:
    """The SQL type of an attribute's column."""
    return SQL_TYPE[attribute.kind] + ("[]" if attribute.many else "")


def pieces_of(column: str) -> str:
    """The text whose trigrams are the characters and pairs of neighbours of a column's text: each
    character three times. Of Chinese words most have two characters, less than one trigram."""
    return rf"regexp_replace({column}, '(.)', '\1\1\1', 'g')"


def keeps_history(type_: RecordType) -> bool:
    """Whether superseded versions of a type's records are kept in a table of their own."""
    return type_.history and type_.role == "object"


def resolved(type_: RecordType, columns: Mapping[str, str]) -> RecordType:
    """The type with the column of each attribute.

    An attribute whose kind changed gets a new column beside the old one ("opened$2"): processes
    that still serve the older declaration, and statements that they have prepared, go on with the
    column they know. The newest column of a name is the one that holds its values.
    """
    newest = newest_columns(columns)
    return msgspec.structs.replace(
        type_, attributes=tuple(_resolved(item, newest, columns) for item in type_.attributes)
    )


def newest_columns(columns: Iterable[str]) -> dict[str, tuple[int, str]]:
    """The newest column of each name, with its generation."""
    found: dict[str, tuple[int, str]] = {}
    for column in columns:
        if column in FIXED_COLUMNS:
            continue
        if parts := GENERATION.match(column):
            made = (int(parts["number"] or 1), column)
            found[parts["name"]] = max(made, found.get(parts["name"], made))
    return found


def _resolved(
    item: Attribute, newest: Mapping[str, tuple[int, str]], columns: Mapping[str, str]
) -> Attribute:
    own = f"{item.name}$1" if item.name in FIXED_COLUMNS else item.name
    generation, column = newest.get(item.name, (1, own))
    if columns.get(column, sql_type(item)) != sql_type(item):
        column = f"{item.name}${generation + 1}"
    stored_as = None if column == item.name else column
    return msgspec.structs.replace(item, stored_as=stored_as)


def column_changes(type_: RecordType, standing: Standing) -> list[Change]:
    """What brings the tables of a resolved type to their columns.

    Columns are only ever added, nullable; one that is no longer declared stays.
    """
    changes = _grown(type_, table(type_), standing.columns) if standing.columns else []
    if not standing.columns:
        changes = [_created(type_, table(type_), NEW_TYPE, _fixed(type_))]
    if standing.history:
        # Also while no history is kept: it may be declared again.
        return [*changes, *_grown(type_, history(type_), standing.history)]
    if not keeps_history(type_):
        return changes
    fixed = _fixed(type_).replace(" primary key", " not null")
    tail = "recorded_to timestamptz not null default now()"
    return [*changes, _created(type_, history(type_), NEW_HISTORY, fixed, tail)]


def _fixed(type_: RecordType) -> str:
    return _FIXED if type_.role == "object" else "id uuid primary key"


def _grown(type_: RecordType, name: str, present: Mapping[str, str]) -> list[Change]:
    return [
        Change(
            type=type_.name,
            statement=f'alter table {name} add column if not exists "{column}" {kind}',
            why=Words(f"新增一列 {column}", f"the column {column} is new"),
        )
        for column, kind in _declared(type_)
        if column not in present
    ]


def _created(type_: RecordType, name: str, why: Words, fixed: str, tail: str = "") -> Change:
    columns = [fixed, *(f'"{column}" {kind}' for column, kind in _declared(type_))]
    body = ", ".join([*columns, tail] if tail else columns)
    return Change(
        type=type_.name,
        statement=f"create table if not exists {name} ({body})",
        why=why,
    )


def _declared(type_: RecordType) -> list[tuple[str, str]]:
    """Every declared column with its SQL type, the place first."""
    place = []
    if type_.place and type_.role == "object":
        place = [("place", GEOMETRY[type_.place])]
    return [*place, *((item.column, sql_type(item)) for item in type_.attributes)]
