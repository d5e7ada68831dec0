"""Many cases as lines of COPY: the table of all cases, and that of a kind's declared fields."""

from collections.abc import Sequence

from msgspec.structs import astuple

from pengcheng.engines.cases._tables import CASE_FIELDS
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import Case
from pengcheng.ground.database import Work, json_text
from pengcheng.ground.loading import block_of, copy_block, texts_of
from pengcheng.kernel.registry import JSON_KINDS, RecordType

_CASE = (*CASE_FIELDS, "deadline", "receipt_hash", "place", "sealed")
Columns = list[list[str]]


def fields_table(type_: RecordType) -> str:
    """The table of a kind's declared fields."""
    return f'city."{type_.name}"'


def case_columns(arrivals: Sequence[Arrival]) -> Columns:
    """The columns of `cases` but the last."""
    points = (
        f"SRID=4326;POINT({point[0]} {point[1]})" if (point := arrival.case.point) else None
        for arrival in arrivals
    )
    rows = (astuple(arrival.case) for arrival in arrivals)
    values = dict(zip(Case.__struct_fields__, zip(*rows, strict=True), strict=True))
    return [
        *(texts_of(values[name]) for name in CASE_FIELDS),
        texts_of(map(json_text, values["deadline"])),
        texts_of(arrival.receipt_hash for arrival in arrivals),
        texts_of(points),
    ]


def field_block(type_: RecordType, arrivals: Sequence[Arrival]) -> bytes:
    """The declared fields of each case."""
    columns = [texts_of(arrival.case.id for arrival in arrivals)]
    for item in type_.attributes:
        values = (arrival.fields.get(item.name) for arrival in arrivals)
        is_json = item.kind in JSON_KINDS
        columns.append(texts_of(map(json_text, values) if is_json else values))
    return block_of(columns)


async def copy_cases(work: Work, columns: Columns, sealed: Sequence[bytes | None]) -> None:
    """Put them in, with what is sealed of each."""
    await copy_block(work, "cases", _CASE, block_of([*columns, texts_of(sealed)]))


async def copy_fields(work: Work, type_: RecordType, lines: bytes) -> None:
    names = ("id", *(f'"{item.column}"' for item in type_.attributes))
    await copy_block(work, fields_table(type_), names, lines)
