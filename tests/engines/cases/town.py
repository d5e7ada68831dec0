"""A small city for tests of cases: the real engines on a real database, with a clock that tests
move, and nothing in the background: a test says when intake, clocks and figures run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from pengcheng.edge.services import Services
from pengcheng.engines.cases import (
    Accepted,
    Action,
    Analysis,
    Analyst,
    Candidate,
    Case,
    CaseView,
    Intake,
    NewCase,
    SameMatter,
    sweep,
)
from pengcheng.ground.subscriptions import Subscriber, advance
from pengcheng.kernel.authz import GUEST, SYSTEM, Actor
from pengcheng.kernel.time import FixedClock
from tests.city import CELL

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten in the morning of a working day."""

KIND = "demand"
WORDS = {"subject": "雨水口堵了", "body": "梅亭路口积水，行人过不去"}


class Stand:
    """An analyst that finds what a text says it is: "water", "answer", "emergency", "vague";
    the same subject again is the same matter."""

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        return [self._one(row) for row in rows]

    def _one(self, row: Mapping[str, Any]) -> Analysis:
        subject = str(row["subject"])
        told: dict[str, dict[str, Any]] = {
            "答": {"answer": "请带身份证到窗口办理", "answer_confidence": 0.95},
            "火": {"hand_over_to": "119", "urgency": "emergency"},
            "疑": {"confidence": 0.2, "organisation_kind": None},
            "敏": {"sensitive": ("敏感",)},
        }
        common = {
            "category": "市政/排水", "confidence": 0.95, "organisation_kind": "water",
            "similar_keys": (hash(subject) & 0xFFFF,), "version": "stand 1",
            "place": CELL, "why": {"category": {"zh": "字面", "en": "words"}},
        }  # fmt: skip
        return Analysis(**{**common, **told.get(subject[0], {})})

    def same(self, row: Mapping[str, Any], candidates: Sequence[Candidate]) -> SameMatter | None:
        found = [item for item in candidates if item.title == row["subject"]]
        return SameMatter(id=found[0].id, score=0.9, why={"zh": "同题"}) if found else None


class Town:
    """The city with names for what tests do in it."""

    def __init__(
        self, services: Services, tokens: Mapping[str, str], url: str, clock: FixedClock
    ) -> None:
        self.services = services
        self.clock = clock
        self.url = url
        self._tokens = tokens

    async def actor(self, name: str) -> Actor:
        """The actor of an account of the test city; "guest" and "system" too."""
        known = {"guest": GUEST, "system": SYSTEM}
        found = known.get(name) or await self.services.identity.actor_of(self._tokens[name])
        assert found is not None, name
        return found

    def unit(self, key: str) -> UUID:
        found = self.services.organisations.by_key(key)
        assert found is not None, key
        return found.id

    async def send(self, by: str = "citizen", **more: Any) -> Accepted:
        """A case that was accepted from an account."""
        actor = await self.actor(by)
        fields = {**WORDS, **more.pop("fields", {})}
        given = {
            "kind": KIND, "channel": "api", "fields": fields, "author_id": actor.person_id,
            "author_account_id": actor.account_id, **more,
        }  # fmt: skip
        scope = self.services.rights.scope(actor, "create", KIND)
        return await self.services.cases.accept(scope, NewCase(**given))

    async def case(self, code: str) -> Case:
        scope = self.services.rights.scope(await self.actor("operator"), "read", KIND)
        return await self.services.cases.get(scope, code)

    async def view(self, by: str, code: str) -> CaseView:
        scope = self.services.rights.scope(await self.actor(by), "read", KIND)
        return await self.services.cases.view(scope, self.services.rights, code)

    async def act(self, by: str, code: str, verb: str, **more: Any) -> Case:
        """A verb at the version that stands now; texts that a verb may ask for are given."""
        version = more.pop("version", (await self.case(code)).version)
        unit = more.pop("unit", None)
        organisation = more.pop("organisation", self.unit(unit) if unit else None)
        given = {"reason": "理由", "body": "内容", **more}
        action = Action(verb=verb, version=version, organisation_id=organisation, **given)
        actor = await self.actor(by)
        return await self.services.acting.act(actor, self.services.rights, KIND, code, action)

    async def handled(self, by: str = "citizen", **more: Any) -> str:
        """The code of a case that the water clerk of Futian has in hand."""
        sent = await self.send(by, **more)
        await self.act("operator", sent.code, "dispatch", unit="water@futian")
        await self.act("clerk", sent.code, "accept")
        return sent.code

    async def replied(self, by: str = "citizen", **more: Any) -> str:
        """The code of a case that was answered and waits for its author."""
        code = await self.handled(by, **more)
        await self.act("clerk", code, "reply", body="已疏通")
        await self.act("chief", code, "approve")
        return code

    async def intake(self, analyst: Analyst | None = None) -> int:
        """Let intake hear everything; how many entries it handled."""
        analysts = {KIND: analyst or Stand()}
        intake = Intake(self.services.cases, self.services.areas, analysts)
        return await self.drain(intake.subscriber())

    async def advance(self, subscriber: Subscriber) -> int:
        return await advance(self.services.database, subscriber)

    async def drain(self, subscriber: Subscriber) -> int:
        heard = 0
        while handled := await self.advance(subscriber):
            heard += handled
        return heard

    async def pass_time(self, by: timedelta) -> None:
        """Time passes, and the clock of cases strikes."""
        self.clock.move(by)
        while await sweep(self.services.cases):
            pass

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database as nobody else may."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement.encode(), values or None).fetchall()

    def log_of(self, code: str) -> list[str]:
        """The kinds of the log's entries about a case, oldest first."""
        rows = self.query(
            "select l.kind from log l join cases c on c.id = l.subject_id where c.code = %s "
            "order by l.seq",
            code,
        )
        return [row[0] for row in rows]

    def tables_that_hold(self, text: str) -> list[str]:
        """Every table in which some row has a text, as text or as bytes, wherever it stands; maps
        and declarations apart, which are the same in every city."""
        tables = self.query(
            """select format('%I.%I', n.nspname, c.relname) from pg_class c
               join pg_namespace n on n.oid = c.relnamespace
               where c.relkind in ('r', 'p') and not c.relispartition
                 and n.nspname in ('public', 'city', 'city_history')
                 and c.relname not in ('area', 'map_feature', 'spatial_ref_sys',
                                       'registry_version')"""
        )
        found = []
        for (name,) in tables:
            asked = f"select %s from {name} t where t::text like %s or t::text like %s limit 1"
            in_bytes = f"%{text.encode().hex()}%"
            found += self.query(asked, name, f"%{text}%", in_bytes)
        return sorted(row[0] for row in found)
