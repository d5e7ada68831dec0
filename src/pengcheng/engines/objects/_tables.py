"""The tables of declared types: what a declaration wants, what stands, and the DDL between."""

from collections.abc import Iterable, Mapping

from pengcheng.engines.objects.model import Change
from pengcheng.kernel.registry import Attribute, Place, RecordType

SQL_TYPE: Mapping[str, str] = {
    "text": "text",
    "long_text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "instant": "timestamptz",
    "code": "text",
    "reference": "uuid",
    "identity_number": "text",
    "social_credit_code": "text",
    "telephone": "text",
    "email": "text",
    "files": "uuid[]",
    "json": "jsonb",
}
GEOMETRY: Mapping[Place, str] = {
    "point": "geometry(Point, 4326)",
    "line": "geometry(MultiLineString, 4326)",
    "polygon": "geometry(MultiPolygon, 4326)",
}
_FIXED = """id uuid primary key, code text not null, title text not null default '',
    area_no bigint, organisation_no bigint, owner_id uuid, sensitivity smallint not null,
    version int not null default 1, valid_from timestamptz not null default now(),
    changed_at timestamptz not null default now(), retired_at timestamptz"""
RESERVED = frozenset(
    [
        "id",
        "code",
        "title",
        "area_no",
        "organisation_no",
        "owner_id",
        "sensitivity",
        "version",
        "valid_from",
        "changed_at",
        "retired_at",
        "place",
        "recorded_to",
    ]
)


def table(type_: RecordType) -> str:
    """The quoted name of a type's table."""
    return f'city."{type_.name}"'


def history(type_: RecordType) -> str:
    """The quoted name of the table of a type's superseded versions."""
    return f'city_history."{type_.name}"'


def column_of(attribute: Attribute) -> str:
    """The quoted column of an attribute."""
    return f'"{attribute.name}"'


def plan(type_: RecordType, present: Mapping[str, str]) -> list[Change]:
    """What turns the present table (column name to SQL type; empty: none) into the declared one.

    Columns are only ever added, nullable; an index is built concurrently; a column that is no
    longer declared stays until its retention ends. A changed type of an attribute is refused by
    the pack's check (it must be a new attribute).
    """
    if not present:
        return [*_created(type_), *_indexes(type_, type_.attributes)]
    added = [item for item in type_.attributes if item.name not in present]
    changes = [_added(type_, table(type_), item) for item in added]
    if type_.history and type_.role == "object":
        changes += [_added(type_, history(type_), item) for item in added]
    if type_.place and type_.role == "object" and "place" not in present:
        changes.append(
            Change(
                type=type_.name,
                statement=f"alter table {table(type_)} add column place {GEOMETRY[type_.place]}",
                why="a place is declared",
            )
        )
    return [*changes, *_indexes(type_, added)]


def _added(type_: RecordType, name: str, attribute: Attribute) -> Change:
    return Change(
        type=type_.name,
        statement=f"alter table {name} add column if not exists {column_of(attribute)} "
        f"{SQL_TYPE[attribute.kind]}",
        why=f"attribute {attribute.name} is declared",
    )


def _created(type_: RecordType) -> list[Change]:
    declared = [f"{column_of(item)} {SQL_TYPE[item.kind]}" for item in type_.attributes]
    if type_.role != "object":
        fixed, place = "id uuid primary key", []
    else:
        fixed = _FIXED
        place = [f"place {GEOMETRY[type_.place]}"] if type_.place else []
    body = ", ".join([fixed, *place, *declared])
    made = [
        Change(
            type=type_.name,
            statement=f"create table if not exists {table(type_)} ({body})",
            why=f"type {type_.name} is declared",
        )
    ]
    if type_.history and type_.role == "object":
        body = ", ".join([fixed.replace(" primary key", " not null"), *place, *declared])
        made.append(
            Change(
                type=type_.name,
                statement=f"create table if not exists {history(type_)} "
                f"({body}, recorded_to timestamptz not null default now())",
                why=f"type {type_.name} keeps history",
            )
        )
    return made


def _indexes(type_: RecordType, attributes: Iterable[Attribute]) -> list[Change]:
    wanted: list[tuple[str, str, str]] = []
    if type_.role == "object":
        wanted = [
            ("code", "unique", "(code)"),
            ("area", "", "(area_no, changed_at desc, id)"),
            ("unit", "", "(organisation_no, changed_at desc, id)"),
            ("owner", "", "(owner_id) where owner_id is not null"),
        ]
        if type_.place:
            wanted.append(("place", "gist", "using gist (place)"))
        if type_.history:
            statement = (
                f'create index if not exists "{type_.name}_history" on {history(type_)} (id)'
            )
            yield_history = Change(type=type_.name, statement=statement, why="history by record")
        else:
            yield_history = None
    else:
        yield_history = None
    for item in attributes:
        if item.unique:
            wanted.append((item.name, "unique", f"({column_of(item)})"))
        elif item.index:
            tail = ", area_no" if type_.role == "object" else ""
            wanted.append((item.name, "", f"({column_of(item)}{tail})"))
    made = [_index(type_, *item) for item in wanted]
    return [*made, yield_history] if yield_history else made


def _index(type_: RecordType, name: str, kind: str, body: str) -> Change:
    unique = "unique " if kind == "unique" else ""
    return Change(
        type=type_.name,
        statement=f"create {unique}index concurrently if not exists "
        f'"{type_.name}_{name}_index" on {table(type_)} {body}',
        why=f"lists and look-ups by {name}",
        concurrently=True,
    )
