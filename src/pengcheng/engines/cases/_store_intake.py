"""SQL of intake: candidates for the same matter, events that cases join, decisions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.cases.intake import Candidate, Step
from pengcheng.engines.cases.model import Case
from pengcheng.ground.database import Row, Work, json_text
from pengcheng.kernel.ids import new_id

CANDIDATES_MAX = 20
DEGREES_NEAR = 0.02


async def candidates(
    work: Work, case: Case, body_field: str, keys: Sequence[int], since: datetime
) -> list[Candidate]:
    """Recent open cases that share a key of the text and lie near (or have no place)."""
    rows = await work.rows(
        f"""select c.id, c.title, coalesce(f."{body_field}", '') as body, c.category, c.area_no,
                   c.accepted_at, c.event_id, c.organisation_id,
                   st_x(c.place) as lon, st_y(c.place) as lat
            from cases c join city."{case.kind}" f on f.id = c.id
            where c.open and c.kind = %(kind)s and c.similar_keys && %(keys)s::bigint[]
              and c.id <> %(id)s and c.accepted_at >= %(since)s
              and (%(lon)s::float8 is null or c.place is null
                   or c.place && st_expand(st_setsrid(st_point(%(lon)s, %(lat)s), 4326), %(near)s))
            order by c.accepted_at limit %(limit)s""",
        kind=case.kind,
        keys=list(keys),
        id=case.id,
        since=since,
        lon=case.point[0] if case.point else None,
        lat=case.point[1] if case.point else None,
        near=DEGREES_NEAR,
        limit=CANDIDATES_MAX,
    )
    return [_candidate(row) for row in rows]


def _candidate(row: Row) -> Candidate:
    longitude, latitude = row.pop("lon"), row.pop("lat")
    return Candidate(**row, point=(longitude, latitude) if longitude is not None else None)


async def set_keys(work: Work, keys: Sequence[tuple[UUID, Sequence[int]]]) -> None:
    await work.run_each(
        "update cases set similar_keys = %(keys)s where id = %(id)s",
        [{"id": case_id, "keys": list(found)} for case_id, found in keys],
    )


async def event_for(work: Work, lead: Candidate, kind: str, code: str) -> UUID:
    """The event that a lead case stands for; made when the second report joins it."""
    if lead.event_id is not None:
        await work.run(
            "update event set cases = cases + 1, version = version + 1 where id = %(id)s",
            id=lead.event_id,
        )
        return lead.event_id
    event_id = new_id()
    await work.run(
        """insert into event (id, code, kind, title, category, area_no, organisation_no,
                              sensitivity, place, happened_at, cases)
           select %(id)s, %(code)s, %(kind)s, c.title, c.category, c.area_no, c.organisation_no,
                  c.sensitivity, c.place, c.accepted_at, 2
           from cases c where c.id = %(lead)s""",
        id=event_id,
        code=code,
        kind=f"{kind}_event",
        lead=lead.id,
    )
    await work.run(
        "update cases set event_id = %(event)s, version = version + 1 where id = %(lead)s",
        event=event_id,
        lead=lead.id,
    )
    return event_id


async def set_fields(
    work: Work, kind: str, found: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> None:
    """Fill declared fields that the analysis found and the author left empty."""
    names = sorted({name for _, fields in found for name in fields})
    if not names:
        return
    sets = ", ".join(f'"{name}" = coalesce("{name}", %({name})s)' for name in names)
    await work.run_each(
        f'update city."{kind}" set {sets} where id = %(case_id)s',
        [
            {"case_id": case_id, **{name: fields.get(name) for name in names}}
            for case_id, fields in found
        ],
    )


async def add_replies(work: Work, replies: Sequence[tuple[UUID, str]]) -> None:
    """Answers from the knowledge base, which the author reads at once."""
    await work.run_each(
        """insert into message (id, case_id, author_kind, purpose, visibility, body, channel)
           values (%(id)s, %(case)s, 'system', 'reply', 'parties', %(body)s, 'knowledge')""",
        [{"id": new_id(), "case": case_id, "body": body} for case_id, body in replies],
    )


async def keep_decisions(work: Work, steps: Sequence[tuple[UUID, Step]]) -> None:
    await work.run_each(
        """insert into decision (id, case_id, step, rule, version, inputs, output, why, confidence)
           values (%(id)s, %(case)s, %(step)s, %(rule)s, %(version)s, %(inputs)s::jsonb,
                   %(output)s::jsonb, %(why)s::jsonb, %(confidence)s)""",
        [
            {
                "id": new_id(),
                "case": case_id,
                "step": step.step,
                "rule": step.rule,
                "version": step.version,
                "inputs": json_text(step.inputs),
                "output": json_text(step.output),
                "why": json_text(step.why),
                "confidence": step.confidence,
            }
            for case_id, step in steps
        ],
    )


async def decisions(work: Work, case_id: UUID) -> list[Row]:
    return await work.rows(
        """select id, step, rule, version, inputs, output, why, confidence, undone_by, undone_at, at
           from decision where case_id = %(id)s order by at, id""",
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
