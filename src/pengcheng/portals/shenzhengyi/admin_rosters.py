"""People and their posts as sheets: what comes in changes them row by row, what goes out comes in
again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.edge.asking import AnyRequest, services_of
from pengcheng.edge.services import Services
from pengcheng.engines.identity import (
    AccountQuery,
    NewPost,
    PeopleRights,
    PersonRow,
    PostHeld,
    PostQuery,
    PostRow,
    SheetRights,
)
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.imports import imported
from pengcheng.portals.shenzhengyi import admin
from pengcheng.portals.shenzhengyi.navigation import official
from pengcheng.portals.shenzhengyi.taking import (
    Administered,
    SheetRow,
    Table,
    Taken,
    flag_of,
    handlers_of,
    mode_with,
)

COLUMNS = ("username", "name", "telephone", "active", "role", "organisation", "area_code",
           "starts_on", "ends_on", "ended")  # fmt: skip
REQUIRED = ("username",)
EXPORT_MAX = 5_000


def post_of(services: Services, texts: Mapping[str, str], faults: list[Fault]) -> NewPost:
    """A post from a form or a row; what is wrong with its days is told."""
    return NewPost(
        role=texts.get("role", "").strip(),
        organisation=admin.unit_of(services, texts),
        area_code=texts.get("area_code", "").strip() or None,
        starts_on=admin.day_of(texts, "starts_on", faults),
        ends_on=admin.day_of(texts, "ends_on", faults),
    )


async def posts_of(
    services: Services, actor: Actor, ids: Sequence[UUID]
) -> dict[UUID, list[PostHeld]]:
    """The posts that each of some accounts holds today."""
    scope = services.rights.scope(actor, "read", "post")
    if scope.is_empty or not ids:
        return {}
    asked = PostQuery(account_ids=tuple(ids), state="held", limit=1000)
    found: dict[UUID, list[PostHeld]] = {}
    for held in await services.posts.found(scope, asked):
        found.setdefault(held.account_id, []).append(held)
    return found


def post_row(services: Services, number: int, row: SheetRow, faults: list[Fault]) -> PostRow:
    """A row of a sheet as a post; of the days whose columns it lacks nothing is said."""
    return PostRow(
        number=number,
        username=row.get("username", "").strip(),
        post=post_of(services, row, faults),
        ended=flag_of(row, "ended", faults) is True,
        keeps=frozenset({"starts_on", "ends_on"} - set(row)),
    )


def person_row(services: Services, number: int, row: SheetRow, faults: list[Fault]) -> PersonRow:
    """A row of a sheet as a person, with the post that it names."""
    given = row.get("telephone", "").strip()
    active = flag_of(row, "active", faults)
    named = any(row.get(name, "").strip() for name in ("role", "organisation"))
    return PersonRow(
        number=number,
        username=row.get("username", "").strip(),
        name=row.get("name", "").strip() or msgspec.UNSET,
        telephone=(normal_telephone(given) or given or None)
        if "telephone" in row else msgspec.UNSET,
        active=msgspec.UNSET if active is None else active,
        post=post_row(services, number, row, faults) if named else None,
    )  # fmt: skip


def sheet_rights(services: Services, actor: Actor) -> SheetRights:
    """What one may do with posts by a sheet."""
    add, change, end = (
        services.rights.scope(actor, action, "post") for action in ("import", "change", "retire")
    )
    return SheetRights(add=add, change=change, end=end)


async def take(request: AnyRequest, rows: Sequence[SheetRow], mode: str) -> Taken:
    """Add and change people and their posts; the one-time passwords of new ones are shown on this
    answer only."""
    services, actor = services_of(request), official(request)
    await services.organisations.load()
    good: list[PersonRow] = []
    bad: list[tuple[int, Fault]] = []
    for number, row in enumerate(rows, start=1):
        faults: list[Fault] = []
        person = person_row(services, number, row, faults)
        bad += [(number, fault) for fault in faults]
        good += [person] * (not faults)
    rights = PeopleRights(
        add=services.rights.scope(actor, "import", "account"),
        change=services.rights.scope(actor, "change", "account"),
        posts=sheet_rights(services, actor),
    )
    told, made = await services.people.import_rows(
        rights, good, await admin.roles_given(services), mode=mode_with(mode, bad)
    )
    whole = imported(mode, told.changes, [*told.faults, *bad], told.same)
    return Taken(told=whole, made=made)


async def give(request: AnyRequest, kind: str) -> Table:
    """Officials with their posts, a row for each post held."""
    del kind
    services, actor = services_of(request), official(request)
    scope = services.rights.scope(actor, "import", "account")
    rows: list[list[Any]] = []
    after = ""
    while len(rows) < EXPORT_MAX:
        found = await services.people.accounts(scope, AccountQuery(after=after, limit=500))
        held = await posts_of(services, actor, [row["id"] for row in found])
        for row in found:
            head = [row["username"], row["name"], row["telephone"],
                    "true" if row["active"] else "false"]  # fmt: skip
            rows += [
                [*head, p.role, p.organisation_key, p.area_code, p.starts_on, p.ends_on, ""]
                for p in held.get(row["id"], [])
            ] or [[*head, "", "", "", "", "", ""]]
        if len(found) < 500:
            break
        after = found[-1]["username"]
    return COLUMNS, rows


HANDLERS = handlers_of(
    Administered(page="accounts", type="account", columns=COLUMNS, required=REQUIRED, take=take,
                 give=give)
)  # fmt: skip
