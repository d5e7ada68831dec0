"""SQL that writes arriving cases: one round trip each, or COPY for many."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from pengcheng.engines.cases import _store, _store_lines
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import NewCase
from pengcheng.ground.database import Work, append_statement, json_text
from pengcheng.kernel.registry import Registry

_ADD_FILES = """update stored_file set subject_id = %(id)s,
                       owner_id = case when %(unnamed)s then null else owner_id end
                where id = any(%(files)s) and subject_id is null
                  and (owner_id is null or owner_id = %(sender)s)"""
_ACCEPTED = (
    "id", "code", "kind", "title", "process_version", "step", "stage", "channel", "category",
    "category_confidence", "area_no", "area_source", "organisation_id", "organisation_no",
    "author_id", "author_account_id", "disclosure", "is_public", "accepted_at", "due_at",
    "watch_at", "next_at", "step_since",
)  # fmt: skip
"""What a case has when it arrives; the rest begins with the default of its column."""

_INSERT = f"""insert into cases ({", ".join(_ACCEPTED)}, deadline, receipt_hash, submission_key,
                                 sealed, place)
              values ({", ".join(f"%({name})s" for name in _ACCEPTED)}, %(deadline)s::jsonb,
                      %(receipt_hash)s, %(submission_key)s, %(sealed)s,
                      st_setsrid(st_point(%(lon)s::float8, %(lat)s::float8), 4326))"""
_LOG = append_statement("log_")


async def serials(work: Work, how_many: int) -> list[int]:
    rows = await work.tuples(
        "select nextval('case_serial') from generate_series(1, %(n)s)", n=how_many
    )
    return [int(row[0]) for row in rows]


async def sealed(work: Work, arrivals: Sequence[Arrival]) -> list[bytes | None]:
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
    case = arrival.case
    values = {name: getattr(case, name) for name in _ACCEPTED}
    values["lon"], values["lat"] = case.point or (None, None)
    return {
        **values,
        "deadline": json_text(case.deadline),
        "receipt_hash": arrival.receipt_hash,
        "submission_key": submission_key,
        "sealed": sealed,
    }


async def write(
    work: Work, registry: Registry, arrival: Arrival, new: NewCase, sender: UUID | None
) -> bool:
    """Write one case with its fields and its log entry in one statement, which is its own
    transaction: one round trip and one flush. False when its submission key stands already.
    It takes along the files that its sender, whom nothing else need name, or a guest sent."""
    type_ = registry.type_(arrival.case.kind)
    kept = (await sealed(work, [arrival]))[0]
    values = _values(arrival, kept, _store.submission_hash(new.submission_key))
    given = [item for item in type_.attributes if arrival.fields.get(item.name) is not None]
    present = tuple((item.column, item.kind) for item in given)
    for at, item in enumerate(given):
        values[f"field_{at}"] = _store.stored(item.kind, arrival.fields[item.name])
    values |= {f"log_{k}": v for k, v in (await work.entry_values(arrival.entry)).items()}
    # Not without need: psycopg reads a statement of over fifty parameters anew each time.
    if new.files:
        unnamed = new.disclosure != "open"
        values |= {"files": list(new.files), "unnamed": unnamed, "sender": sender}
    try:
        await work.connection.execute(
            _statement(type_.name, present, with_files=bool(new.files)), values
        )
    except psycopg.errors.UniqueViolation as failure:
        if failure.diag.constraint_name == "cases_submission":
            return False
        raise
    return True


@lru_cache(maxsize=1000)
def _statement(name: str, present: tuple[tuple[str, str], ...], *, with_files: bool) -> str:
    """The statement of a kind and of the fields that came, composed once for each set of them."""
    names = ", ".join(["id", *(f'"{column}"' for column, _ in present)])
    marks = ["%(id)s"]
    marks += [_store.mark_of(kind, f"field_{at}") for at, (_, kind) in enumerate(present)]
    files = f", files as ({_ADD_FILES})" if with_files else ""
    return (
        f"with accepted as ({_INSERT}), "
        f'fields as (insert into city."{name}" ({names}) values ({", ".join(marks)})){files} '
        f"{_LOG}"
    )


async def write_many(work: Work, registry: Registry, arrivals: Sequence[Arrival]) -> None:
    """COPY many cases with their fields and log entries in the caller's transaction."""
    columns = _store_lines.case_columns(arrivals)
    await _store_lines.copy_cases(work, columns, await sealed(work, arrivals))
    for name in {arrival.case.kind for arrival in arrivals}:
        of_kind = [arrival for arrival in arrivals if arrival.case.kind == name]
        lines = _store_lines.field_block(registry.type_(name), of_kind)
        await _store_lines.copy_fields(work, registry.type_(name), lines)
    await work.append(*(arrival.entry for arrival in arrivals))
