"""The nouns of identity."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from pengcheng.kernel.areas import Level
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.ranges import Ranges
from pengcheng.kernel.words import Words

PostState = Literal["held", "coming", "ended"]


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """An authority, department or unit. `kind` is the duty list's key ("water")."""

    id: UUID
    key: str
    kind: str
    level: Level
    name: Words
    area_code: str
    parent_id: UUID | None
    no: int
    no_end: int
    active: bool = True
    synthetic: bool = False
    version: int = 1

    @property
    def subtree(self) -> Ranges:
        """The numbers of the organisation and all beneath it."""
        return Ranges(((self.no, self.no_end),))


class NewOrganisation(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation to be added, or as a sheet tells of it; `parent` is the key of one that
    exists or is added before. `active` None: as it stands; a new one is in use."""

    key: str
    kind: str
    level: Level
    name: Words
    area_code: str
    parent: str | None = None
    synthetic: bool = False
    active: bool | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A natural person (自然人)."""

    id: UUID
    name: str
    telephone: str | None = None
    identity_number: str | None = None
    area_code: str | None = None
    language: str = "zh"
    synthetic: bool = False


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person to be added."""

    name: str
    telephone: str | None = None
    identity_number: str | None = None
    area_code: str | None = None
    synthetic: bool = False


class Enterprise(msgspec.Struct, frozen=True, kw_only=True):
    """A legal person (法人) by its unified social credit code (GB 32100)."""

    id: UUID
    name: str
    social_credit_code: str
    area_code: str | None = None
    synthetic: bool = False


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody signs in with."""

    id: UUID
    username: str
    kind: Literal["citizen", "enterprise", "official"]
    person_id: UUID
    name: str
    active: bool = True
    locked_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether its holder may sign in: neither deactivated nor locked by an administrator."""
        return self.active and not (self.locked_until and self.locked_until > now)


class NewPost(msgspec.Struct, frozen=True, kw_only=True):
    """A role to be held in an organisation, for its area or a smaller one, from the day it starts
    up to and with the day it ends; None: from now, without end."""

    role: str
    organisation: str | None = None
    area_code: str | None = None
    name: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be added with its person and posts; `password` None: sign in by code only."""

    username: str
    kind: Literal["citizen", "enterprise", "official"]
    person: NewPerson
    password: str | None = None
    posts: tuple[NewPost, ...] = ()
    enterprises: tuple[str, ...] = ()


class PostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a sheet: the post of an account, given, changed, or (`ended`) taken away. Of the
    days in `keeps` the sheet says nothing: those of a post that stands stay."""

    number: int
    username: str
    post: NewPost
    ended: bool = False
    keeps: frozenset[str] = frozenset()


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a sheet: a person by user name, and a post of theirs. What is UNSET, the sheet says
    nothing of; an empty telephone takes it away."""

    number: int
    username: str
    name: str | msgspec.UnsetType = msgspec.UNSET
    telephone: str | msgspec.UnsetType | None = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET
    post: PostRow | None = None


class PostHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A post with who holds it."""

    id: UUID
    account_id: UUID
    username: str
    person_name: str
    role: str
    organisation_id: UUID | None
    organisation_name: Words | None
    area_code: str | None
    name: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    ended_at: datetime | None = None
    organisation_key: str | None = None
    version: int = 1

    def state(self, today: date) -> PostState:
        """Whether it gives rights today, will, or did."""
        if self.ended_at is not None or (self.ends_on is not None and self.ends_on < today):
            return "ended"
        return "coming" if self.starts_on is not None and self.starts_on > today else "held"


class CityRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that the city made: who holds it holds the declared roles that it includes."""

    role: str
    name: Words
    includes: tuple[str, ...]
    active: bool = True
    version: int = 1


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in actor; `token` is shown once and kept only as a hash."""

    token: str
    actor: Actor
    expires_at: datetime
