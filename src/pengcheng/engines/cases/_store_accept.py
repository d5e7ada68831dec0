"""SQL that writes arriving cases: one round trip each, or COPY for many."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from pengcheng.engines.cases import _store
from pengcheng.engines.cases._tables import CASE_FIELDS, case_values
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import NewCase
from pengcheng.ground.database import Work, json_text
from pengcheng.kernel.registry import RecordType, Registry

_ADD_FILES = """update stored_file set subject_id = %(case_id)s
                where id = any(%(files)s) and subject_id is null"""


async def serials(work: Work, how_many: int) -> list[int]:
    rows = await work.tuples(
        "select nextval('case_serial') from generate_series(1, %(n)s)", n=how_many
    )
    return [int(row[0]) for row in rows]


async def _sealed(work: Work, arrivals: Sequence[Arrival]) -> list[bytes | None]:
    """Personal values of confidential cases, under the author's key (the case's own without)."""
    found: list[bytes | None] = [None] * len(arrivals)
    places = [n for n, item in enumerate(arrivals) if item.personal]
    if not places or work.cipher is None:
        return found
    plain: list[tuple[UUID, bytes]] = [
        (item.case.author_id or item.case.id, msgspec.json.encode(item.personal))
        for item in (arrivals[place] for place in places)
    ]
    for place, value in zip(places, await work.cipher.seal(work, plain), strict=True):
        found[place] = value
    return found


def _values(arrival: Arrival, sealed: bytes | None, submission_key: str | None) -> dict[str, Any]:
    return {
        **case_values(arrival.case),
        "receipt_hash": arrival.receipt_hash,
        "submission_key": submission_key,
        "sealed": sealed,
    }


async def write(work: Work, registry: Registry, arrival: Arrival, new: NewCase) -> bool:
    """Write one case with its fields and its log entry, in one pipelined transaction; False when
    its submission key stands already."""
    type_ = registry.type_(arrival.case.kind)
    connection = work.connection
    sealed = (await _sealed(work, [arrival]))[0]
    try:
        async with connection.pipeline(), connection.transaction():
            await connection.execute(_store.INSERT, _values(arrival, sealed, new.submission_key))
            await connection.execute(
                insert_fields_of(type_), _store.field_values(type_, arrival.case.id, arrival.fields)
            )
            if new.files:
                await connection.execute(
                    _ADD_FILES, {"case_id": arrival.case.id, "files": list(new.files)}
                )
            await work.append(arrival.entry)
    except psycopg.errors.UniqueViolation as failure:
        if failure.diag.constraint_name == "cases_submission":
            return False
        raise
    return True


def insert_fields_of(type_: RecordType) -> str:
    """The statement of a type, composed once for each set of its attributes."""
    return _composed(type_.name, tuple((item.name, item.kind) for item in type_.attributes))


@lru_cache(maxsize=500)
def _composed(name: str, attributes: tuple[tuple[str, str], ...]) -> str:
    return _store.insert_fields(name, attributes)


async def write_many(work: Work, registry: Registry, arrivals: Sequence[Arrival]) -> None:
    """COPY many cases with their fields and log entries in the caller's transaction."""
    sealed = await _sealed(work, arrivals)
    names = [*CASE_FIELDS, "deadline", "receipt_hash", "sealed", "place"]
    await work.copy(
        f"copy cases ({', '.join(names)}) from stdin",
        (_row(item, kept) for item, kept in zip(arrivals, sealed, strict=True)),
    )
    for name in {arrival.case.kind for arrival in arrivals}:
        type_ = registry.type_(name)
        columns = ", ".join(["id", *(f'"{item.name}"' for item in type_.attributes)])
        await work.copy(
            f'copy city."{name}" ({columns}) from stdin',
            (_field_row(type_, item) for item in arrivals if item.case.kind == name),
        )
    await work.append(*(arrival.entry for arrival in arrivals))


def _row(arrival: Arrival, sealed: bytes | None) -> tuple[Any, ...]:
    case = arrival.case
    point = f"SRID=4326;POINT({case.point[0]} {case.point[1]})" if case.point else None
    head = [getattr(case, name) for name in CASE_FIELDS]
    return (*head, json_text(case.deadline), arrival.receipt_hash, sealed, point)


def _field_row(type_: RecordType, arrival: Arrival) -> tuple[Any, ...]:
    values = _store.field_values(type_, arrival.case.id, arrival.fields)
    return (arrival.case.id, *(values[f"f_{at}"] for at in range(len(type_.attributes))))
