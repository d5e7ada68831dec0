"""Identity (身份): organisations, people, enterprises, accounts, posts and sessions.

Invariants: passwords are kept as argon2id only; tokens and one-time codes as hashes only; an
name is locked after `FAILURES_MAX` wrong passwords, whether an account has it or not; an ended
post gives no right; the last administrator stays; an actor is made here and nowhere else.
Anonymous visitors are `kernel.authz.GUEST`.
"""

from pengcheng.engines.identity._store_admin import AccountQuery
from pengcheng.engines.identity._store_posts import PostQuery
from pengcheng.engines.identity.arranging import Arranging, OrganisationChange
from pengcheng.engines.identity.closing import Closing
from pengcheng.engines.identity.deciding import ADMINISTRATOR
from pengcheng.engines.identity.first import FirstAdministrator
from pengcheng.engines.identity.model import (
    Account,
    CityRole,
    Enterprise,
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
    Organisation,
    Person,
    PersonRow,
    PostHeld,
    PostRow,
    Session,
)
from pengcheng.engines.identity.numbering import number_tree
from pengcheng.engines.identity.organisations import Organisations
from pengcheng.engines.identity.owners import Owners
from pengcheng.engines.identity.people import People
from pengcheng.engines.identity.people_sheets import PeopleRights
from pengcheng.engines.identity.post_sheets import SheetRights
from pengcheng.engines.identity.posts import Posts, Reach
from pengcheng.engines.identity.roles import Roles
from pengcheng.engines.identity.rosters import Holder, Named, Rosters
from pengcheng.engines.identity.service import Identity
from pengcheng.engines.identity.views import KeptView, KeptViews

HUB = "capability"

__all__ = [
    "ADMINISTRATOR",
    "HUB",
    "Account",
    "AccountQuery",
    "Arranging",
    "CityRole",
    "Closing",
    "Enterprise",
    "FirstAdministrator",
    "Holder",
    "Identity",
    "KeptView",
    "KeptViews",
    "Named",
    "NewAccount",
    "NewOrganisation",
    "NewPerson",
    "NewPost",
    "Organisation",
    "OrganisationChange",
    "Organisations",
    "Owners",
    "People",
    "PeopleRights",
    "Person",
    "PersonRow",
    "PostHeld",
    "PostQuery",
    "PostRow",
    "Posts",
    "Reach",
    "Roles",
    "Rosters",
    "Session",
    "SheetRights",
    "number_tree",
]
