"""SQL that reads and writes single cases with their declared fields, messages and decisions."""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from pengcheng.engines.cases._tables import (
    CASE_COLUMNS,
    CASE_FIELDS,
    CASE_SCOPE,
    MESSAGE_COLUMNS,
    case_values,
    to_case,
    to_message,
)
from pengcheng.engines.cases.model import Case, Evaluation, Message
from pengcheng.ground.database import Row, Work, json_text
from pengcheng.ground.scope import predicate
from pengcheng.kernel.areas import area_no, code_of, is_area_code
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.ids import new_id, to_id
from pengcheng.kernel.ranges import EVERYTHING, NOTHING
from pengcheng.kernel.registry import JSON_KINDS, RecordType

_POINT = "st_setsrid(st_point(%(lon)s::float8, %(lat)s::float8), 4326)"
_UNCHANGING = {"id", "code", "kind", "accepted_at", "earlier_code", "version"}
_UPDATE_SETS = ", ".join(
    [f"{name} = %({name})s" for name in CASE_FIELDS if name not in _UNCHANGING]
)
UPDATE = f"""update cases set {_UPDATE_SETS}, deadline = %(deadline)s::jsonb, place = {_POINT},
                    version = version + 1
             where id = %(id)s and version = %(version)s"""


def scoped(scope: Scope) -> tuple[str, dict[str, Any]]:
    """The scope's predicate over cases (alias c), for single cases: an organisation that was asked
    to assist, or to send somebody there, sees the case too."""
    where, values = predicate(scope, CASE_SCOPE)
    terms = [where]
    for number, region in enumerate(scope.regions):
        # Only what an organisation may see because it is that organisation: a region over areas
        # holds every organisation, and would otherwise hold every case that has a task.
        is_of_unit = region.organisations not in (EVERYTHING, NOTHING)
        if not is_of_unit or region.owner or region.assignee or region.where:
            continue
        key = f"assist_{number}"
        terms.append(
            "exists (select 1 from task t where t.case_id = c.id and t.state <> 'withdrawn' "
            "and t.kind in ('assist', 'grid') "
            f"and t.organisation_no <@ %({key})s::int8multirange)"
        )
        values[key] = region.organisations.multirange()
    return f"({' or '.join(terms)})", values


async def by_key(work: Work, scope: Scope, key: UUID | str, *, lock: str = "") -> Case | None:
    """A case by id or code, else by the number of an earlier system, if the scope holds it."""
    where, values = scoped(scope)
    for column in ("id",) if isinstance(key, UUID) else ("code", "earlier_code"):
        row = await work.row(
            f"select {CASE_COLUMNS} from cases c where c.{column} = %(key)s and c.kind = %(kind)s "
            f"and {where} {lock}",
            key=key,
            kind=scope.type,
            **values,
        )
        if row:
            return to_case(row)
    return None


async def by_ids(work: Work, ids: Sequence[UUID], *, lock: str = "") -> list[Case]:
    """Cases for the city's own work (intake, clocks), in the order of ids."""
    rows = await work.rows(
        f"select {CASE_COLUMNS} from cases c where c.id = any(%(ids)s) order by c.id {lock}",
        ids=list(ids),
    )
    return [to_case(row) for row in rows]


async def by_receipt(work: Work, code: str, receipt_hash: bytes) -> Case | None:
    row = await work.row(
        f"""select {CASE_COLUMNS} from cases c
            where c.receipt_hash = %(hash)s and c.code = %(code)s""",
        hash=receipt_hash,
        code=code,
    )
    return to_case(row) if row else None


async def by_submission(work: Work, key: str) -> Case | None:
    row = await work.row(
        f"select {CASE_COLUMNS} from cases c where c.submission_key = %(key)s",
        key=submission_hash(key),
    )
    return to_case(row) if row else None


async def due(work: Work, now: object, limit: int) -> list[Case]:
    """Open cases whose next instant has come, taken from other workers' reach."""
    rows = await work.rows(
        f"""select {CASE_COLUMNS} from cases c where c.open and c.next_at <= %(now)s
            order by c.next_at limit %(limit)s for update skip locked""",
        now=now,
        limit=limit,
    )
    return [to_case(row) for row in rows]


async def put_off(work: Work, case_id: UUID, until: object) -> None:
    """Look at a case's clock again later."""
    await work.run("update cases set next_at = %(at)s where id = %(id)s", id=case_id, at=until)


async def save(work: Work, case: Case) -> int:
    """Write a case where its version still stands; 0 when someone was faster."""
    return await work.run(UPDATE, **case_values(case))


def mark_of(kind: str, key: str) -> str:
    """The placeholder of an attribute's value."""
    return f"%({key})s::jsonb" if kind in JSON_KINDS else f"%({key})s"


def stored(kind: str, value: Any) -> Any:
    """A declared value as its column takes it; a tuple would be a row to PostgreSQL, not a list."""
    if kind in JSON_KINDS:
        return json_text(value)
    return list(value) if isinstance(value, tuple) else value


async def fields_of(
    work: Work, type_: RecordType, ids: Sequence[UUID], sensitivity: int,
    names: Collection[str] | None = None,
) -> dict[UUID, dict[str, Any]]:  # fmt: skip
    """Declared fields by case (those named, or all), without those too sensitive to be shown."""
    items = [
        item
        for item in type_.attributes
        if item.sensitivity <= sensitivity and (names is None or item.name in names)
    ]
    columns = ", ".join(["id", *(f'"{item.column}"' for item in items)])
    rows = await work.tuples(
        f'select {columns} from city."{type_.name}" where id = any(%(ids)s)', ids=list(ids)
    )
    keys = [item.name for item in items]
    return {row[0]: dict(zip(keys, row[1:], strict=True)) for row in rows}


async def change_fields(
    work: Work, type_: RecordType, case_id: UUID, fields: Mapping[str, Any]
) -> None:
    """Overwrite some declared fields."""
    items = [item for item in type_.attributes if item.name in fields]
    sets = ", ".join(f'"{item.column}" = {mark_of(item.kind, item.name)}' for item in items)
    if sets:
        await work.run(
            f'update city."{type_.name}" set {sets} where id = %(case_id)s',
            case_id=case_id,
            **{item.name: stored(item.kind, fields[item.name]) for item in items},
        )


async def add_message(work: Work, message: Message) -> None:
    await work.run(
        """insert into message (id, case_id, author_kind, author_id, organisation_id, purpose,
                                visibility, body, files, channel, at)
           values (%(id)s, %(case_id)s, %(author_kind)s, %(author_id)s, %(organisation_id)s,
                   %(purpose)s, %(visibility)s, %(body)s, %(files)s, %(channel)s, %(at)s)""",
        id=message.id,
        case_id=message.case_id,
        author_kind=message.author_kind,
        author_id=message.author_id,
        organisation_id=message.organisation_id,
        purpose=message.purpose,
        visibility=message.visibility,
        body=message.body,
        files=list(message.files),
        channel=message.channel,
        at=message.at,
    )


async def publish_reply(work: Work, case_id: UUID) -> int:
    """Let the parties read the newest reply that waited for approval."""
    return await work.run(
        """update message set visibility = 'parties' where id = (
               select id from message where case_id = %(id)s and purpose = 'reply'
               order by at desc limit 1)""",
        id=case_id,
    )


async def messages(work: Work, case_id: UUID, visibilities: Sequence[str]) -> list[Message]:
    rows = await work.rows(
        f"""select {MESSAGE_COLUMNS} from message m
            where m.case_id = %(id)s and m.visibility = any(%(visibilities)s)
            order by m.at, m.id limit 500""",
        id=case_id,
        visibilities=list(visibilities),
    )
    return [to_message(row) for row in rows]


async def add_evaluation(work: Work, case: Case, given: Evaluation) -> None:
    await work.run(
        """insert into evaluation (id, case_id, organisation_no, area_no, source, grade, reasons,
                                   comment, facts)
           values (%(id)s, %(case_id)s, %(unit)s, %(area)s, %(source)s, %(grade)s, %(reasons)s,
                   %(comment)s, %(facts)s::jsonb)""",
        id=new_id(),
        case_id=case.id,
        unit=case.organisation_no,
        area=case.area_no,
        source=given.source,
        grade=given.grade,
        reasons=list(given.reasons),
        comment=given.comment,
        facts=json_text(given.facts),
    )


async def evaluations(work: Work, case_id: UUID) -> list[Row]:
    return await work.rows(
        """select source, grade, reasons, comment, facts, at from evaluation
           where case_id = %(id)s order by at""",
        id=case_id,
    )


async def follow(work: Work, case_id: UUID, person_id: UUID) -> int:
    return await work.run(
        """insert into follower (case_id, person_id) values (%(case)s, %(person)s)
           on conflict do nothing""",
        case=case_id,
        person=person_id,
    )


async def followers(work: Work, case_id: UUID) -> int:
    found = await work.value(
        """select (select count(*) from follower f where f.case_id = %(id)s
                    and not exists (select 1 from account a
                                    where a.person_id = f.person_id and a.kind = 'official'))
                + (select greatest(e.cases - 1, 0) from cases c join event e on e.id = c.event_id
                   where c.id = %(id)s union all select 0 limit 1)""",
        id=case_id,
    )
    return int(found or 0)


async def sealed_of(work: Work, case_id: UUID) -> bytes | None:
    found = await work.value("select sealed from cases where id = %(id)s", id=case_id)
    return bytes(found) if found else None


async def record_access(
    work: Work, type_name: str, ids: Sequence[UUID], action: str, reason: str = ""
) -> None:
    """One entry a request: who read which records that show personal attributes."""
    actor = work.actor
    organisation = next((p.organisation_id for p in actor.posts if p.organisation_id), None)
    await work.run(
        """insert into access_record (id, actor_kind, actor_id, actor_name, organisation_id, action,
                                      type, record_ids, request_id, reason)
           values (%(id)s, %(kind)s, %(actor)s, %(name)s, %(organisation)s, %(action)s, %(type)s,
                   %(ids)s, %(request)s, %(reason)s)""",
        id=new_id(),
        kind=actor.kind,
        actor=actor.account_id,
        name=actor.name,
        organisation=organisation,
        action=action,
        type=type_name,
        ids=list(ids),
        request=actor.request_id,
        reason=reason,
    )


async def accesses(work: Work, case_id: UUID) -> list[Row]:
    """Who read a case, newest first: organisation and role, for its author to see."""
    return await work.rows(
        """select a.at, a.action, a.reason, a.actor_name, o.name_zh, o.name_en
           from access_record a left join organisation o on o.id = a.organisation_id
           where a.record_ids @> array[%(id)s]::uuid[] order by a.at desc limit 200""",
        id=case_id,
    )


_CLAIM_FILES = """update stored_file set subject_id = %(case_id)s,
                        owner_id = case when %(unnamed)s then null else owner_id end
                 where id = any(%(files)s) and subject_id is null
                   and (owner_id is null or owner_id = %(sender)s)"""


async def claim_files(
    work: Work, case_id: UUID, files: Sequence[UUID], sender: UUID | None, *,
    unnamed: bool = False,
) -> None:  # fmt: skip
    """Attach files that this account (or a guest) uploaded to a case; a file belongs to one.
    `unnamed`: who sent them is forgotten."""
    await work.run(
        _CLAIM_FILES, case_id=case_id, files=list(files), unnamed=unnamed,
        sender=sender,
    )  # fmt: skip


async def serves(work: Work, account_id: UUID, organisation_no: int) -> bool:
    """Whether an account holds a post in an organisation or above it."""
    return bool(
        await work.value(
            """select exists (select 1 from post p join organisation o on o.id = p.organisation_id
               join account a on a.id = p.account_id and a.active
               where p.account_id = %(account)s and o.no <= %(no)s and %(no)s < o.no_end
                 and p.ended_at is null
                 and (now() at time zone 'Asia/Shanghai')::date
                     between coalesce(p.starts_on, '-infinity') and coalesce(p.ends_on, 'infinity')
               )""",
            account=account_id,
            no=organisation_no,
        )
    )


def submission_hash(key: str | None) -> str | None:
    """What is kept of a submission key, which may name the account that sent."""
    return sha256(f"submission:{key}".encode()).hexdigest() if key else None


async def receipt_of(work: Work, case_id: UUID) -> bytes | None:
    """What is kept of a case's receipt code."""
    found = await work.value("select receipt_hash from cases where id = %(id)s", id=case_id)
    return bytes(found) if found else None


def receipt_hash(receipt: str) -> bytes:
    """What is kept of a receipt code."""
    return sha256(f"receipt:{receipt}".encode()).digest()


def uuid_of(value: object) -> UUID | None:
    """The id that a value from outside names."""
    return value if isinstance(value, UUID) else to_id(value)


def area_code(number: int | None) -> str | None:
    """The code of an area's number."""
    return code_of(number) if number is not None else None


async def promised(work: Work, kind: str) -> list[Case]:
    """Open cases whose promise still runs."""
    rows = await work.rows(
        f"""select {CASE_COLUMNS} from cases c
            where c.open and c.kind = %(kind)s and c.deadline->>'stopped_at' is null
            for update of c""",
        kind=kind,
    )
    return [to_case(row) for row in rows]


def area_number(code: object) -> int | None:
    """The number of an area code from outside; None when it is not one."""
    return area_no(code) if isinstance(code, str) and is_area_code(code) else None


async def children(work: Work, case_id: UUID) -> int:
    """How many cases were split off this one."""
    return int(await work.value("select count(*) from cases where parent_id = %(id)s", id=case_id))
