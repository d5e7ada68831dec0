"""SQL of what an administrator reads and changes: accounts of officials and their posts."""

from uuid import UUID

from pengcheng.engines.identity.model import PostHeld
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.words import Words

_ACCOUNT = """select a.id, a.username, a.kind, a.active, a.locked_until, a.must_change_password,
                     a.version, p.name, p.telephone, p.synthetic,
                     (select count(*) from post t where t.account_id = a.id) as posts
              from account a join person p on p.id = a.person_id"""
_POST = """select t.id, t.account_id, a.username, p.name as person_name, t.role,
                  t.organisation_id, o.name_zh, o.name_en, t.area_code, t.name, t.starts_on,
                  t.ends_on
           from post t join account a on a.id = t.account_id join person p on p.id = a.person_id
           left join organisation o on o.id = t.organisation_id"""


async def accounts(work: Work, text: str, after: str, limit: int) -> list[Row]:
    return await work.rows(
        f"""{_ACCOUNT} where a.kind = 'official' and a.username > %(after)s
              and (%(text)s = '' or a.username ilike %(like)s or p.name ilike %(like)s)
            order by a.username limit %(limit)s""",
        text=text,
        like="%" + text.replace("%", "").replace("_", "") + "%",
        after=after,
        limit=limit,
    )


async def account(work: Work, account_id: UUID) -> Row | None:
    return await work.row(f"{_ACCOUNT} where a.id = %(id)s", id=account_id)


async def change(
    work: Work, account_id: UUID, name: str, telephone: str | None, active: object, version: int
) -> int:
    changed = await work.run(
        """update account set active = %(active)s, version = version + 1
           where id = %(id)s and version = %(version)s""",
        id=account_id,
        active=active,
        version=version,
    )
    if changed:
        await work.run(
            """update person set name = %(name)s, telephone = %(telephone)s, version = version + 1
               where id = (select person_id from account where id = %(id)s)""",
            id=account_id,
            name=name,
            telephone=telephone,
        )
    return changed


async def one_time_password(work: Work, account_id: UUID, password_hash: str) -> None:
    await work.run(
        """update account set password_hash = %(hash)s, must_change_password = true, failures = 0,
                  locked_until = null, version = version + 1 where id = %(id)s""",
        id=account_id,
        hash=password_hash,
    )


async def posts(
    work: Work, account_id: UUID | None, role: str | None, limit: int
) -> list[PostHeld]:
    rows = await work.rows(
        f"""{_POST} where a.kind = 'official' and (%(id)s::uuid is null or t.account_id = %(id)s)
              and (%(role)s::text is null or t.role = %(role)s)
            order by t.role, o.no nulls first, a.username limit %(limit)s""",
        id=account_id,
        role=role,
        limit=limit,
    )
    return [_post(row) for row in rows]


async def serving(work: Work, organisation_no: int, limit: int) -> list[PostHeld]:
    rows = await work.rows(
        f"""{_POST} where a.active and o.no <= %(no)s and %(no)s < o.no_end
            order by o.no desc, p.name limit %(limit)s""",
        no=organisation_no,
        limit=limit,
    )
    return [_post(row) for row in rows]


def _post(row: Row) -> PostHeld:
    zh, en = row.pop("name_zh"), row.pop("name_en")
    return PostHeld(**row, organisation_name=Words(zh, en) if zh else None)
