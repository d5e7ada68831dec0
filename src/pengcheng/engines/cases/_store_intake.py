"""SQL of intake: candidates for the same matter, events that cases join, decisions."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pengcheng.engines.cases import _store
from pengcheng.engines.cases._tables import CASE_FIELDS
from pengcheng.engines.cases.intake import Candidate
from pengcheng.engines.cases.matching import NewEvent
from pengcheng.engines.cases.model import Case
from pengcheng.engines.records import recomputed
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import SEALED
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.registry import RecordType

CANDIDATES_MAX = 6
"""How many are compared with a new report: those that share most keys of its text."""

LOOKED_AT_MAX = 24
"""Of how many that share a key the likest are taken."""

DEGREES_NEAR = 0.02

_STAYS = {"id", "code", "kind", "accepted_at", "earlier_code", "version"}
_WRITTEN = [
    *(name for name in CASE_FIELDS if name not in _STAYS),
    "deadline", "place", "similar_keys",
]  # fmt: skip
_SAVE_TAKEN = f"""update cases c set {", ".join(f"{name} = t.{name}" for name in _WRITTEN)},
                         version = c.version + 1
                  from json_populate_recordset(null::cases, %(rows)s::json) t
                  where c.id = t.id and c.version = t.version"""


async def candidates(
    work: Work,
    type_: RecordType,
    body_field: str,
    asked: Sequence[tuple[Case, Sequence[int]]],
    days: int,
) -> dict[UUID, list[Candidate]]:
    """For each case: recent open ones that share a key of its text and lie near (or have no
    place), in one statement. Cases that are asked about are not among the candidates."""
    rows = await work.rows(
        f"""select q.id as for_id, c.id, c.title,
                   coalesce(f."{type_.column(body_field)}", '') as body,
                   c.category, c.area_no, c.accepted_at, c.event_id, c.organisation_id,
                   st_x(c.place) as lon, st_y(c.place) as lat
            -- offset 0: the keys are read from their text once for a case, not once for a row.
            from (select a.id, a.keys::bigint[] as keys, a.since, a.lon, a.lat,
                         st_expand(st_setsrid(st_point(a.lon, a.lat), 4326), %(near)s) as around
                  from unnest(%(ids)s::uuid[], %(keys)s::text[], %(since)s::timestamptz[],
                              %(lons)s::float8[], %(lats)s::float8[])
                       a (id, keys, since, lon, lat) offset 0) q
            cross join lateral (
                -- The inner limit bounds the work where thousands report one thing; without an
                -- order inside, the keys' index finds them. The sum and the joined text keep those
                -- indexes out of it that hold all of these days' cases, or all open ones.
                select c.*, (select count(*) from unnest(c.similar_keys) key
                             where key = any(q.keys)) as shared
                from (select * from cases k
                      where k.open and k.similar_keys && q.keys
                        and k.kind || '' = %(kind)s and k.accepted_at + interval '0' >= q.since
                        and (q.lon is null or k.place is null or k.place && q.around)
                      limit %(looked)s) c
                order by shared desc, c.accepted_at limit %(limit)s) c
            join city."{type_.name}" f on f.id = c.id
            where not c.id = any(%(ids)s)
            order by c.shared desc, c.accepted_at""",
        kind=type_.name,
        ids=[case.id for case, _ in asked],
        keys=["{" + ",".join(map(str, keys)) + "}" for _, keys in asked],
        since=[case.accepted_at - timedelta(days=days) for case, _ in asked],
        lons=[case.point[0] if case.point else None for case, _ in asked],
        lats=[case.point[1] if case.point else None for case, _ in asked],
        near=DEGREES_NEAR,
        limit=CANDIDATES_MAX,
        looked=LOOKED_AT_MAX,
    )
    found: dict[UUID, list[Candidate]] = {}
    for row in rows:
        found.setdefault(row.pop("for_id"), []).append(_candidate(row))
    return found


def _candidate(row: Row) -> Candidate:
    longitude, latitude = row.pop("lon"), row.pop("lat")
    return Candidate(**row, point=(longitude, latitude) if longitude is not None else None)


async def locked(work: Work, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The versions of cases, which nobody else changes until this transaction ends."""
    rows = await work.tuples(
        "select c.id, c.version from cases c where c.id = any(%(ids)s) order by c.id for update",
        ids=list(ids),
    )
    return {row[0]: row[1] for row in rows}


async def save_taken(work: Work, taken: Sequence[tuple[Case, Sequence[int]]]) -> int:
    """Write cases after their intake, with the keys of their texts; how many were written."""
    return await work.run_all(
        _SAVE_TAKEN, [{**_as_row(case), "similar_keys": keys} for case, keys in taken]
    )


def _as_row(case: Case) -> dict[str, Any]:
    """The columns of a case as JSON has them."""
    point = case.point
    return {
        **{name: getattr(case, name) for name in CASE_FIELDS},
        "deadline": case.deadline,
        "place": f"SRID=4326;POINT({point[0]!r} {point[1]!r})" if point else None,
    }


async def add_events(work: Work, event_kind: str, made: Sequence[NewEvent]) -> None:
    """Events of matters that were reported a second time, as their first reports stand."""
    await work.run_all(
        """insert into event (id, code, kind, title, category, area_no, organisation_no,
                              sensitivity, place, happened_at, cases)
           select m.id, m.code, m.kind, c.title, c.category, c.area_no, c.organisation_no,
                  c.sensitivity, c.place, c.accepted_at, m.cases
           from json_to_recordset(%(rows)s::json)
                as m (id uuid, code text, kind text, lead uuid, cases int)
           join cases c on c.id = m.lead""",
        [
            {"id": one.id, "code": one.code, "kind": event_kind, "lead": one.lead_id,
             "cases": one.cases}
            for one in made
        ],
    )  # fmt: skip


async def lead_events(work: Work, made: Sequence[NewEvent]) -> None:
    """Let first reports that were dispatched before belong to the events made of them."""
    await work.run_all(
        """update cases c set event_id = m.event_id, version = c.version + 1
           from json_populate_recordset(null::cases, %(rows)s::json) m where c.id = m.id""",
        [{"event_id": one.id, "id": one.lead_id} for one in made],
    )


async def follow_leads(work: Work, made: Sequence[NewEvent]) -> None:
    """Bring events up to first reports that were decided in the same transaction."""
    await work.run_all(
        """update event e set category = c.category, area_no = c.area_no, place = c.place,
                  organisation_no = c.organisation_no, sensitivity = c.sensitivity
           from json_populate_recordset(null::cases, %(rows)s::json) m join cases c on c.id = m.id
           where e.id = m.event_id""",
        [{"event_id": one.id, "id": one.lead_id} for one in made],
    )


async def join_events(work: Work, joined: Mapping[UUID, int]) -> None:
    """More reports of known matters."""
    await work.run_each(
        "update event set cases = cases + %(more)s, version = version + 1 where id = %(id)s",
        [{"id": event_id, "more": more} for event_id, more in sorted(joined.items())],
    )


async def event_for(work: Work, lead: Candidate, event_kind: str, code: str) -> UUID:
    """The event that a lead case stands for; made when the second report joins it."""
    if lead.event_id is not None:
        await work.run(
            "update event set cases = cases + 1, version = version + 1 where id = %(id)s",
            id=lead.event_id,
        )
        return lead.event_id
    event_id = new_id()
    # A case that joined a matter, left it and joins another would make its number a second time.
    await work.run(
        """insert into event (id, code, kind, title, category, area_no, organisation_no,
                              sensitivity, place, happened_at, cases)
           select %(id)s,
                  %(code)s || (select case when count(*) > 0 then '-' || count(*) else '' end
                               from event e where e.code ~ ('^' || %(code)s || '(-[0-9]+)?$')),
                  %(kind)s, c.title, c.category, c.area_no, c.organisation_no,
                  c.sensitivity, c.place, c.accepted_at, 2
           from cases c where c.id = %(lead)s""",
        id=event_id,
        code=code,
        kind=event_kind,
        lead=lead.id,
    )
    await work.run(
        "update cases set event_id = %(event)s, version = version + 1 where id = %(lead)s",
        event=event_id,
        lead=lead.id,
    )
    return event_id


async def set_fields(
    work: Work, type_: RecordType, found: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """Fill declared fields that the analysis found and the author left empty; what is computed
    from them follows."""
    columns = {name: type_.column(name) for _, fields in found for name in fields}
    if not columns:
        return
    sets = ", ".join(f'"{at}" = coalesce(f."{at}", t."{at}")' for at in sorted(columns.values()))
    await work.run_all(
        f"""update city."{type_.name}" f set {sets}
            from json_populate_recordset(null::city."{type_.name}", %(rows)s::json) t
            where f.id = t.id""",
        [
            {"id": case_id, **{columns[name]: value for name, value in fields.items()}}
            for case_id, fields in found
        ],
    )
    await follow(work, type_, [case_id for case_id, _ in found])


async def follow(work: Work, type_: RecordType, ids: Sequence[UUID]) -> None:
    """Bring what is computed of cases to their other fields."""
    if any(item.follows for item in type_.attributes):
        for case_id, fields in (await _store.fields_of(work, type_, ids, SEALED)).items():
            follows, _ = recomputed(type_, fields, code_lists={})
            await _store.change_fields(work, type_, case_id, follows)


async def add_replies(work: Work, replies: Sequence[tuple[UUID, str]]) -> None:
    """Answers from the knowledge base, which the author reads at once."""
    await work.run_each(
        """insert into message (id, case_id, author_kind, purpose, visibility, body, channel)
           values (%(id)s, %(case)s, 'system', 'reply', 'parties', %(body)s, 'knowledge')""",
        [{"id": new_id(), "case": case_id, "body": body} for case_id, body in replies],
    )


async def decisions(work: Work, case_id: UUID) -> list[Row]:
    return await work.rows(
        """select id, step, rule, version, inputs, output, why, confidence, undone_by, undone_at,
                  at, model_version, fired, basis
           from decision where case_id = %(id)s order by at, seq nulls first, id""",
        id=case_id,
    )


async def undo(work: Work, case_id: UUID, step: str, account_id: UUID | None) -> int:
    return await work.run(
        """update decision set undone_by = %(account)s, undone_at = now()
           where case_id = %(case)s and step = %(step)s and undone_at is null""",
        case=case_id,
        step=step,
        account=account_id,
    )


async def leave_event(work: Work, event_id: UUID) -> None:
    await work.run(
        "update event set cases = greatest(cases - 1, 0), version = version + 1 where id = %(id)s",
        id=event_id,
    )


async def code_to_lead(work: Work, kind: str, code: str) -> Candidate | None:
    """An open case by its code, as the lead of a matter that another one joins."""
    row = await work.row(
        """select c.id, c.title, '' as body, c.category, c.area_no, c.accepted_at, c.event_id,
                  c.organisation_id, st_x(c.place) as lon, st_y(c.place) as lat
           from cases c where c.kind = %(kind)s and c.code = %(code)s and c.open for update of c""",
        kind=kind,
        code=code,
    )
    return _candidate(row) if row else None
