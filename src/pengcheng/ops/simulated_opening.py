"""The first minutes of a new sample city: demands at every step, each brought there by the public
API, by those who would do it. What a visitor looks for is there; afterwards life goes on by itself.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np

from pengcheng.engines.identity import Organisations
from pengcheng.ops.sample.handling import Rating
from pengcheng.ops.sample.model import Message
from pengcheng.ops.simulated_authors import Authors
from pengcheng.ops.simulated_memory import Memory, Proof
from pengcheng.ops.simulated_officials import Officials
from pengcheng.ops.simulated_people import Api, Json

PAUSE_SECONDS = 0.2
LOOK_SECONDS, LOOKS = 0.5, 40
STEPS_MAX = 8
VISITED = 2
"""So many of the crowd's reports go to the grid worker of the place, who is a sample account."""
CITIZEN = "citizen"

Plot = Callable[["Told"], Awaitable[bool]]
"""What happens to one demand; whether it came about."""


class Told(msgspec.Struct, frozen=True):
    """One demand of the opening: its number, and how its author proves it."""

    code: str
    proof: Proof


class Opening:
    """Plays the plots, one after the other."""

    def __init__(
        self, api: Api, officials: Officials, authors: Authors, organisations: Organisations,
        memory: Memory, chance: np.random.Generator,
    ) -> None:  # fmt: skip
        self._api = api
        self._officials = officials
        self._authors = authors
        self._organisations = organisations
        self._memory = memory
        self._chance = chance
        self._operator = officials.any("operator") or ""

    async def play(self, crowd: Sequence[Message], others: Sequence[Message]) -> None:
        """Many reports of one matter, then one demand for each plot, and some that just come.

        A plot that did not come about (its demand was sealed, say, or answered at once) is played
        again with the next demand.
        """
        for number, message in enumerate(crowd):
            told = await self._send(message, "")
            if told is not None and number < VISITED:
                await self._grid(told)
        plots: deque[Plot] = deque((
            self._rated_and_called_back, self._reopened, self._rated_badly, self._in_approval,
            self._disputed, self._decided, self._suspended, self._resumed, self._extension,
            self._grid, self._supervised, self._returned, self._transferred, self._assisted,
            self._waits_for_rating, self._rated_and_called_back, self._waits_for_rating,
            self._in_approval, self._in_hand, self._in_hand,
        ))  # fmt: skip
        for number, message in enumerate(others):
            told = await self._send(message, CITIZEN if number % 4 == 0 else None)
            if told is not None and plots and await plots[0](told):
                plots.popleft()
        self._memory.opened()

    async def _send(self, message: Message, username: str | None) -> Told | None:
        accepted = await self._authors.send(message, username=username)
        await asyncio.sleep(PAUSE_SECONDS)
        if accepted is None:
            return None
        code = str(accepted["code"])
        proof = self._memory.proof(code)
        return Told(code, proof) if proof else None

    async def _seen(self, told: Told) -> Json:
        """The case as an operator sees it, once the city has taken it in."""
        header = await self._api.header(self._operator)
        for _ in range(LOOKS):
            case = await self._api.case(told.code, header)
            if case.get("step") not in {None, "intake"}:
                return case
            await asyncio.sleep(LOOK_SECONDS)
        return {}

    async def _to(self, told: Told, *steps: str) -> Json:
        """Bring a case to one of these steps, as is usual; empty where it ends before."""
        for _ in range(STEPS_MAX):
            case = await self._seen(told)
            if not case.get("open"):
                return {}
            if case["step"] in steps:
                return case
            if case["step"] == "replied" or not await self._officials.step(case, self._operator):
                return {}
            await asyncio.sleep(PAUSE_SECONDS)
        return {}

    async def _by(self, role: str, case: Json, verb: str, **body: Any) -> bool:
        """A verb by whoever holds a role over the case's organisation; whether it was done."""
        if not case:
            return False
        unit = UUID(str(case["organisation_id"]))
        name = self._officials.holder(role, unit) or self._officials.highest(role)
        return await self._officials.act(name, case, verb, body) is not None

    async def _say(self, told: Told, grade: str, comment: str, *, reopens: bool = False) -> bool:
        header = await self._authors.header(told.proof)
        case = await self._api.case(told.code, header)
        if case.get("step") != "replied":
            return False
        rating = Rating(grade=grade, comment=comment, reopens=reopens)  # type: ignore[arg-type]  # named by the plots below
        said = await self._authors.say(case, header, rating)
        self._memory.forget(told.code)
        return said is not None

    async def _rated_and_called_back(self, told: Told) -> bool:
        await self._to(told, "replied")
        await self._say(told, "very_satisfied", "处理很快，点赞！")
        case = await self._to(told, "call_back")
        return bool(case) and await self._officials.call_back(case, self._operator) is not None

    async def _reopened(self, told: Told) -> bool:
        await self._to(told, "replied")
        said = await self._say(told, "very_dissatisfied", "问题根本没有解决。", reopens=True)
        return said and bool(await self._to(told, "handling"))

    async def _rated_badly(self, told: Told) -> bool:
        await self._to(told, "replied")
        return await self._say(told, "dissatisfied", "答复没有说到重点。")

    async def _in_approval(self, told: Told) -> bool:
        return bool(await self._to(told, "approval"))

    async def _in_hand(self, told: Told) -> bool:
        return bool(await self._to(told, "handling"))

    async def _waits_for_rating(self, told: Told) -> bool:
        await self._to(told, "replied")
        self._memory.forget(told.code)
        return True

    async def _disputed(self, told: Told) -> bool:
        reason = "现场核实后认为主要责任在其他单位。"
        case = await self._to(told, "accepting", "handling")
        return await self._by("clerk", case, "dispute", reason=reason)

    async def _decided(self, told: Told) -> bool:
        await self._disputed(told)
        case = await self._to(told, "dispute")
        return bool(case) and await self._officials.step(case, self._operator) is not None

    async def _suspended(self, told: Told) -> bool:
        reason = "请补充具体位置和现场照片。"
        return await self._by("clerk", await self._to(told, "handling"), "suspend", reason=reason)

    async def _resumed(self, told: Told) -> bool:
        await self._suspended(told)
        header = await self._authors.header(told.proof)
        case = await self._api.case(told.code, header)
        if not case:
            return False
        files = await self._api.pictures(header, ("before",), self._chance, "report")
        body = {
            "version": case["version"],
            "body": "位置就在路口东南角，照片见附件。",
            "files": files,
        }
        return await self._api.act(header, told.code, "message", body) is not None

    async def _extension(self, told: Told) -> bool:
        case = await self._to(told, "handling")
        asked = {"amount": 3, "unit": "working_day", "reason": self._officials.note("extend")}
        return await self._by("clerk", case, "ask_extension", **asked)

    async def _grid(self, told: Told) -> bool:
        case = await self._to(told, "handling")
        return await self._by("clerk", case, "send_grid_task", reason="请到现场核实并拍照。")

    async def _supervised(self, told: Told) -> bool:
        case = await self._to(told, "handling")
        reason = "群众反映强烈，请今日内报送进展。"
        return await self._by("supervisor", case, "supervise", reason=reason)

    async def _returned(self, told: Told) -> bool:
        case = await self._to(told, "accepting")
        return await self._by("clerk", case, "return", reason=self._officials.note("return"))

    async def _transferred(self, told: Told) -> bool:
        case = await self._to(told, "accepting")
        if not case:
            return False
        mine = self._organisations.of(UUID(str(case["organisation_id"])))
        sisters = [
            one for one in self._organisations.all()
            if one.parent_id == mine.parent_id and one.id != mine.id and one.active
        ]  # fmt: skip
        if not sisters:
            return False
        to = sisters[int(self._chance.integers(len(sisters)))]
        reason = self._officials.note("transfer")
        return await self._by("clerk", case, "transfer", organisation_id=str(to.id), reason=reason)

    async def _assisted(self, told: Told) -> bool:
        case = await self._to(told, "handling")
        above = self._organisations.superiors(UUID(str(case["organisation_id"]))) if case else []
        if not above:
            return False
        to, reason = str(above[0].id), "请协助提供现场资料。"
        return await self._by("clerk", case, "assist", organisation_id=to, reason=reason)
