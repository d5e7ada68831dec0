"""Synthetic officials: they triage, accept, reply, approve and call back through the public API."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import httpx
import numpy as np

from pengcheng.edge.services import Services
from pengcheng.ops.sample import Behaviour
from pengcheng.ops.sample.handling import Act

KIND = "demand"
PAGE = 100
STEPS = ("triage", "accepting", "dispute", "handling", "approval", "call_back")
STEP_SECONDS = 3600.0
"""How long a case waits at a step on average, in simulated time."""
REJECTED_SHARE = 0.05


class Tokens(Protocol):
    """Who may act as whom."""

    async def of(self, username: str) -> dict[str, str]:
        """The header of an account."""
        ...


class Officials:
    """Everyone who handles demands in the sample city."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: Tokens,
        services: Services,
        behaviour: Behaviour,
        chance: np.random.Generator,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._services = services
        self._behaviour = behaviour
        self._chance = chance
        self._holders: dict[str, list[tuple[int, int, str]]] = {}

    async def load(self) -> None:
        """Who holds which post over which organisations."""
        await self._services.organisations.load()
        for role in ("operator", "clerk", "unit_chief", "arbiter"):
            self._holders[role] = await self._services.identity.holders(role)

    def holder(self, role: str, organisation_id: UUID) -> str | None:
        """Somebody who holds a role over an organisation, the nearest post first."""
        number = self._services.organisations.of(organisation_id).no
        over = [
            (high - low, name)
            for low, high, name in self._holders.get(role, ())
            if low <= number < high
        ]
        return min(over)[1] if over else None

    async def work(self, share: float) -> None:
        """One round: this share of the cases that wait go one step further."""
        operator = self._any("operator")
        if operator is None:
            return
        for step in STEPS:
            for case in await self._open(operator, step):
                if self._chance.random() < share:
                    await self._step(case, operator)

    def _any(self, role: str) -> str | None:
        held = self._holders.get(role)
        return held[int(self._chance.integers(len(held)))][2] if held else None

    async def _open(self, operator: str, step: str) -> Sequence[Mapping[str, Any]]:
        headers = await self._tokens.of(operator)
        query = {"state": "open", "order": "due", "limit": str(PAGE), "step": step}
        answer = await self._client.get(f"/api/v1/cases/{KIND}", params=query, headers=headers)
        found: Sequence[Mapping[str, Any]] = answer.json().get("items", [])
        return found

    async def _step(self, case: Mapping[str, Any], operator: str) -> None:
        unit = UUID(case["organisation_id"])
        match case["step"]:
            case "triage":
                await self._triage(case, operator)
            case "accepting":
                await self._accept(case, unit)
            case "handling":
                await self._reply(case, unit)
            case "approval":
                await self._approve(case, unit)
            case "dispute":
                body = {"organisation_id": str(unit), "reason": self._note("transfer")}
                await self._act(self._any("arbiter"), case, "decide", body)
            case "call_back":
                grade = case.get("satisfaction") or 4
                heard = {"contacted": True, "resolved": grade >= 3, "satisfied": grade >= 3}
                await self._act(operator, case, "call_back", {"details": heard})
            case _:
                return

    async def _triage(self, case: Mapping[str, Any], operator: str) -> None:
        """An operator follows the proposal of the duty list, or sends it to the city's centre."""
        level1 = str(case.get("category") or "").split("/")[0]
        kinds = {"城乡建设": "urban_management", "交通运输": "transport", "环境保护": "ecology"}
        area = case.get("area_no")
        code = f"{int(area) // 1000:012d}" if area else None
        unit = self._services.organisations.answering(
            kinds.get(level1, "urban_management"), "district", code
        )
        if unit is not None:
            await self._act(operator, case, "dispatch", {"organisation_id": str(unit.id)})

    async def _accept(self, case: Mapping[str, Any], unit: UUID) -> None:
        """Mostly accepted; now and then returned with a reason to those who dispatched it."""
        act = self._behaviour.first_act(self._chance)
        if act == "return":
            reason = self._behaviour.note("return", self._chance)
            done = await self._act(self.holder("clerk", unit), case, "return", {"reason": reason})
            if done:
                return
        await self._act(self.holder("clerk", unit), case, "accept")

    async def _approve(self, case: Mapping[str, Any], unit: UUID) -> None:
        chief = self.holder("unit_chief", unit)
        if self._chance.random() < REJECTED_SHARE:
            await self._act(chief, case, "reject", {"reason": "请补充办理结果后再报。"})
            return
        await self._act(chief, case, "approve")

    async def _reply(self, case: Mapping[str, Any], unit: UUID) -> None:
        name = self._services.organisations.of(unit).name.zh
        told = self._behaviour.reply(case["title"], name, "complaint", self._chance)
        await self._act(self.holder("clerk", unit), case, "reply", {"body": told.text})

    def _note(self, act: Act) -> str:
        return self._behaviour.note(act, self._chance)

    async def _act(
        self, username: str | None, case: Mapping[str, Any], verb: str,
        body: Mapping[str, Any] | None = None,
    ) -> bool:  # fmt: skip
        """One verb by one person; a race or a refusal leaves the case for a later round."""
        if username is None:
            return False
        sent = {"version": case["version"], **(body or {})}
        headers = await self._tokens.of(username)
        answer = await self._client.post(
            f"/api/v1/cases/{KIND}/{case['id']}/actions/{verb}", json=sent, headers=headers
        )
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            print(f"{verb} {case['code']}: {answer.text[:200]}", flush=True)
        return answer.is_success
