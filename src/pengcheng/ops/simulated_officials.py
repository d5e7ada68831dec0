"""Synthetic officials: they triage, accept, reply, approve and call back through the public API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np

from pengcheng.engines.identity import Holder, Organisation, Organisations, Rosters
from pengcheng.kernel.areas import code_of
from pengcheng.ops.sample import Behaviour
from pengcheng.ops.sample.handling import Act
from pengcheng.ops.sample.history import Duty, duty_of
from pengcheng.ops.seed_history import nearest
from pengcheng.ops.simulated_people import Api, Json

PAGE = "100"
STEP_HOURS: Mapping[str, float] = {
    "triage": 0.5, "accepting": 3, "dispute": 8, "handling": 24, "approval": 4, "call_back": 20,
}  # fmt: skip
"""How long a case waits at a step on average, in simulated time; much like the sample's past."""

ROLES = ("operator", "clerk", "unit_chief", "arbiter", "supervisor")
REJECTED_SHARE = 0.05
PHOTO_SHARE = 0.8


class Officials:
    """Everyone who handles demands in the sample city."""

    def __init__(
        self, api: Api, organisations: Organisations, duties: Mapping[tuple[str, ...], Duty],
        behaviour: Behaviour, chance: np.random.Generator,
    ) -> None:  # fmt: skip
        self._api = api
        self._organisations = organisations
        self._duties = duties
        self._behaviour = behaviour
        self._chance = chance
        self._holders: dict[str, list[Holder]] = {}

    async def load(self, rosters: Rosters) -> None:
        """Who holds which post over which organisations."""
        await self._organisations.load()
        for role in ROLES:
            self._holders[role] = await rosters.holders(role)

    def holder(self, role: str, organisation_id: UUID) -> str | None:
        """Somebody who holds a role over an organisation, the nearest post first."""
        found = nearest(self._holders.get(role, ()), self._organisations.of(organisation_id))
        return found.username if found else None

    def highest(self, role: str) -> str | None:
        """Who holds a role over most: the city's."""
        held = self._holders.get(role)
        return held[0].username if held else None

    def any(self, role: str) -> str | None:
        """One of those who hold a role, by chance."""
        held = self._holders.get(role)
        return held[int(self._chance.integers(len(held)))].username if held else None

    async def work(self, hours: float) -> None:
        """So many hours pass: of the cases that wait at each step their share goes one further."""
        operator = self.any("operator")
        if operator is None:
            return
        await self._organisations.load()
        for step, usual in STEP_HOURS.items():
            share = min(1.0, hours / usual)
            waiting = await self._api.cases(
                operator, state="open", order="due", limit=PAGE, step=step
            )
            for case in waiting:
                if self._chance.random() < share:
                    await self.step(case, operator)

    async def step(self, case: Json, operator: str) -> Json | None:
        """One step of one case, as whoever must do it usually does."""
        unit = UUID(str(case["organisation_id"]))
        match case["step"]:
            case "triage":
                return await self.dispatch(case, operator)
            case "accepting":
                return await self._accept(case, unit)
            case "handling":
                return await self.reply(case, unit)
            case "approval":
                return await self._approve(case, unit)
            case "dispute":
                return await self._decide(case)
            case "call_back":
                return await self.call_back(case, operator)
            case _:
                return None

    async def dispatch(self, case: Json, operator: str) -> Json | None:
        """An operator follows the duty list by the case's category and place."""
        unit = self._responsible(case)
        if unit is None:
            return None
        return await self.act(operator, case, "dispatch", {"organisation_id": str(unit.id)})

    async def _decide(self, case: Json) -> Json | None:
        """The arbiter follows the duty list too. The case lies with the arbiter's own organisation
        meanwhile, which handles nothing."""
        unit = self._responsible(case)
        if unit is None:
            return None
        body = {"organisation_id": str(unit.id), "reason": self.note("transfer")}
        return await self.act(self.any("arbiter"), case, "decide", body)

    def _responsible(self, case: Json) -> Organisation | None:
        """Whom the duty list names for a case's category and place."""
        levels = str(case.get("category") or "").split("/")
        duty = duty_of(self._duties, levels)
        area = case.get("area_no")
        return self._organisations.answering(
            duty.organisation_key if duty else "urban_management",
            "district" if duty is None or duty.level != "city" else "city",
            code_of(int(area)) if area is not None else None,
        )

    async def _accept(self, case: Json, unit: UUID) -> Json | None:
        """Mostly accepted; now and then returned with a reason to those who dispatched it."""
        clerk = self.holder("clerk", unit)
        act = self._behaviour.first_act(self._chance)
        if act == "return":
            done = await self.act(clerk, case, "return", {"reason": self.note("return")})
            if done:
                return done
        return await self.act(clerk, case, "accept")

    async def reply(self, case: Json, unit: UUID) -> Json | None:
        """A clerk answers, mostly with pictures of before and after."""
        clerk = self.holder("clerk", unit)
        if clerk is None:
            return None
        name = self._organisations.of(unit).name.zh
        told = self._behaviour.reply(str(case["title"]), name, "complaint", self._chance)
        body: dict[str, Any] = {"body": told.text}
        if told.outcome == "done" and self._chance.random() < PHOTO_SHARE:
            header = await self._api.header(clerk)
            body["files"] = await self._api.pictures(header, ("before", "after"), self._chance)
        return await self.act(clerk, case, "reply", body)

    async def _approve(self, case: Json, unit: UUID) -> Json | None:
        chief = self.holder("unit_chief", unit)
        if self._chance.random() < REJECTED_SHARE:
            return await self.act(chief, case, "reject", {"reason": "请补充办理结果后再报。"})
        return await self.act(chief, case, "approve")

    async def call_back(self, case: Json, operator: str) -> Json | None:
        """An operator asks the author: reached or not, solved or not, satisfied or not."""
        grade = case.get("satisfaction") or 4
        heard: dict[str, bool] = {"contacted": bool(self._chance.random() < 0.85)}
        if heard["contacted"]:
            heard |= {"resolved": grade >= 3, "satisfied": grade >= 3}
        return await self.act(operator, case, "call_back", {"details": heard})

    def note(self, act: Act) -> str:
        """The reason that goes with an act."""
        return self._behaviour.note(act, self._chance)

    async def act(
        self, username: str | None, case: Json, verb: str, body: Mapping[str, Any] | None = None
    ) -> Json | None:
        """One verb by one person; a race or a refusal leaves the case for a later round."""
        if username is None:
            return None
        sent = {"version": case["version"], **(body or {})}
        return await self._api.act(await self._api.header(username), str(case["id"]), verb, sent)
