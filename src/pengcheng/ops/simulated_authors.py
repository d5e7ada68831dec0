"""Synthetic citizens: they send messages, read the answer, rate it, and sometimes reopen."""

from collections.abc import Mapping
from typing import Any

import httpx
import numpy as np

from pengcheng.edge.services import Services
from pengcheng.ops.sample import Behaviour
from pengcheng.ops.sample.model import Message
from pengcheng.ops.simulated_officials import KIND, Tokens

AUTHORS = 200
SIGNED_IN_SHARE = 0.6
PUBLIC_SHARE = 0.5
KNOWN_MAX = 3000
CHANNELS = (
    ("ishenzhen", 0.5), ("telephone", 0.2), ("wechat", 0.12), ("website", 0.08), ("grid", 0.06),
    ("email", 0.04),
)  # fmt: skip
GRADES: Mapping[str, int] = {
    "very_satisfied": 5, "satisfied": 4, "fair": 3, "dissatisfied": 2, "very_dissatisfied": 1,
}  # fmt: skip


class Authors:
    """Those who send; for each demand that waits for its rating, the header that proves them."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        tokens: Tokens,
        behaviour: Behaviour,
        chance: np.random.Generator,
    ) -> None:
        self._client = client
        self._tokens = tokens
        self._behaviour = behaviour
        self._chance = chance
        self._names: list[str] = []
        self._mine: dict[str, Mapping[str, str]] = {}

    async def load(self, services: Services) -> None:
        """Who may send."""
        self._names = await services.identity.usernames(kind="citizen", limit=AUTHORS)

    async def send(self, message: Message) -> bool:
        """Send one message; whether the city accepted it."""
        channels, shares = zip(*CHANNELS, strict=True)
        body = {
            "channel": str(self._chance.choice(channels, p=shares)),
            "fields": {"subject": message.subject[:120], "body": message.body or message.subject},
            "point": list(message.point) if message.point else None,
            "is_public": bool(self._chance.random() < PUBLIC_SHARE),
        }
        headers: Mapping[str, str] = {}
        if self._names and self._chance.random() < SIGNED_IN_SHARE:
            name = self._names[int(self._chance.integers(len(self._names)))]
            headers = await self._tokens.of(name)
        try:
            answer = await self._client.post(f"/api/v1/cases/{KIND}", json=body, headers=headers)
        except httpx.HTTPError as failure:
            print(f"城市没有回答  no answer: {failure!r}", flush=True)
            return False
        if answer.status_code != httpx.codes.CREATED:
            print(f"未受理  not accepted: {answer.text[:300]}", flush=True)
            return False
        self._remember(answer.json(), headers)
        return True

    def _remember(self, accepted: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        receipt = accepted.get("receipt")
        self._mine[accepted["code"]] = {"X-Receipt": receipt} if receipt else headers
        while len(self._mine) > KNOWN_MAX:
            del self._mine[next(iter(self._mine))]

    async def rate(self, share: float) -> None:
        """This share of those who were answered read it: they rate, reopen, or never rate."""
        for code, headers in list(self._mine.items()):
            if self._chance.random() >= share:
                continue
            address = f"/api/v1/cases/{KIND}/{code}"
            answer = await self._client.get(address, headers=dict(headers))
            case = answer.json().get("case", {}) if answer.is_success else {}
            if case.get("step") == "replied":
                del self._mine[code]
                await self._say(address, case, headers)
            elif not case or not case.get("open"):
                del self._mine[code]

    async def _say(self, address: str, case: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        is_late = bool(case.get("was_late"))
        rating = self._behaviour.rating("done", self._chance, is_late=is_late)
        if rating is None:
            return
        sent: dict[str, Any] = {"version": case["version"]}
        verb = "reopen" if rating.reopens else "rate"
        if rating.reopens:
            sent["reason"] = rating.comment or "问题没有解决。"
        else:
            sent |= {"grade": GRADES[rating.grade], "body": rating.comment}
        answer = await self._client.post(
            f"{address}/actions/{verb}", json=sent, headers=dict(headers)
        )
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            print(f"{verb} {case['code']}: {answer.text[:200]}", flush=True)
