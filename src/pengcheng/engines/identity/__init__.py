"""Identity (身份): organisations, people, enterprises, accounts, posts and sessions.

Invariants: passwords are kept as argon2id only; tokens and one-time codes as hashes only; an
account is locked after `FAILURES_MAX` wrong passwords; an actor is made here and nowhere else.
Anonymous visitors are `kernel.authz.GUEST`.
"""

from pengcheng.engines.identity.first import FirstAdministrator
from pengcheng.engines.identity.model import (
    Account,
    Enterprise,
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
    Organisation,
    Person,
    PostHeld,
    Session,
)
from pengcheng.engines.identity.numbering import number_tree
from pengcheng.engines.identity.organisations import Organisations
from pengcheng.engines.identity.people import People
from pengcheng.engines.identity.rosters import Holder, Named, Rosters
from pengcheng.engines.identity.service import Identity

HUB = "capability"

__all__ = [
    "HUB",
    "Account",
    "Enterprise",
    "FirstAdministrator",
    "Holder",
    "Identity",
    "Named",
    "NewAccount",
    "NewOrganisation",
    "NewPerson",
    "NewPost",
    "Organisation",
    "Organisations",
    "People",
    "Person",
    "PostHeld",
    "Rosters",
    "Session",
    "number_tree",
]
