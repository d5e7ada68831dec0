"""SQL of posts: who holds which role where, from when to when."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from pengcheng.engines.identity._store import IN_FORCE
from pengcheng.engines.identity.model import NewPost, PostHeld
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.words import Words

_POST = """select t.id, t.account_id, a.username, p.name as person_name, t.role,
                  t.organisation_id, o.name_zh, o.name_en, o.key as organisation_key, t.area_code,
                  t.name, t.starts_on, t.ends_on, t.ended_at, t.version
           from post t join account a on a.id = t.account_id join person p on p.id = a.person_id
           left join organisation o on o.id = t.organisation_id"""
_COLUMNS = Columns(area=None, organisation="o.no", sensitivity=None)


class PostQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts: of accounts (none: of all), a role, an organisation and all beneath it; in a
    state today ("held", "coming", "ended")."""

    account_ids: tuple[UUID, ...] = ()
    role: str | None = None
    organisations: tuple[int, int] | None = None
    state: str | None = None
    text: str = ""
    limit: int = 200
    offset: int = 0


_IS = {
    "held": f"({IN_FORCE} and a.active)",
    "coming": "(t.ended_at is null and t.starts_on > %(today)s)",
    "ended": "(t.ended_at is not null or t.ends_on < %(today)s)",
}


async def found(work: Work, scope: Scope, asked: PostQuery, today: date) -> list[PostHeld]:
    """Posts that the scope holds, in the order of organisations; those of officials only."""
    may, values = predicate(scope, _COLUMNS)
    state = _IS.get(asked.state or "", "true")
    low, high = asked.organisations or (None, None)
    rows = await work.rows(
        f"""{_POST} where a.kind = 'official' and {may} and {state}
              and %(today)s::date is not null
              and (cardinality(%(accounts)s::uuid[]) = 0
                   or t.account_id = any(%(accounts)s))
              and (%(role)s::text is null or t.role = %(role)s)
              and (%(low)s::bigint is null or (o.no >= %(low)s and o.no < %(high)s))
              and (%(text)s = '' or p.name ilike %(like)s or a.username ilike %(like)s
                   or o.name_zh ilike %(like)s or o.name_en ilike %(like)s)
            order by o.no nulls first, t.role, a.username, t.starts_on nulls first, t.id
            limit %(limit)s offset %(offset)s""",
        today=today,
        accounts=list(asked.account_ids),
        role=asked.role,
        low=low,
        high=high,
        text=asked.text,
        like=like(asked.text),
        limit=asked.limit,
        offset=asked.offset,
        **values,
    )
    return [_post(row) for row in rows]


async def counts(work: Work, scope: Scope, today: date) -> dict[str, int]:
    """How many posts of each role the scope holds today."""
    may, values = predicate(scope, _COLUMNS)
    rows = await work.tuples(
        f"""select t.role, count(*) from post t join account a on a.id = t.account_id
            left join organisation o on o.id = t.organisation_id
            where a.kind = 'official' and a.active and {may} and {IN_FORCE} group by t.role""",
        today=today,
        **values,
    )
    return {row[0]: row[1] for row in rows}


def like(text: str) -> str:
    """A pattern that finds a text anywhere; what would be a pattern's own sign is left out."""
    return "%" + text.replace("%", "").replace("_", "").replace("\\", "") + "%"


async def serving(work: Work, organisation_no: int, today: date, limit: int) -> list[PostHeld]:
    rows = await work.rows(
        f"""{_POST} where a.active and {IN_FORCE} and o.no <= %(no)s and %(no)s < o.no_end
            order by o.no desc, p.name limit %(limit)s""",
        no=organisation_no,
        today=today,
        limit=limit,
    )
    return [_post(row) for row in rows]


async def one(work: Work, scope: Scope, post_id: UUID) -> PostHeld | None:
    may, values = predicate(scope, _COLUMNS)
    row = await work.row(f"{_POST} where t.id = %(id)s and {may}", id=post_id, **values)
    return _post(row) if row else None


async def reaching(work: Work, roles: Sequence[str], today: date) -> list[Row]:
    """Every post held today that gives one of these roles, with what an actor is made of."""
    return await work.rows(
        f"""select t.account_id, a.person_id, a.username, a.kind, p.name as person_name, p.language,
                   t.role, t.organisation_id, t.area_code, t.name, o.no, o.no_end,
                   o.area_code as unit_area, o.name_zh, o.name_en,
                   coalesce(r.includes, '{{}}') as includes
            from post t join account a on a.id = t.account_id join person p on p.id = a.person_id
            left join organisation o on o.id = t.organisation_id
            left join city_role r on r.role = t.role and r.active
            where a.active and {IN_FORCE}
              and (t.role = any(%(roles)s) or coalesce(r.includes, '{{}}') && %(roles)s::text[])
            order by o.no nulls first, p.name, a.username, t.role""",
        roles=list(roles),
        today=today,
    )


async def overlaps(
    work: Work, account_id: UUID, post: NewPost, organisation_id: UUID | None, *,
    but: UUID | None = None,
) -> bool:  # fmt: skip
    """Whether the account holds the same post in a part of the same period already."""
    return bool(
        await work.value(
            """select exists (select 1 from post where account_id = %(account)s and role = %(role)s
                 and organisation_id is not distinct from %(organisation)s::uuid
                 and area_code is not distinct from %(area)s::text and ended_at is null
                 and (%(but)s::uuid is null or id <> %(but)s)
                 and daterange(starts_on, ends_on, '[]')
                     && daterange(%(starts)s::date, %(ends)s::date, '[]'))""",
            account=account_id,
            role=post.role,
            organisation=organisation_id,
            area=post.area_code,
            starts=post.starts_on,
            ends=post.ends_on,
            but=but,
        )
    )


async def add(work: Work, account_id: UUID, post: NewPost, organisation_id: UUID | None) -> UUID:
    post_id = new_id()
    await work.run(
        """insert into post (id, account_id, role, organisation_id, area_code, name, starts_on,
                             ends_on)
           values (%(id)s, %(account)s, %(role)s, %(organisation)s, %(area)s, %(name)s,
                   %(starts)s, %(ends)s)""",
        id=post_id,
        account=account_id,
        role=post.role,
        organisation=organisation_id,
        area=post.area_code,
        name=post.name,
        starts=post.starts_on,
        ends=post.ends_on,
    )
    return post_id


async def change(
    work: Work, post_id: UUID, starts_on: date | None, ends_on: date | None, version: int
) -> int:
    return await work.run(
        """update post set starts_on = %(starts)s, ends_on = %(ends)s, version = version + 1
           where id = %(id)s and version = %(version)s and ended_at is null""",
        id=post_id,
        starts=starts_on,
        ends=ends_on,
        version=version,
    )


async def end(work: Work, post_id: UUID, at: datetime) -> int:
    return await work.run(
        """update post set ended_at = %(at)s, version = version + 1
           where id = %(id)s and ended_at is null""",
        id=post_id,
        at=at,
    )


async def username_of(work: Work, account_id: UUID) -> str:
    return str(
        await work.value("select username from account where id = %(id)s", id=account_id) or ""
    )


async def accounts_of(work: Work, usernames: Sequence[str]) -> dict[str, UUID]:
    """The ids of officials' accounts by user name; held until the transaction ends."""
    rows = await work.tuples(
        """select username, id from account where username = any(%(names)s) and kind = 'official'
           order by id for update""",
        names=list(usernames),
    )
    return {row[0]: row[1] for row in rows}


def _post(row: Row) -> PostHeld:
    zh, en = row.pop("name_zh"), row.pop("name_en")
    return PostHeld(**row, organisation_name=Words(zh, en) if zh else None)
