"""SQL that adds persons, accounts, enterprises and posts, one by one and in bulk."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pengcheng.engines.identity._store import IN_FORCE
from pengcheng.engines.identity.model import Enterprise, NewAccount
from pengcheng.ground.database import Work
from pengcheng.kernel.ids import new_id

_PLAYS = """(t.role = %(role)s or exists (select 1 from city_role r
             where r.role = t.role and r.active and %(role)s = any(r.includes)))"""
"""Whether a post `t` is of a role, or of one of the city's own that includes it."""


async def password_hash(work: Work, account_id: UUID) -> str | None:
    found = await work.value("select password_hash from account where id = %(id)s", id=account_id)
    return found if isinstance(found, str) else None


async def set_password(work: Work, account_id: UUID, password_hash: str) -> None:
    await work.run(
        """update account set password_hash = %(hash)s, must_change_password = false,
                  version = version + 1 where id = %(id)s""",
        id=account_id,
        hash=password_hash,
    )


async def add_account(
    work: Work, new: NewAccount, person_id: UUID | None, password_hash: str | None = None
) -> UUID:
    """Add an account, its person unless known, and its enterprises; posts are added apart."""
    if person_id is None:
        person_id = new_id()
        person = new.person
        await work.run(
            """insert into person (id, name, telephone, identity_number, area_code, synthetic)
               values (%(id)s, %(name)s, %(telephone)s, %(identity)s, %(area)s, %(synthetic)s)""",
            id=person_id,
            name=person.name,
            telephone=person.telephone,
            identity=person.identity_number,
            area=person.area_code,
            synthetic=person.synthetic,
        )
    account_id = new_id()
    await work.run(
        """insert into account (id, username, kind, person_id, password_hash)
           values (%(id)s, %(username)s, %(kind)s, %(person)s, %(hash)s)""",
        id=account_id,
        username=new.username,
        kind=new.kind,
        person=person_id,
        hash=password_hash,
    )
    for code in new.enterprises:
        await work.run(
            """insert into enterprise_member (enterprise_id, person_id)
               select id, %(person)s from enterprise where social_credit_code = %(code)s
               on conflict do nothing""",
            person=person_id,
            code=code,
        )
    return account_id


async def fill_accounts(
    work: Work, accounts: Sequence[tuple[NewAccount, str | None]], organisations: dict[str, UUID]
) -> None:
    """Many accounts at once by COPY; each comes with its password hash."""
    made = [(new, hash_, new_id(), new_id()) for new, hash_ in accounts]
    await work.copy(
        """copy person (id, name, telephone, identity_number, area_code, synthetic)
           from stdin""",
        (
            (
                person_id,
                new.person.name,
                new.person.telephone,
                new.person.identity_number,
                new.person.area_code,
                new.person.synthetic,
            )
            for new, _, person_id, _ in made
        ),
    )
    await work.copy(
        "copy account (id, username, kind, person_id, password_hash) from stdin",
        (
            (account_id, new.username, new.kind, person_id, hash_)
            for new, hash_, person_id, account_id in made
        ),
    )
    await work.copy(
        """copy post (id, account_id, role, organisation_id, area_code, name, starts_on, ends_on)
           from stdin""",
        (
            (
                new_id(),
                account_id,
                post.role,
                organisations[post.organisation] if post.organisation else None,
                post.area_code,
                post.name,
                post.starts_on,
                post.ends_on,
            )
            for new, _, _, account_id in made
            for post in new.posts
        ),
    )
    await work.run_each(
        """insert into enterprise_member (enterprise_id, person_id)
           select id, %(person)s from enterprise where social_credit_code = %(code)s
           on conflict do nothing""",
        [
            {"person": person_id, "code": code}
            for new, _, person_id, _ in made
            for code in new.enterprises
        ],
    )


async def fill_enterprises(work: Work, enterprises: Sequence[Enterprise]) -> None:
    await work.copy(
        "copy enterprise (id, name, social_credit_code, area_code, synthetic) from stdin",
        (
            (item.id, item.name, item.social_credit_code, item.area_code, item.synthetic)
            for item in enterprises
        ),
    )


async def organisation_ids(work: Work) -> dict[str, UUID]:
    """The id of every active organisation by its key."""
    rows = await work.tuples("select key, id from organisation where active")
    return {row[0]: row[1] for row in rows}


async def organisations(work: Work) -> dict[str, tuple[UUID, int]]:
    """Id and number of every active organisation by its key."""
    rows = await work.tuples("select key, id, no from organisation where active")
    return {row[0]: (row[1], row[2]) for row in rows}


async def is_held(work: Work, role: str, today: date) -> bool:
    """Whether an open account holds a role today, over whatever."""
    return bool(
        await work.value(
            f"""select exists (select 1 from post t join account a on a.id = t.account_id
                               where {_PLAYS} and {IN_FORCE} and a.active
                                 and (a.locked_until is null or a.locked_until <= now()))""",
            role=role,
            today=today,
        )
    )
