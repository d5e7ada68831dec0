"""SQL that adds persons, accounts, enterprises and posts, one by one and in bulk."""

from collections.abc import Sequence
from uuid import UUID

from pengcheng.engines.identity.model import Enterprise, NewAccount, NewPost
from pengcheng.ground.database import Work
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.ids import new_id


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
    """Add an account, its person unless known, its posts and enterprises."""
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
    for post in new.posts:
        await add_post(work, account_id, post)
    for code in new.enterprises:
        await work.run(
            """insert into enterprise_member (enterprise_id, person_id)
               select id, %(person)s from enterprise where social_credit_code = %(code)s
               on conflict do nothing""",
            person=person_id,
            code=code,
        )
    return account_id


async def add_post(work: Work, account_id: UUID, post: NewPost) -> UUID:
    organisation_id = None
    if post.organisation is not None:
        organisation_id = await work.value(
            "select id from organisation where key = %(key)s and active", key=post.organisation
        )
        if organisation_id is None:
            fault = Fault(
                path="/organisation", code="organisation.unknown", facts={"key": post.organisation}
            )
            raise invalid(fault)
    post_id = new_id()
    await work.run(
        """insert into post (id, account_id, role, organisation_id, area_code, name)
           values (%(id)s, %(account)s, %(role)s, %(organisation)s, %(area)s, %(name)s)
           on conflict do nothing""",
        id=post_id,
        account=account_id,
        role=post.role,
        organisation=organisation_id,
        area=post.area_code,
        name=post.name,
    )
    return post_id


async def end_post(work: Work, post_id: UUID) -> UUID | None:
    found = await work.value("delete from post where id = %(id)s returning account_id", id=post_id)
    return found if isinstance(found, UUID) else None


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
        "copy post (id, account_id, role, organisation_id, area_code, name) from stdin",
        (
            (
                new_id(),
                account_id,
                post.role,
                organisations[post.organisation] if post.organisation else None,
                post.area_code,
                post.name,
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


async def usernames(work: Work, kind: str, limit: int) -> list[str]:
    rows = await work.tuples(
        """select username from account where kind = %(kind)s and active
           order by created_at, username limit %(limit)s""",
        kind=kind,
        limit=limit,
    )
    return [row[0] for row in rows]


async def is_held(work: Work, role: str) -> bool:
    """Whether an active account holds a role, over whatever."""
    return bool(
        await work.value(
            """select exists (select 1 from post p join account a on a.id = p.account_id
                              where p.role = %(role)s and a.active)""",
            role=role,
        )
    )


async def holders(work: Work, role: str) -> list[tuple[int, int, str]]:
    rows = await work.tuples(
        """select o.no, o.no_end, a.username from post p
           join account a on a.id = p.account_id join organisation o on o.id = p.organisation_id
           where p.role = %(role)s and a.active order by o.no, a.username""",
        role=role,
    )
    return [(row[0], row[1], row[2]) for row in rows]
