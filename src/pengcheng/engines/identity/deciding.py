"""What is wrong with people and posts, told field by field, and what must never be undone."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pengcheng.engines.identity import _store_people
from pengcheng.engines.identity.model import NewPost
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.areas import is_area_code
from pengcheng.kernel.authz import Facts, Scope
from pengcheng.kernel.codes import telephone as normal_telephone
from pengcheng.kernel.errors import Fault, Forbidden, Refusal
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock, city_day

ADMINISTRATOR = "administrator"
NAME_LENGTH_MAX = 80
ROWS_MAX = 2_000
USERNAME_LENGTH_MAX = 60


def demand(scope: Scope) -> None:
    """Refuse who may do nothing of this kind."""
    if scope.is_empty:
        raise Forbidden("record.not_yours_to_do", action=scope.action, type=scope.type)


def username_faults(name: str) -> list[Fault]:
    """What is wrong with a user name."""
    plain = name.isascii() and name.replace(".", "").replace("_", "").isalnum()
    if 3 <= len(name) <= USERNAME_LENGTH_MAX and plain:
        return []
    facts = {"length_max": USERNAME_LENGTH_MAX}
    return [Fault(path="/username", code="username.form", facts=facts)]


def person_faults(name: str, telephone: str) -> list[Fault]:
    """What is wrong with a name and a telephone ("": none)."""
    faults = []
    if not name.strip():
        faults.append(Fault(path="/name", code="field.required"))
    if len(name) > NAME_LENGTH_MAX:
        facts = {"limit": NAME_LENGTH_MAX, "length": len(name)}
        faults.append(Fault(path="/name", code="text.too_long", facts=facts))
    if telephone and normal_telephone(telephone) is None:
        faults.append(Fault(path="/telephone", code="telephone.form"))
    return faults


def post_faults(post: NewPost, roles: Sequence[str]) -> list[Fault]:
    """What is wrong with a post in itself."""
    faults = []
    if not post.role:
        faults.append(Fault(path="/role", code="field.required"))
    elif post.role not in roles:
        facts = {"given": post.role, "allowed": ", ".join(roles)}
        faults.append(Fault(path="/role", code="code.unknown", facts=facts))
    if post.area_code and not is_area_code(post.area_code):
        faults.append(Fault(path="/area_code", code="area.code"))
    if post.starts_on and post.ends_on and post.ends_on < post.starts_on:
        faults.append(Fault(path="/ends_on", code="period.reversed"))
    return faults


def post_facts_fault(
    scope: Scope, post: NewPost, known: Mapping[str, tuple[UUID, int]]
) -> list[Fault]:
    """What is wrong with where a post is: an organisation that is not there, or is not within the
    scope of who gives it. A post bound to no organisation is for who may give posts anywhere."""
    if post.organisation is not None and post.organisation not in known:
        facts = {"key": post.organisation}
        return [Fault(path="/organisation", code="organisation.unknown", facts=facts)]
    number = known[post.organisation][1] if post.organisation else None
    if not scope.holds(Facts(organisation_no=number)):
        return [Fault(path="/organisation", code="organisation.not_yours")]
    return []


async def has_administrator(work: Work, clock: Clock) -> bool:
    """Whether somebody who can sign in administers the city today."""
    return await _store_people.is_held(work, ADMINISTRATOR, city_day(clock.now()))


async def keep_administrator(work: Work, clock: Clock, *, had: bool) -> None:
    """Refuse a change that has left the city without an administrator, where it `had` one."""
    if had and not await has_administrator(work, clock):
        raise Refusal("account.last_administrator")


def entry(
    kind: str, account_id: UUID, *, before: Row | None = None, after: Row | None = None
) -> Entry:
    """A log entry about an account."""
    return Entry(
        kind=kind, subject_type="account", subject_id=account_id, before=before, after=after
    )
