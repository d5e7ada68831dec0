"""SQL of accounts, persons, posts and sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.identity.model import Account, Enterprise, Person, PostHeld
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.words import Words

_SESSION = """
select s.account_id, s.enterprise_id, s.expires_at, s.kind as session_kind,
       a.kind, a.username, a.person_id, p.name, p.language
from session s join account a on a.id = s.account_id join person p on p.id = a.person_id
where s.token_hash = %(token_hash)s and s.expires_at > %(now)s and a.active
"""
_POSTS = """
select t.role, t.organisation_id, t.area_code, t.name, o.no, o.no_end, o.area_code as unit_area
from post t left join organisation o on o.id = t.organisation_id
where t.account_id = %(account_id)s
  and (t.starts_on is null or t.starts_on <= %(today)s)
  and (t.ends_on is null or t.ends_on >= %(today)s)
order by t.role, o.no
"""


async def session_of(work: Work, token_hash: bytes, now: datetime) -> Row | None:
    return await work.row(_SESSION, token_hash=token_hash, now=now)


async def posts_of(work: Work, account_id: UUID, today: Any) -> list[Row]:
    return await work.rows(_POSTS, account_id=account_id, today=today)


async def account_row(work: Work, username: str) -> Row | None:
    """The row that signing in needs, locked against a second try at the same moment."""
    return await work.row(
        """select id, username, kind, person_id, password_hash, failures, locked_until, active
           from account where username = %(username)s for update""",
        username=username,
    )


async def note_failure(work: Work, account_id: UUID, locked_until: datetime | None) -> None:
    await work.run(
        """update account set failures = failures + 1, locked_until = %(until)s
           where id = %(id)s""",
        id=account_id,
        until=locked_until,
    )


async def note_success(work: Work, account_id: UUID) -> None:
    await work.run(
        "update account set failures = 0, locked_until = null where id = %(id)s", id=account_id
    )


async def add_session(work: Work, **values: Any) -> None:
    await work.run(
        """insert into session (token_hash, account_id, enterprise_id, kind, note, expires_at)
           values (%(token_hash)s, %(account_id)s, %(enterprise_id)s, %(kind)s, %(note)s,
                   %(expires_at)s)""",
        **values,
    )


async def end_session(work: Work, token_hash: bytes) -> UUID | None:
    found = await work.value(
        "delete from session where token_hash = %(token_hash)s returning account_id",
        token_hash=token_hash,
    )
    return found if isinstance(found, UUID) else None


async def end_sessions_of(work: Work, account_id: UUID) -> int:
    return await work.run("delete from session where account_id = %(id)s", id=account_id)


async def set_enterprise(work: Work, token_hash: bytes, enterprise_id: UUID | None) -> int:
    return await work.run(
        "update session set enterprise_id = %(enterprise_id)s where token_hash = %(token_hash)s",
        enterprise_id=enterprise_id,
        token_hash=token_hash,
    )


async def enterprises_of(work: Work, person_id: UUID) -> list[Enterprise]:
    rows = await work.rows(
        """select e.id, e.name, e.social_credit_code, e.area_code, e.synthetic
           from enterprise e join enterprise_member m on m.enterprise_id = e.id
           where m.person_id = %(person_id)s order by e.name""",
        person_id=person_id,
    )
    return [Enterprise(**row) for row in rows]


async def person(work: Work, person_id: UUID) -> Person | None:
    row = await work.row(
        """select id, name, telephone, identity_number, area_code, language, synthetic
           from person where id = %(id)s""",
        id=person_id,
    )
    return Person(**row) if row else None


async def person_by_telephone(work: Work, telephone: str) -> UUID | None:
    found = await work.value(
        "select id from person where telephone = %(telephone)s", telephone=telephone
    )
    return found if isinstance(found, UUID) else None


async def account_of_person(work: Work, person_id: UUID) -> Account | None:
    row = await work.row(
        """select a.id, a.username, a.kind, a.person_id, p.name, a.active, a.locked_until
           from account a join person p on p.id = a.person_id
           where a.person_id = %(id)s and a.active and a.kind <> 'official'
           order by a.created_at limit 1""",
        id=person_id,
    )
    return Account(**row) if row else None


async def account(work: Work, username: str) -> Account | None:
    row = await work.row(
        """select a.id, a.username, a.kind, a.person_id, p.name, a.active, a.locked_until
           from account a join person p on p.id = a.person_id
           where a.username = %(username)s""",
        username=username,
    )
    return Account(**row) if row else None


async def add_code(work: Work, **values: Any) -> None:
    await work.run(
        """delete from one_time_code
           where (address = %(address)s and purpose = %(purpose)s) or expires_at < %(now)s""",
        **values,
    )
    await work.run(
        """insert into one_time_code (id, purpose, address, code_hash, expires_at)
           values (%(id)s, %(purpose)s, %(address)s, %(code_hash)s, %(expires_at)s)""",
        **values,
    )


async def take_code(work: Work, purpose: str, address: str, now: datetime) -> Row | None:
    """The standing code of an address with one more try counted."""
    return await work.row(
        """update one_time_code set tries = tries + 1
           where purpose = %(purpose)s and address = %(address)s and expires_at > %(now)s
           returning id, code_hash, tries""",
        purpose=purpose,
        address=address,
        now=now,
    )


async def drop_code(work: Work, code_id: UUID) -> None:
    await work.run("delete from one_time_code where id = %(id)s", id=code_id)


async def posts_held(
    work: Work, role: str | None, organisation_no: tuple[int, int] | None, limit: int
) -> list[PostHeld]:
    rows = await work.rows(
        """select t.id, t.account_id, a.username, p.name as person_name, t.role,
                  t.organisation_id, o.name_zh, o.name_en, t.area_code, t.name, t.starts_on,
                  t.ends_on
           from post t join account a on a.id = t.account_id join person p on p.id = a.person_id
           left join organisation o on o.id = t.organisation_id
           where (%(role)s::text is null or t.role = %(role)s)
             and (%(low)s::bigint is null or (o.no >= %(low)s and o.no < %(high)s))
             and a.active
           order by o.no nulls first, t.role, a.username limit %(limit)s""",
        role=role,
        low=organisation_no[0] if organisation_no else None,
        high=organisation_no[1] if organisation_no else None,
        limit=limit,
    )
    return [_post(row) for row in rows]


def _post(row: Row) -> PostHeld:
    zh, en = row.pop("name_zh"), row.pop("name_en")
    return PostHeld(**row, organisation_name=Words(zh, en) if zh else None)
