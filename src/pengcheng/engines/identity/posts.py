"""Posts: given, changed and ended by an administrator; who may do what with a record, and why."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_people, post_sheets
from pengcheng.engines.identity import _store_posts as _store
from pengcheng.engines.identity._store_posts import PostQuery
from pengcheng.engines.identity.deciding import (
    ROWS_MAX,
    demand,
    entry,
    has_administrator,
    keep_administrator,
    post_facts_fault,
    post_faults,
)
from pengcheng.engines.identity.model import NewPost, PostHeld, PostRow
from pengcheng.engines.identity.post_sheets import SheetRights, told_of
from pengcheng.engines.identity.service import posts_from
from pengcheng.ground.database import Database, Row, Work
from pengcheng.ground.signals import signal
from pengcheng.kernel.authz import Actor, Facts, Post, Right, Rights, Scope
from pengcheng.kernel.errors import Absent, Conflict, Fault, invalid
from pengcheng.kernel.imports import Imported, imported, writes
from pengcheng.kernel.time import Clock, city_day
from pengcheng.kernel.words import Words


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why somebody may do something with a record: the post that they hold, and the
    right that a role of it gives."""

    account_id: UUID
    username: str
    person_name: str
    role: str
    organisation_name: Words | None
    area_code: str | None
    right: Right


class Posts:
    """Who holds which post. A scope says which posts somebody may see or deal with."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def found(self, scope: Scope, asked: PostQuery) -> list[PostHeld]:
        """Posts in the order of organisations, those of officials."""
        demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await _store.found(work, scope, asked, city_day(self._clock.now()))

    async def counts(self, scope: Scope) -> dict[str, int]:
        """How many posts of each role are held today."""
        demand(scope)
        async with self._database.reading(scope.actor) as work:
            return await _store.counts(work, scope, city_day(self._clock.now()))

    async def give(
        self, scope: Scope, account_id: UUID, post: NewPost, roles: Sequence[str]
    ) -> None:
        """Give a post to an official's account."""
        demand(scope)
        async with self._database.transaction(scope.actor) as work:
            known = await _store_people.organisations(work)
            faults = [*post_faults(post, roles), *post_facts_fault(scope, post, known)]
            if not faults:
                faults = await self._period_faults(work, account_id, post, known)
            if faults:
                raise invalid(*faults)
            username = await _store.username_of(work, account_id)
            await post_sheets.give(work, account_id, username, post, known)
            await signal(work, "identity")

    async def change(
        self, scope: Scope, post_id: UUID, *, starts_on: date | None, ends_on: date | None,
        version: int,
    ) -> UUID:  # fmt: skip
        """Change from when to when a post is held; whose account it is."""
        demand(scope)
        if starts_on and ends_on and ends_on < starts_on:
            raise invalid(Fault(path="/ends_on", code="period.reversed"))
        async with self._database.transaction(scope.actor) as work:
            before = await self._one(work, scope, post_id)
            after = NewPost(
                role=before.role, organisation=before.organisation_key,
                area_code=before.area_code, starts_on=starts_on, ends_on=ends_on,
            )  # fmt: skip
            if await _store.overlaps(
                work, before.account_id, after, before.organisation_id, but=post_id
            ):
                raise invalid(Fault(path="/starts_on", code="post.held"))
            had = await has_administrator(work, self._clock)
            if not await _store.change(work, post_id, starts_on, ends_on, version):
                raise Conflict("record.changed", version=before.version)
            await keep_administrator(work, self._clock, had=had)
            was = {"starts_on": before.starts_on, "ends_on": before.ends_on}
            now = {"starts_on": starts_on, "ends_on": ends_on}
            told = {**told_of(before), **now}
            await work.append(entry("post.changed", before.account_id, before=was, after=told))
            await signal(work, "identity")
        return before.account_id

    async def end(self, scope: Scope, post_id: UUID) -> UUID:
        """Take a post away: it gives no right from this moment on. Whose account it was."""
        demand(scope)
        async with self._database.transaction(scope.actor) as work:
            before = await self._one(work, scope, post_id)
            had = await has_administrator(work, self._clock)
            if not await _store.end(work, post_id, self._clock.now()):
                raise Absent("post.unknown")
            await keep_administrator(work, self._clock, had=had)
            await work.append(entry("post.ended", before.account_id, after=told_of(before)))
            await signal(work, "identity")
        return before.account_id

    async def import_rows(
        self, rights: SheetRights, rows: Sequence[PostRow], roles: Sequence[str], *, mode: str
    ) -> Imported:
        """Give, change and end posts of accounts by their user names. `mode`: "all" rows or none,
        "partly" those that are right, "check": nothing is written, what would be is told."""
        demand(rights.add)
        if len(rows) > ROWS_MAX:
            raise invalid(Fault(path="", code="rows.too_many", facts={"limit": ROWS_MAX}))
        async with self._database.transaction(rights.add.actor) as work:
            accounts = await _store.accounts_of(work, [row.username for row in rows])
            now = self._clock.now()
            plan = await post_sheets.planned(work, rights, rows, accounts, roles, city_day(now))
            if writes(mode, plan.faults):
                had = await has_administrator(work, self._clock)
                await post_sheets.write(work, plan, accounts, now)
                await keep_administrator(work, self._clock, had=had)
                await signal(work, "identity")
        return imported(mode, plan.changes(), plan.faults, len(plan.same))

    async def why(self, rights: Rights, action: str, type_name: str, facts: Facts) -> list[Reach]:
        """Everybody whose posts let them do an action with a record, each with the reason; who may
        because the record is their own or assigned to them is among them."""
        roles = sorted({r.role for r in rights.rows if r.action == action
                        and r.type in {type_name, "*"}})  # fmt: skip
        async with self._database.reading() as work:
            rows = await _store.reaching(work, roles, city_day(self._clock.now()))
        return [reach for row in rows for reach in reasons(rights, row, action, type_name, facts)]

    async def holding(self, roles: Sequence[str]) -> list[tuple[UUID, Post]]:
        """Every account that holds a post of one of these roles today, with the post."""
        async with self._database.reading() as work:
            rows = await _store.reaching(work, roles, city_day(self._clock.now()))
        return [
            (row["account_id"], post)
            for row in rows
            for post in posts_from(row)
            if post.role in roles
        ]

    async def _period_faults(
        self, work: Work, account_id: UUID, post: NewPost, known: Mapping[str, tuple[UUID, int]]
    ) -> list[Fault]:
        unit = known[post.organisation][0] if post.organisation else None
        if await _store.overlaps(work, account_id, post, unit):
            return [Fault(path="/role", code="post.held")]
        return []

    async def _one(self, work: Work, scope: Scope, post_id: UUID) -> PostHeld:
        found = await _store.one(work, scope, post_id)
        if found is None:
            raise Absent("post.unknown")
        return found


def reasons(rights: Rights, row: Row, action: str, type_name: str, facts: Facts) -> list[Reach]:
    """Why the holder of a post may do an action with a record; empty: they may not. Pure."""
    actor = Actor(
        kind="official", account_id=row["account_id"], person_id=row["person_id"],
        posts=tuple(posts_from(row)),
    )  # fmt: skip
    unit = Words(row["name_zh"], row["name_en"]) if row["name_zh"] else None
    return [
        Reach(
            account_id=row["account_id"], username=row["username"],
            person_name=row["person_name"], role=post.role, organisation_name=unit,
            area_code=row["area_code"], right=right,
        )
        for post, right in rights.why(actor, action, type_name, facts)
    ]  # fmt: skip
