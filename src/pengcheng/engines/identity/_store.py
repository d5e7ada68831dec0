"""SQL of accounts, persons, posts and sessions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pengcheng.engines.identity.model import Account, Enterprise, Person
from pengcheng.ground.database import Row, Work

_SESSION = """
select s.account_id, s.enterprise_id, s.expires_at, s.kind as session_kind,
       a.kind, a.username, a.person_id, a.must_change_password, p.name, p.language
from session s join account a on a.id = s.account_id join person p on p.id = a.person_id
where s.token_hash = %(token_hash)s and s.expires_at > %(now)s and a.active
  and (a.locked_until is null or a.locked_until <= %(now)s)
"""
IN_FORCE = """t.ended_at is null and (t.starts_on is null or t.starts_on <= %(today)s)
  and (t.ends_on is null or t.ends_on >= %(today)s)"""
"""Whether a post `t` gives rights on the day `today` of the city."""

_POSTS = f"""
select t.role, t.organisation_id, t.area_code, t.name, o.no, o.no_end, o.area_code as unit_area,
       coalesce(r.includes, '{{}}') as includes
from post t left join organisation o on o.id = t.organisation_id
left join city_role r on r.role = t.role and r.active
where t.account_id = %(account_id)s and {IN_FORCE}
order by t.role, o.no
"""
_COUNT_FAILURE = """
insert into sign_in_failure as f (name_hash, failures, locked_until, last_at)
values (%(key)s, 1, null, %(now)s)
on conflict (name_hash) do update set
    failures = case when f.locked_until > %(now)s then f.failures else f.failures + 1 end,
    locked_until = case when f.locked_until > %(now)s then f.locked_until
                        when (f.failures + 1) %% %(most)s = 0 then %(until)s end,
    last_at = %(now)s
returning locked_until
"""


async def session_of(work: Work, token_hash: bytes, now: datetime) -> Row | None:
    return await work.row(_SESSION, token_hash=token_hash, now=now)


async def posts_of(work: Work, account_id: UUID, today: Any) -> list[Row]:
    return await work.rows(_POSTS, account_id=account_id, today=today)


async def account_row(work: Work, username: str) -> Row | None:
    """The row that signing in needs."""
    return await work.row(
        """select id, username, kind, person_id, password_hash, locked_until, active
           from account where username = %(username)s""",
        username=username,
    )


async def locked_until(work: Work, key: bytes, now: datetime) -> datetime | None:
    """Until when wrong passwords lock a name, if they do; nobody else counts at the same time."""
    found = await work.value(
        """select locked_until from sign_in_failure
           where name_hash = %(key)s and locked_until > %(now)s for update""",
        key=key,
        now=now,
    )
    return found if isinstance(found, datetime) else None


async def count_failure(
    work: Work, key: bytes, now: datetime, *, most: int, until: datetime, forgotten: datetime
) -> datetime | None:
    """Count a wrong password for a name; until when the name is locked, if it is (now)."""
    await work.run("delete from sign_in_failure where last_at < %(at)s", at=forgotten)
    found = await work.value(_COUNT_FAILURE, key=key, now=now, most=most, until=until)
    return found if isinstance(found, datetime) else None


async def forgive(work: Work, key: bytes) -> None:
    """Forget the wrong passwords of a name."""
    await work.run("delete from sign_in_failure where name_hash = %(key)s", key=key)


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
    """The account by which a person signs in for themselves, also when it is deactivated."""
    row = await work.row(
        """select a.id, a.username, a.kind, a.person_id, p.name, a.active, a.locked_until
           from account a join person p on p.id = a.person_id
           where a.person_id = %(id)s and a.kind <> 'official'
           order by a.active desc, a.created_at limit 1""",
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
