"""Posts from a sheet: what each row gives, changes or ends, and what is wrong with it.

A row means the post of the same account, role, organisation and area whose period it touches; where
no such post stands, it gives a new one.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_people
from pengcheng.engines.identity import _store_posts as _store
from pengcheng.engines.identity._store_posts import PostQuery
from pengcheng.engines.identity.deciding import entry, post_facts_fault, post_faults
from pengcheng.engines.identity.model import NewPost, PostHeld, PostRow
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.errors import Conflict, Fault
from pengcheng.kernel.imports import RowChange, RowFaults, became

HELD_MAX = 100_000
Units = Mapping[str, tuple[UUID, int]]
Key = tuple[str, str, str | None, str | None]


class SheetRights(msgspec.Struct, frozen=True, kw_only=True):
    """What an importer may add, change and end."""

    add: Scope
    change: Scope
    end: Scope


class PostPlan(msgspec.Struct, kw_only=True):
    """What the rows of a sheet come to."""

    given: list[PostRow] = msgspec.field(default_factory=list)
    changed: list[tuple[PostRow, PostHeld, NewPost]] = msgspec.field(default_factory=list)
    ended: list[tuple[PostRow, PostHeld]] = msgspec.field(default_factory=list)
    same: list[PostRow] = msgspec.field(default_factory=list)
    faults: RowFaults = msgspec.field(default_factory=list)

    def without(self, numbers: set[int]) -> "PostPlan":
        """The plan without what these rows would do."""
        return PostPlan(
            given=[row for row in self.given if row.number not in numbers],
            changed=[item for item in self.changed if item[0].number not in numbers],
            ended=[item for item in self.ended if item[0].number not in numbers],
            same=[row for row in self.same if row.number not in numbers],
            faults=self.faults,
        )

    def changes(self) -> list[RowChange]:
        """The plan as it is told."""
        given = [
            RowChange(number=row.number, act="added", key=told_key(row),
                      values=became({}, _told(row.post)))
            for row in self.given
        ]  # fmt: skip
        changed = [
            RowChange(number=row.number, act="changed", key=told_key(row),
                      values=became(_told(held), _period(after)))
            for row, held, after in self.changed
        ]  # fmt: skip
        ended = [
            RowChange(number=row.number, act="ended", key=told_key(row)) for row, _ in self.ended
        ]
        return [*given, *changed, *ended]


async def planned(
    work: Work, rights: SheetRights, rows: Sequence[PostRow], accounts: Mapping[str, UUID],
    roles: Sequence[str], today: date, *, coming: frozenset[str] = frozenset(),
) -> PostPlan:  # fmt: skip
    """What rows would do. `accounts`: those that stand; `coming`: user names that are added with
    these rows."""
    units = await _store_people.organisations(work)
    standing = await _standing(work, rights, accounts, today)
    plan = PostPlan()
    earlier: dict[Key, list[PostRow]] = {}
    for row in rows:
        key = _key(row.username, row.post.role, row.post.organisation, row.post.area_code)
        found = [held for held in standing.get(key, ()) if _touches(row, held)]
        faults = _faults(row, found, rights, roles, units)
        if row.username not in accounts and row.username not in coming:
            faults.append(Fault(path="/username", code="account.unknown"))
        if any(_overlap(row.post, one.post) for one in earlier.get(key, ())):
            faults.append(Fault(path="/role", code="row.twice"))
        earlier.setdefault(key, []).append(row)
        plan.faults += [(row.number, fault) for fault in faults]
        if not faults:
            _decide(plan, row, found)
    return plan


async def _standing(
    work: Work, rights: SheetRights, accounts: Mapping[str, UUID], today: date
) -> dict[Key, list[PostHeld]]:
    """The posts held today and later, within what the importer may touch."""
    if not accounts:
        return {}
    asked = PostQuery(account_ids=tuple(accounts.values()), limit=HELD_MAX)
    found: dict[Key, list[PostHeld]] = {}
    for held in await _store.found(work, rights.add, asked, today):
        if held.state(today) != "ended":
            key = _key(held.username, held.role, held.organisation_key, held.area_code)
            found.setdefault(key, []).append(held)
    return found


def _decide(plan: PostPlan, row: PostRow, found: Sequence[PostHeld]) -> None:
    if not found:
        plan.given.append(row)
        return
    (held,) = found
    after = _after(row, held)
    if row.ended:
        plan.ended.append((row, held))
    elif (after.starts_on, after.ends_on) == (held.starts_on, held.ends_on):
        plan.same.append(row)
    else:
        plan.changed.append((row, held, after))


def _faults(
    row: PostRow, found: Sequence[PostHeld], rights: SheetRights, roles: Sequence[str],
    units: Units,
) -> list[Fault]:  # fmt: skip
    if len(found) > 1:
        return [Fault(path="/role", code="post.held")]
    if not found:
        missing = [Fault(path="/ended", code="post.not_held")] * row.ended
        return [*post_faults(row.post, roles), *post_facts_fault(rights.add, row.post, units),
                *missing]  # fmt: skip
    after = _after(row, found[0])
    if after.starts_on and after.ends_on and after.ends_on < after.starts_on:
        return [Fault(path="/ends_on", code="period.reversed")]
    unit = units.get(row.post.organisation or "")
    facts = Facts(organisation_no=unit[1] if unit else None)
    if not (rights.end if row.ended else rights.change).holds(facts):
        return [Fault(path="/organisation", code="organisation.not_yours")]
    return []


async def write(work: Work, plan: PostPlan, accounts: Mapping[str, UUID], now: datetime) -> None:
    """Do what was planned, each with its entry in the log."""
    units = await _store_people.organisations(work)
    for row in plan.given:
        await give(work, accounts[row.username], row.username, row.post, units)
    for _, held, after in plan.changed:
        if not await _store.change(work, held.id, after.starts_on, after.ends_on, held.version):
            raise Conflict("record.changed", version=held.version)
        told = {**told_of(held), **_period(after)}
        await work.append(entry("post.changed", held.account_id, before=_period(held), after=told))
    for _, held in plan.ended:
        if not await _store.end(work, held.id, now):
            raise Conflict("record.changed", version=held.version)
        await work.append(entry("post.ended", held.account_id, after=told_of(held)))


async def give(work: Work, account_id: UUID, username: str, post: NewPost, units: Units) -> None:
    """Give a post that was found right."""
    unit = units[post.organisation][0] if post.organisation else None
    await _store.add(work, account_id, post, unit)
    told = {name: value for name, value in msgspec.to_builtins(post).items() if value}
    told["username"] = username
    await work.append(entry("post.given", account_id, after=told))


def told_of(post: PostHeld) -> Row:
    """A post as the log tells of it."""
    told = {"role": post.role, "organisation": post.organisation_key, "area_code": post.area_code,
            "username": post.username}  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _key(username: str, role: str, organisation: str | None, area: str | None) -> Key:
    return username, role, organisation or None, area or None


def _after(row: PostRow, held: PostHeld) -> NewPost:
    starts = held.starts_on if "starts_on" in row.keeps else row.post.starts_on
    ends = held.ends_on if "ends_on" in row.keeps else row.post.ends_on
    return msgspec.structs.replace(row.post, starts_on=starts, ends_on=ends)


def _touches(row: PostRow, held: PostHeld) -> bool:
    return row.ended or _overlap(_after(row, held), held)


def _overlap(one: NewPost | PostHeld, other: NewPost | PostHeld) -> bool:
    low, high = date.min, date.max
    return (one.starts_on or low) <= (other.ends_on or high) and (other.starts_on or low) <= (
        one.ends_on or high
    )


def told_key(row: PostRow) -> str:
    """What a row is about, for its reader."""
    parts = (row.username, row.post.role, row.post.organisation, row.post.area_code)
    return " ".join(part for part in parts if part)


def _period(post: NewPost | PostHeld) -> dict[str, object]:
    return {"starts_on": post.starts_on, "ends_on": post.ends_on}


def _told(post: NewPost | PostHeld) -> dict[str, object]:
    unit = post.organisation if isinstance(post, NewPost) else post.organisation_key
    told = {"role": post.role, "organisation": unit, "area_code": post.area_code, **_period(post)}
    return {name: value for name, value in told.items() if value is not None}
