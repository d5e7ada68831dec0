"""People from a sheet: rows of one user name are one person with their posts.

What concerns the person stands in the first of these rows; the others repeat it or leave it out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_admin, _store_posts, post_sheets
from pengcheng.engines.identity.deciding import person_faults, username_faults
from pengcheng.engines.identity.model import NewAccount, NewPerson, PersonRow
from pengcheng.engines.identity.post_sheets import PostPlan, SheetRights
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Fault
from pengcheng.kernel.imports import RowChange, RowFaults, became
from pengcheng.kernel.time import city_day

OF_PERSON = ("name", "telephone", "active")


class PeopleRights(msgspec.Struct, frozen=True, kw_only=True):
    """Within what an importer may add accounts and change them, and what they may do with posts."""

    add: Scope
    change: Scope
    posts: SheetRights


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the city knows of the people of a sheet: accounts that the importer may change, by user
    name; every user name that is taken; whose the telephones are."""

    accounts: Mapping[str, Row]
    taken: frozenset[str]
    telephones: Mapping[str, UUID]


class PeoplePlan(msgspec.Struct, kw_only=True):
    """What the rows of a sheet come to; `changed`: (before, name, telephone, active)."""

    accounts: Mapping[str, UUID]
    posts: PostPlan
    added: list[NewAccount] = msgspec.field(default_factory=list)
    changed: list[tuple[Row, str, str | None, bool]] = msgspec.field(default_factory=list)
    told: list[RowChange] = msgspec.field(default_factory=list)
    faults: RowFaults = msgspec.field(default_factory=list)
    rows: int = 0

    def changes(self) -> list[RowChange]:
        """The plan as it is told: one change for each row that changes anything."""
        found: dict[int, RowChange] = {}
        for change in (*self.told, *self.posts.changes()):
            first = found.get(change.number)
            found[change.number] = change if first is None else msgspec.structs.replace(
                first, values=(*first.values, *change.values)
            )  # fmt: skip
        return list(found.values())

    def same(self) -> int:
        """Rows that stand as they are."""
        wrong = {number for number, _ in self.faults}
        return self.rows - len(wrong) - len({change.number for change in self.changes()} - wrong)


async def planned(
    work: Work, rights: PeopleRights, rows: Sequence[PersonRow], roles: Sequence[str],
    now: datetime,
) -> PeoplePlan:  # fmt: skip
    """What rows would do, and what is wrong with each."""
    standing = await _standing(work, rights, rows, now)
    accounts = {name: row["id"] for name, row in standing.accounts.items()}
    plan = PeoplePlan(accounts=accounts, posts=PostPlan(), rows=len(rows))
    first: dict[str, PersonRow] = {}
    numbers: set[str] = set()
    for row in rows:
        head = first.setdefault(row.username, row)
        faults = (
            _person_faults(row, standing, rights, numbers) if head is row else _differs(head, row)
        )
        plan.faults += [(row.number, fault) for fault in faults]
    await _plan_posts(work, rights, rows, roles, now, plan, frozenset(first) - set(accounts))
    wrong = {number for number, _ in plan.faults}
    for head in first.values():
        if head.number not in wrong:
            _decide(plan, head, standing.accounts.get(head.username))
    return plan


async def _plan_posts(
    work: Work, rights: PeopleRights, rows: Sequence[PersonRow], roles: Sequence[str],
    now: datetime, plan: PeoplePlan, coming: frozenset[str],
) -> None:  # fmt: skip
    """Plan the posts; the rows of a new person whose first row is wrong are of nobody."""
    given = [row.post for row in rows if row.post is not None]
    posts = await post_sheets.planned(
        work, rights.posts, given, plan.accounts, roles, city_day(now), coming=coming
    )
    wrong = {number for number, _ in (*plan.faults, *posts.faults)}
    lost: set[str] = set()
    seen: set[str] = set()
    for row in rows:
        if row.username in coming and row.username not in seen and row.number in wrong:
            lost.add(row.username)
        elif row.username in lost and row.number not in wrong:
            plan.faults.append((row.number, Fault(path="/username", code="account.unknown")))
        seen.add(row.username)
    plan.faults += posts.faults
    plan.posts = posts.without({number for number, _ in plan.faults})


async def _standing(
    work: Work, rights: PeopleRights, rows: Sequence[PersonRow], now: datetime
) -> Standing:
    names = sorted({row.username for row in rows})
    numbers = sorted({row.telephone for row in rows if isinstance(row.telephone, str)})
    await _store_posts.accounts_of(work, names)
    found = await _store_admin.named(work, rights.change, names, now, city_day(now))
    return Standing(
        accounts={row["username"]: row for row in found},
        taken=frozenset(await _store_admin.taken(work, names)),
        telephones=await _store_admin.telephones(work, numbers),
    )


def _person_faults(
    row: PersonRow, standing: Standing, rights: PeopleRights, numbers: set[str]
) -> list[Fault]:
    """What is wrong with the first row of a user name."""
    known = standing.accounts.get(row.username)
    name, number, active = _values(row, known)
    faults = username_faults(row.username) if known is None else []
    if known is None and row.username in standing.taken:
        faults.append(Fault(path="/username", code="username.taken"))
    if known is None and not active:
        faults.append(Fault(path="/active", code="account.unknown"))
    if known is not None and not active and known["id"] == rights.change.actor.account_id:
        faults.append(Fault(path="/active", code="account.own"))
    faults += person_faults(name, number or "")
    owner = standing.telephones.get(number or "")
    if owner is not None and (known is None or owner != known["person_id"]):
        faults.append(Fault(path="/telephone", code="telephone.taken"))
    if number in numbers:
        faults.append(Fault(path="/telephone", code="row.twice"))
    numbers |= {number} if number else set()
    return faults


def _differs(head: PersonRow, row: PersonRow) -> list[Fault]:
    """A later row of a person that says something else than the first, or says nothing new."""
    faults = [
        Fault(path=f"/{name}", code="row.differs", facts={"row": head.number + 1})
        for name in OF_PERSON
        if getattr(row, name) not in {getattr(head, name), msgspec.UNSET}
    ]
    twice = [Fault(path="/username", code="row.twice")] * (row.post is None)
    return [*faults, *twice]


def _values(row: PersonRow, known: Row | None) -> tuple[str, str | None, bool]:
    """What the person is to be: what the row says, else what stands."""
    before: Mapping[str, Any] = known or {"name": "", "telephone": None, "active": True}
    name = before["name"] if row.name is msgspec.UNSET else row.name
    number = before["telephone"] if row.telephone is msgspec.UNSET else row.telephone
    active = before["active"] if row.active is msgspec.UNSET else row.active
    return name, normal_telephone(number) or number if number else None, active


def _decide(plan: PeoplePlan, row: PersonRow, known: Row | None) -> None:
    name, number, active = _values(row, known)
    after = {"name": name, "telephone": number, "active": active}
    if known is None:
        person = NewPerson(name=name, telephone=number)
        plan.added.append(NewAccount(username=row.username, kind="official", person=person))
        values = became({}, {"name": name} | ({"telephone": number} if number else {}))
        told = RowChange(number=row.number, act="added", key=row.username, values=values)
        plan.told.append(told)
        return
    before = {key: known[key] for key in OF_PERSON}
    if before != after:
        plan.changed.append((known, name, number, active))
        ended = known["active"] and not active
        plan.told.append(
            RowChange(number=row.number, act="ended" if ended else "changed", key=row.username,
                      values=became(before, after))
        )  # fmt: skip
