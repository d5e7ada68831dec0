"""The indexes that a declaration wants, and what brings the standing ones to them."""

from hashlib import sha256

from pengcheng.engines.objects._tables import Index, Standing, keeps_history, pieces_of
from pengcheng.engines.objects.model import Change
from pengcheng.engines.objects.served import is_searched
from pengcheng.kernel.registry import RecordType
from pengcheng.kernel.words import Words

NAME_BYTES_MAX = 63
"""PostgreSQL cuts longer names off, silently."""
_DIGEST_LENGTH = 10
_OURS = (".", "_index", "_history")
"""What is in the names of indexes that this engine made, now and formerly."""


def wanted(type_: RecordType) -> list[Index]:
    """The indexes of a resolved type's table."""
    made: list[Index] = []
    if type_.role == "object":
        made = [
            _index(type_, "code", "btree (code)", unique=True),
            # Asked for by ranges, which no further column could put in order.
            _index(type_, "area_no", "btree (area_no)"),
            _index(
                type_,
                "organisation_no",
                "btree (organisation_no) WHERE (organisation_no IS NOT NULL)",
            ),
            _index(type_, "owner_id", "btree (owner_id) WHERE (owner_id IS NOT NULL)"),
            _index(type_, "changed_at", "btree (changed_at, id)"),
        ]
        if type_.attribute("title") is None:
            made.append(_pieces_index(type_, "title"))
        if type_.place:
            made.append(_index(type_, "place", "gist (place) WHERE (place IS NOT NULL)"))
    # In the order of a list, and with what most scopes ask for: nothing is read in vain.
    tail = ", id, area_no" if type_.role == "object" else ""
    for item in type_.attributes:
        if item.unique:
            made.append(_index(type_, item.column, f"btree ({item.column})", unique=True))
        elif item.index and item.is_list:
            # Of a table only containment is asked for, which this smaller class serves.
            body = f"{item.column} jsonb_path_ops" if item.kind == "table" else item.column
            made.append(_index(type_, item.column, f"gin ({body})"))
        elif item.index:
            made.append(_index(type_, item.column, f"btree ({item.column}{tail})"))
        if type_.role == "object" and is_searched(item):
            made.append(_pieces_index(type_, item.column))
    return made


def index_changes(type_: RecordType, standing: Standing) -> list[Change]:
    """Builds what is missing and removes what is no longer declared; nobody waits for either."""
    ours = [one for one in standing.indexes if any(part in one.name for part in _OURS)]
    valid = {one.key for one in standing.indexes if one.valid}
    needed = wanted(type_)
    if keeps_history(type_) or standing.history:
        needed.append(_history_index(type_))
    keys = {one.key for one in needed}
    missing = [one for one in needed if one.key not in valid]
    names = {one.name for one in missing}
    useless = [one for one in ours if one.key not in keys or not one.valid]
    first = [one for one in useless if not one.valid or one.name in names]
    then = [one for one in useless if one not in first]
    return [
        *(_dropped(type_, one) for one in first),
        *(_built(type_, one) for one in missing),
        *(_dropped(type_, one) for one in then),
    ]


def _index(type_: RecordType, column: str, body: str, *, unique: bool = False) -> Index:
    tail = ".unique" if unique else ""
    return Index(name=_name(f"{type_.name}.{column}{tail}"), body=body, unique=unique)


def _pieces_index(type_: RecordType, column: str) -> Index:
    """For pieces of the text of a column, wherever they stand in it."""
    told = pieces_of(column).replace("',", "'::text,").replace("'g')", "'g'::text)")
    return Index(
        name=_name(f"{type_.name}.{column}.pieces"),
        body=f"gin ({told} gin_trgm_ops)",
        made=f"""gin ({pieces_of(f'"{column}"')} gin_trgm_ops)""",
    )


def _history_index(type_: RecordType) -> Index:
    name = _name(f"{type_.name}.history")
    return Index(name=name, body="btree (id, version)", schema="city_history")


def _name(text: str) -> str:
    """A name that PostgreSQL keeps whole; dots stand in no declared name, so none is made twice."""
    if len(text) <= NAME_BYTES_MAX:
        return text
    digest = sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{text[: NAME_BYTES_MAX - _DIGEST_LENGTH - 1]}.{digest}"


def _built(type_: RecordType, index: Index) -> Change:
    unique = "unique " if index.unique else ""
    method, _, rest = index.body.partition(" (")
    columns, _, condition = rest.partition(")")
    quoted = ", ".join(_quoted(column) for column in columns.split(", "))
    made = index.made or f"{method} ({quoted}){condition}"
    return Change(
        type=type_.name,
        statement=f'create {unique}index concurrently if not exists "{index.name}" '
        f'on {index.schema}."{type_.name}" using {made}',
        why=Words(f"索引：{columns}", f"an index by {columns}"),
        concurrently=True,
    )


def _quoted(column: str) -> str:
    name, _, direction = column.partition(" ")
    return f'"{name}" {direction}'.strip()


def _dropped(type_: RecordType, index: Index) -> Change:
    return Change(
        type=type_.name,
        statement=f'drop index concurrently if exists {index.schema}."{index.name}"',
        why=Words(f"不再需要的索引 {index.body}", f"the index {index.body} is no longer declared"),
        concurrently=True,
    )
