"""Views of lists that an account keeps under names of its own: only its own, and a few dozen."""

from uuid import UUID

import msgspec

from pengcheng.engines.identity import _store_views
from pengcheng.ground.database import Database, Row
from pengcheng.kernel.authz import Actor
from pengcheng.kernel.errors import Absent, Fault, Unauthenticated, invalid
from pengcheng.kernel.ids import new_id

KEPT_MAX = 30
NAME_MAX = 40
QUERY_MAX = 1_000


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a list with a name: `query` is the address without its path."""

    id: UUID
    screen: str
    name: str
    query: str


class KeptViews:
    """The kept views of whoever asks; nobody sees another's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, actor: Actor) -> tuple[KeptView, ...]:
        """All of them, by list and name."""
        if actor.account_id is None:
            return ()
        async with self._database.reading() as work:
            return tuple(map(_view, await _store_views.kept(work, actor.account_id)))

    async def keep(self, actor: Actor, screen: str, name: str, query: str) -> None:
        """Keep a view, in the place of one of the same name in the same list."""
        faults = faults_of(name, query)
        if faults:
            raise invalid(*faults)
        async with self._database.transaction(actor) as work:
            is_kept = await _store_views.keep(
                work, new_id(), _account(actor), screen=screen, name=name, query=query,
                most=KEPT_MAX,
            )  # fmt: skip
        if not is_kept:
            raise invalid(Fault(path="/name", code="view.too_many", facts={"max": KEPT_MAX}))

    async def drop(self, actor: Actor, view_id: UUID | None) -> KeptView:
        """Take a view away; what it was, so that it can be kept again."""
        async with self._database.transaction(actor) as work:
            found = await _store_views.drop(work, view_id, _account(actor)) if view_id else None
        if found is None:
            raise Absent("view.unknown")
        return _view(found)


def faults_of(name: str, query: str) -> list[Fault]:
    """What is wrong with a view that is to be kept."""
    if not name:
        return [Fault(path="/name", code="field.required")]
    if len(name) > NAME_MAX or not name.isprintable() or len(query) > QUERY_MAX:
        facts = {"limit": NAME_MAX, "length": len(name), "field_zh": "名称", "field_en": "The name"}
        return [Fault(path="/name", code="text.too_long", facts=facts)]
    return []


def _account(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise Unauthenticated("account.sign_in_needed")
    return actor.account_id


def _view(row: Row) -> KeptView:
    return KeptView(id=row["id"], screen=row["screen"], name=row["name"], query=row["query"])
