"""SQL of what an administrator reads and changes: accounts and their persons."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from pengcheng.engines.identity._store import IN_FORCE
from pengcheng.engines.identity._store_posts import like
from pengcheng.ground.database import Row, Work
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope

_ACCOUNT = f"""select a.id, a.username, a.kind, a.active, a.must_change_password, a.version,
                     a.person_id, p.name, p.telephone, p.synthetic, a.created_at,
                     a.locked_until as closed_until, f.locked_until as guessed_until,
                     (select count(*) from post t
                      where t.account_id = a.id and {IN_FORCE}) as posts
              from account a join person p on p.id = a.person_id
              left join sign_in_failure f
                on f.name_hash = sha256(convert_to(a.username, 'UTF8'))
                  and f.locked_until > %(now)s"""
_COLUMNS = Columns(area=None, organisation="o.no", sensitivity=None)


class AccountQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts: of a kind, in a state ("active", "locked", "inactive", "new"), of an
    organisation and all beneath it; found by user name, name or the whole telephone."""

    text: str = ""
    kind: str = "official"
    state: str = ""
    role: str | None = None
    organisations: tuple[int, int] | None = None
    after: str = ""
    limit: int = 100


_IS = {
    "active": "a.active",
    "inactive": "not a.active",
    "locked": "(a.active and (a.locked_until > %(now)s or f.locked_until is not null))",
    "new": "(a.active and a.must_change_password)",
}


def _within(scope: Scope) -> tuple[str, dict[str, object]]:
    """An account is within a scope when one of its posts is."""
    may, values = predicate(scope, _COLUMNS)
    if may in {"true", "false"}:
        return may, values
    held = f"""exists (select 1 from post t join organisation o on o.id = t.organisation_id
                       where t.account_id = a.id and {may})"""
    return held, values


async def accounts(
    work: Work, scope: Scope, asked: AccountQuery, now: datetime, today: date
) -> list[Row]:
    may, values = _within(scope)
    low, high = asked.organisations or (None, None)
    return await work.rows(
        f"""{_ACCOUNT} where a.kind = %(kind)s and a.username > %(after)s and {may}
              and {_IS.get(asked.state, "true")}
              and (%(text)s = '' or a.username ilike %(like)s or p.name ilike %(like)s
                   or p.telephone = %(text)s)
              and ((%(low)s::bigint is null and %(role)s::text is null) or exists (
                   select 1 from post t left join organisation o on o.id = t.organisation_id
                   where t.account_id = a.id and {IN_FORCE}
                     and (%(role)s::text is null or t.role = %(role)s)
                     and (%(low)s::bigint is null or (o.no >= %(low)s and o.no < %(high)s))))
            order by a.username limit %(limit)s""",
        kind=asked.kind,
        text=asked.text,
        like=like(asked.text),
        after=asked.after,
        role=asked.role,
        low=low,
        high=high,
        now=now,
        today=today,
        limit=asked.limit,
        **values,
    )


async def account(
    work: Work, scope: Scope, account_id: UUID, now: datetime, today: date
) -> Row | None:
    may, values = _within(scope)
    return await work.row(
        f"{_ACCOUNT} where a.id = %(id)s and {may}", id=account_id, now=now, today=today, **values
    )


async def named(
    work: Work, scope: Scope, usernames: Sequence[str], now: datetime, today: date
) -> list[Row]:
    """The accounts of officials with these user names that the scope holds."""
    may, values = _within(scope)
    return await work.rows(
        f"{_ACCOUNT} where a.username = any(%(names)s) and a.kind = 'official' and {may}",
        names=list(usernames),
        now=now,
        today=today,
        **values,
    )


async def taken(work: Work, usernames: Sequence[str]) -> list[str]:
    """Those of these user names that some account has."""
    rows = await work.tuples(
        "select username from account where username = any(%(names)s)", names=list(usernames)
    )
    return [row[0] for row in rows]


async def telephones(work: Work, numbers: Sequence[str]) -> dict[str, UUID]:
    """Whose these telephones are."""
    rows = await work.tuples(
        "select telephone, id from person where telephone = any(%(numbers)s)",
        numbers=list(numbers),
    )
    return {row[0]: row[1] for row in rows}


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


async def lock(work: Work, account_id: UUID, until: datetime | None) -> None:
    """Keep the account shut until an instant; None: open it, whatever had locked it."""
    await work.run(
        """update account set locked_until = %(until)s, version = version + 1
           where id = %(id)s""",
        id=account_id,
        until=until,
    )
    if until is None:
        await work.run(
            """delete from sign_in_failure where name_hash =
                 (select sha256(convert_to(username, 'UTF8')) from account where id = %(id)s)""",
            id=account_id,
        )


async def one_time_password(work: Work, account_id: UUID, password_hash: str) -> None:
    await work.run(
        """update account set password_hash = %(hash)s, must_change_password = true,
                  version = version + 1 where id = %(id)s""",
        id=account_id,
        hash=password_hash,
    )
