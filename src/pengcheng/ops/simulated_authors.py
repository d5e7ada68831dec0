"""Synthetic citizens: they send messages, read the answer, rate it, and sometimes reopen."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pengcheng.engines.identity import Rosters
from pengcheng.ops.sample import Behaviour
from pengcheng.ops.sample.handling import Rating
from pengcheng.ops.sample.history import GRADES, drawn, reasons_of
from pengcheng.ops.sample.model import Message
from pengcheng.ops.simulated_memory import Memory, Proof
from pengcheng.ops.simulated_people import Api, Json

AUTHORS = 200
SIGNED_IN_SHARE = 0.6
PUBLIC_SHARE = 0.5
PHOTO_SHARE = 0.3
CHANNELS = (
    ("ishenzhen", 0.5), ("telephone", 0.2), ("wechat", 0.12), ("website", 0.08), ("grid", 0.06),
    ("email", 0.04),
)  # fmt: skip


class Authors:
    """Those who send; the memory keeps who proves what, also over a restart."""

    def __init__(
        self, api: Api, memory: Memory, behaviour: Behaviour, chance: np.random.Generator
    ) -> None:
        self._api = api
        self._memory = memory
        self._behaviour = behaviour
        self._chance = chance
        self._names: list[str] = []

    async def load(self, rosters: Rosters) -> None:
        """Who may send."""
        found = await rosters.named(kind="citizen", limit=AUTHORS)
        self._names = [one.username for one in found]

    async def send(self, message: Message, *, username: str | None = None) -> Json | None:
        """Send one message, under this account or one by chance; what the city answered."""
        name = self._author() if username is None else username
        header = await self._api.header(name)
        body: dict[str, Any] = {
            "channel": "ishenzhen" if name else drawn(CHANNELS[1:], self._chance),
            "fields": {"subject": message.subject[:120], "body": message.body or message.subject},
            "point": list(message.point) if message.point else None,
            "is_public": bool(self._chance.random() < PUBLIC_SHARE),
        }
        if name and message.source == "synthetic" and self._chance.random() < PHOTO_SHARE:
            body["files"] = await self._api.pictures(header, ("before",), self._chance, "report")
        accepted = await self._api.send(body, header)
        if accepted is not None:
            proof = Proof(username=name, receipt=str(accepted.get("receipt") or ""))
            self._memory.sent(str(accepted["code"]), proof)
        return accepted

    def _author(self) -> str:
        if not self._names or self._chance.random() >= SIGNED_IN_SHARE:
            return ""
        return self._names[int(self._chance.integers(len(self._names)))]

    async def header(self, proof: Proof) -> Mapping[str, str]:
        """The header that proves an author."""
        return (
            {"X-Receipt": proof.receipt}
            if proof.receipt
            else await self._api.header(proof.username)
        )

    async def rate(self, share: float) -> None:
        """This share of those who were answered read it: they rate, reopen, or never rate."""
        for code, proof in self._memory.waiting():
            if self._chance.random() >= share:
                continue
            header = await self.header(proof)
            case = await self._api.case(code, header)
            if case.get("step") == "replied":
                self._memory.forget(code)
                late = bool(case.get("was_late"))
                rating = self._behaviour.rating("done", self._chance, is_late=late)
                if rating is not None:
                    await self.say(case, header, rating)
            elif not case or not case.get("open"):
                self._memory.forget(code)
        self._memory.keep()

    async def say(self, case: Json, header: Mapping[str, str], rating: Rating) -> Json | None:
        """Rate a case with grade, reasons and a comment, or reopen it."""
        sent: dict[str, Any] = {"version": case["version"]}
        if rating.reopens and not case.get("reopenings"):
            sent["reason"] = rating.comment or "问题没有解决。"
            return await self._api.act(header, str(case["code"]), "reopen", sent)
        grade = GRADES[rating.grade]
        sent |= {"grade": grade, "body": rating.comment}
        sent["reasons"] = list(reasons_of(grade, self._chance))
        return await self._api.act(header, str(case["code"]), "rate", sent)
