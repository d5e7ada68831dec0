"""Stories of packs played in a city database: the real engines, a clock of the story's own.

Meant for a database that may be thrown away: accounts, organisations and cases of the stories stay
in it. What the city does by itself with a case is told in a story as `by: system`, so no automatic
intake runs here.
"""

import itertools
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pengcheng.edge.services import Services
from pengcheng.engines.cases import Action, NewCase, sweep
from pengcheng.engines.deadlines import start
from pengcheng.engines.identity import (
    NewAccount,
    NewOrganisation,
    NewPerson,
    NewPost,
    Organisation,
)
from pengcheng.engines.objects import NewRecord
from pengcheng.kernel.areas import area_level
from pengcheng.kernel.authz import GUEST, SEALED, SYSTEM, Actor, Right, Rights
from pengcheng.kernel.errors import Absent, Forbidden, PengchengError
from pengcheng.kernel.time import FixedClock
from pengcheng.kernel.words import Words
from pengcheng.ops.seed import system_scope
from pengcheng.pack.compiling_types import promise
from pengcheng.pack.stories import SYSTEM as SYSTEM_NAME
from pengcheng.pack.stories import ActorShape, CaseGiven, CaseSeen

LIFETIME = timedelta(days=36_500)
CHANNEL = "story"
FORBIDDEN = "forbidden"
"""What stories call it when somebody may not do a thing, or may not even know of the case."""
_UNIT, _NOTE, _PLAIN = "unit", "note", ("reason", "grade", "reasons", "files", "amount")
_numbers = itertools.count(1)


class DatabaseCity:
    """A `StoryCity` over the engines of one process."""

    def __init__(self, services: Services, city_area: str) -> None:
        self._services = services
        self._area = city_area
        self._clock = FixedClock(services.clock.now())
        services.cases.clock = self._clock
        self._actors: dict[str, Actor] = {}
        self._units: dict[str, Organisation] = {}
        self._cases: dict[str, tuple[str, str]] = {}
        self._number = next(_numbers)

    async def set_now(self, at: str) -> None:
        """Set the clock (RFC 3339)."""
        self._clock.at = datetime.fromisoformat(at)

    async def give_actor(self, name: str, actor: ActorShape) -> None:
        """Make an account with its post; its organisation too, if the city has none like it."""
        if actor.role == "guest":
            self._actors[name] = GUEST
            return
        is_official = actor.organisation is not None
        area = actor.area or self._area
        posts: tuple[NewPost, ...] = ()
        if actor.organisation is not None:
            unit = await self._unit(actor.organisation, area)
            self._units[actor.organisation] = unit
            posts = (NewPost(role=actor.role, organisation=unit.key, area_code=area),)
        username = f"story{self._number}.{name}"
        account = NewAccount(
            username=username,
            kind="official" if is_official else "citizen",
            person=NewPerson(name=f"故事·{name}", synthetic=True),
            posts=posts,
        )
        await self._services.identity.fill(SYSTEM, [(account, None)])
        session = await self._services.identity.issue_token(
            username, note="story", lifetime=LIFETIME
        )
        made = await self._services.identity.actor_of(session.token)
        if made is None:
            raise Absent("account.unknown", account=username)
        self._actors[name] = made

    async def _unit(self, kind: str, area: str) -> Organisation:
        """The organisation of a kind that answers for an area, made where there is none."""
        level = area_level(area)
        organisations = self._services.organisations
        found = organisations.answering(kind, level, area)
        if found is not None:
            return found
        key = f"{kind}@story{self._number}"
        new = NewOrganisation(
            key=key, kind=kind, level=level, name=Words(f"故事·{kind}", f"Story {kind}"),
            area_code=area, parent=self._services.organisations.all()[0].key, synthetic=True,
        )  # fmt: skip
        await organisations.add(system_scope("create", "organisation"), [new])
        await organisations.reload()
        return next(one for one in organisations.all() if one.key == key)

    async def give_record(self, type_name: str, values: dict[str, Any]) -> None:
        """Write a record of a declared type."""
        rest = dict(values)
        new = NewRecord(
            code=rest.pop("code", None),
            area_code=rest.pop("area", None),
            place=rest.pop("place", None),
            attributes=rest,
        )
        registry = self._services.registry
        await self._services.objects.create(registry, system_scope("create", type_name), new)

    async def give_case(self, name: str, case: CaseGiven) -> None:
        """Let an actor bring a case."""
        actor = self._actor(case.by)
        channels = self._services.registry.case_kind(case.kind).channels
        new = NewCase(
            kind=case.kind,
            channel=case.channel or next(iter(channels), CHANNEL),
            fields=case.fields,
            area_code=case.area,
            disclosure=case.disclosure,
            author_id=actor.person_id,
            author_account_id=actor.account_id,
        )
        scope = system_scope("create", case.kind)
        accepted = await self._services.cases.accept(scope, new)
        self._cases[name] = (case.kind, accepted.code)

    async def act(self, actor: str, action: str, case: str, values: dict[str, Any]) -> str | None:
        """Act on a case; None when done, else the code of the refusal."""
        kind, code = self._cases[case]
        who = self._actor(actor)
        rights = self._services.rights
        if actor == SYSTEM_NAME:
            rights = _everything(kind, action)
        version = (await self._seen(case)).version
        asked = await self._action(action, version, values)
        try:
            await self._services.acting.act(who, rights, kind, code, asked)
        except (Forbidden, Absent):
            return FORBIDDEN
        except PengchengError as refused:
            return refused.code
        return None

    async def _action(self, verb: str, version: int, values: Mapping[str, Any]) -> Action:
        unit = values.get(_UNIT)
        organisation = None
        if unit is not None:
            organisation = self._units.get(unit) or await self._unit(unit, self._area)
        known = (_UNIT, _NOTE, *_PLAIN)
        return Action(
            verb=verb,
            version=version,
            organisation_id=organisation.id if organisation else None,
            body=str(values.get(_NOTE, "")),
            details={name: value for name, value in values.items() if name not in known},
            **{name: values[name] for name in _PLAIN if name in values},
        )

    async def pass_time(self, span: str) -> None:
        """Move the clock on and let what falls due happen."""
        calendar = await self._services.calendars.current()
        self._clock.at = start(promise(span), self._clock.at, calendar).at
        while await sweep(self._services.cases):
            pass

    async def state(self, case: str) -> CaseSeen:
        """How a case stands."""
        found = await self._seen(case)
        owner = self._services.organisations.of(found.organisation_id)
        return CaseSeen(
            step=found.step,
            stage=found.stage,
            open=found.open,
            outcome=found.outcome,
            owner=owner.kind,
            clock=found.clock,
            due=found.due_at.isoformat() if found.due_at else None,
        )

    async def sees(self, actor: str, case: str) -> bool:
        """Whether an actor may know of a case."""
        kind, code = self._cases[case]
        scope = self._services.rights.scope(self._actor(actor), "read", kind)
        try:
            await self._services.cases.get(scope, code)
        except Absent:
            return False
        return True

    async def _seen(self, case: str) -> Any:
        kind, code = self._cases[case]
        return await self._services.cases.get(system_scope("read", kind), code)

    def _actor(self, name: str) -> Actor:
        return SYSTEM if name == SYSTEM_NAME else self._actors[name]


def _everything(kind: str, verb: str) -> Rights:
    """What the city does by itself it may."""
    return Rights(
        tuple(
            Right(role="system", action=action, type=kind, over="all", sensitivity=SEALED)
            for action in ("read", verb)
        )
    )
