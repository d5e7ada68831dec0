"""Who may do what with which records, as set algebra.

A right says: this role may do this action with records of this type over this much (all; the areas
beneath the post's area; the organisations beneath the post's organisation; both at once; the
asker's own; what is assigned to the asker) up to this sensitivity, where attributes have these
values. An actor holds posts; posts and rights together make a `Scope`: a union of regions whose
number depends on the kinds of rights, never on the number of posts (only `organisation_in_area`
has one for each different pair of both). A `Scope` is made here only; every read takes one, and
`ground.scope` turns it into a predicate of the statement.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

import msgspec

from pengcheng.kernel.ranges import EVERYTHING, NOTHING, Ranges, united
from pengcheng.kernel.words import Language

Over = Literal["all", "area", "organisation", "organisation_in_area", "own", "assigned"]
ActorKind = Literal["guest", "citizen", "enterprise", "official", "system"]

PUBLIC, INTERNAL, PERSONAL, SEALED = 1, 2, 3, 4
"""Sensitivity of a record or attribute, after the grading of government data in four levels."""


REMEMBERED_FROM, REMEMBERED_MAX = 8, 256
"""From so many posts on scopes are remembered, of so many actors."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """A role that somebody holds in an organisation, for an area; ranges are those of subtrees."""

    role: str
    organisation_id: UUID | None = None
    organisations: Ranges = NOTHING
    areas: Ranges = NOTHING
    name: str = ""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: an account with its posts, or the city itself, or nobody known (guest)."""

    kind: ActorKind
    account_id: UUID | None = None
    person_id: UUID | None = None
    enterprise_id: UUID | None = None
    name: str = ""
    posts: tuple[Post, ...] = ()
    language: Language = "zh"
    request_id: str = ""
    must_change_password: bool = False
    """Signed in by a one-time password: nothing else may be done before it is changed."""

    def holds(self, role: str) -> bool:
        """Whether one of the actor's posts has this role."""
        return any(post.role == role for post in self.posts)


GUEST = Actor(kind="guest", posts=(Post(role="guest"),))
SYSTEM = Actor(kind="system", name="system", posts=(Post(role="system"),))


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a rights table."""

    role: str
    action: str
    type: str
    over: Over
    sensitivity: int = INTERNAL
    where: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    basis: str = ""


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """Records within these areas and organisations, of this owner or assignee if one is named."""

    areas: Ranges = EVERYTHING
    organisations: Ranges = EVERYTHING
    owner: UUID | None = None
    assignee: UUID | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sensitivity: int = INTERNAL

    def holds(self, facts: "Facts") -> bool:
        """Whether a record with these facts lies in the region."""
        return (
            facts.sensitivity <= self.sensitivity
            and self.areas.holds(facts.area_no)
            and self.organisations.holds(facts.organisation_no)
            and (self.owner is None or self.owner in facts.owners)
            and (self.assignee is None or self.assignee in facts.assignees)
            and all(facts.attributes.get(name) in values for name, values in self.where)
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What authorisation needs to know of one record."""

    area_no: int | None = None
    organisation_no: int | None = None
    owners: frozenset[UUID] = frozenset()
    assignees: frozenset[UUID] = frozenset()
    sensitivity: int = INTERNAL
    attributes: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one type with which an actor may do one action. Empty: none."""

    action: str
    type: str
    regions: tuple[Region, ...] = ()
    actor: Actor = GUEST

    @property
    def is_empty(self) -> bool:
        return not self.regions

    @property
    def sensitivity(self) -> int:
        """The highest sensitivity that some region reaches; attributes above it are not shown."""
        return max((region.sensitivity for region in self.regions), default=0)

    def reaching(self, sensitivity: int) -> "Scope":
        """The part of the scope in which attributes of this sensitivity are shown: what is asked
        by such an attribute may be answered from there only."""
        kept = tuple(region for region in self.regions if region.sensitivity >= sensitivity)
        return msgspec.structs.replace(self, regions=kept)

    def holds(self, facts: Facts) -> bool:
        """Whether the scope holds a record with these facts."""
        return any(region.holds(facts) for region in self.regions)


class Rights:
    """The rights of a city, looked up by role, action and type ("*" stands for every type)."""

    def __init__(self, rows: Iterable[Right]) -> None:
        self.rows = tuple(rows)
        self._by_key: dict[tuple[str, str, str], tuple[Right, ...]] = {}
        for row in self.rows:
            key = (row.role, row.action, row.type)
            self._by_key[key] = (*self._by_key.get(key, ()), row)
        self._known: dict[object, tuple[object, dict[tuple[str, str], tuple[Region, ...]]]] = {}

    def of(self, role: str, action: str, type_name: str) -> tuple[Right, ...]:
        """The rows that give a role an action on a type."""
        return self._by_key.get((role, action, type_name), ()) + self._by_key.get(
            (role, action, "*"), ()
        )

    def scope(self, actor: Actor, action: str, type_name: str) -> Scope:
        """The scope of an actor: the union over posts and rights, normalised."""
        return Scope(
            action=action,
            type=type_name,
            regions=self._regions(actor, action, type_name),
            actor=actor,
        )

    def _regions(self, actor: Actor, action: str, type_name: str) -> tuple[Region, ...]:
        """Remembered for who holds many posts: a page asks for some thirty actions."""
        if len(actor.posts) < REMEMBERED_FROM:
            return self._united(actor, action, type_name)
        who = (id(actor.posts), actor.account_id, actor.person_id, actor.enterprise_id)
        if who not in self._known or self._known[who][0] is not actor.posts:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[who] = (actor.posts, {})
        known = self._known[who][1]
        if (action, type_name) not in known:
            known[action, type_name] = self._united(actor, action, type_name)
        return known[action, type_name]

    def _united(self, actor: Actor, action: str, type_name: str) -> tuple[Region, ...]:
        return _joined(
            [
                region
                for post in actor.posts
                for right in self.of(post.role, action, type_name)
                if (region := _region(actor, post, right)) is not None
            ]
        )

    def why(
        self, actor: Actor, action: str, type_name: str, facts: Facts
    ) -> list[tuple[Post, Right]]:
        """The posts and rights that let an actor do an action with a record; empty: it may not."""
        return [
            (post, right)
            for post in actor.posts
            for right in self.of(post.role, action, type_name)
            if (region := _region(actor, post, right)) is not None and region.holds(facts)
        ]


def _region(actor: Actor, post: Post, right: Right) -> Region | None:
    where = tuple(sorted(right.where.items()))
    if right.over == "own":
        owner = actor.enterprise_id or actor.person_id
        return Region(owner=owner, where=where, sensitivity=right.sensitivity) if owner else None
    if right.over == "assigned":
        who = actor.account_id
        return Region(assignee=who, where=where, sensitivity=right.sensitivity) if who else None
    areas = post.areas if right.over in {"area", "organisation_in_area"} else EVERYTHING
    by_organisation = right.over in {"organisation", "organisation_in_area"}
    organisations = post.organisations if by_organisation else EVERYTHING
    if areas.is_empty or organisations.is_empty:
        return None
    return Region(
        areas=areas, organisations=organisations, where=where, sensitivity=right.sensitivity
    )


def _joined(regions: list[Region]) -> tuple[Region, ...]:
    """Unite regions that differ in one dimension only, so that their number stays bounded."""
    alike: dict[tuple[object, ...], list[Region]] = {}
    for one in regions:
        key = (one.organisations, one.owner, one.assignee, one.where, one.sensitivity)
        alike.setdefault(key, []).append(one)
    by_areas = [
        msgspec.structs.replace(group[0], areas=united(one.areas for one in group))
        for group in alike.values()
    ]
    alike = {}
    for one in by_areas:
        key = (one.areas, one.owner, one.assignee, one.where, one.sensitivity)
        alike.setdefault(key, []).append(one)
    found = [
        msgspec.structs.replace(group[0], organisations=united(one.organisations for one in group))
        for group in alike.values()
    ]
    return tuple(r for r in found if not any(_covers(o, r) for o in found if o is not r))


def _covers(outer: Region, inner: Region) -> bool:
    return (
        (outer.owner, outer.assignee, outer.where) == (None, None, ())
        and outer.sensitivity >= inner.sensitivity
        and inner.areas & outer.areas == inner.areas
        and inner.organisations & outer.organisations == inner.organisations
    )
