"""Synthetic officials do their tasks through the public API: a grid worker goes and looks, a chief
grants more time or not, a unit answers a supervision, another one assists."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pengcheng.engines.identity import Rosters
from pengcheng.ops.simulated_people import Api, Json

DOERS = ("grid_worker", "unit_chief", "clerk")
ASKED_AT_ONCE = 12
"""How many people look at their tasks in one round; all of them in turn."""

TASK_HOURS: Mapping[str, float] = {
    "grid": 8, "approve_extension": 4, "supervise": 12, "assist": 24,
}  # fmt: skip
"""How long a task waits on average, in simulated time."""

GRANTED_SHARE = 0.7
GIVEN_BACK_SHARE = 0.05
NOTES: Mapping[str, str] = {
    "grid": "已到现场核实，情况属实，现场照片附后。（模拟）",
    "supervise": "已督促承办科室加快办理，今日内答复诉求人。（模拟）",
    "assist": "已配合主办单位提供所需资料和现场支援。（模拟）",
}


class Doers:
    """Everyone of the sample city who has tasks to do."""

    def __init__(self, api: Api, chance: np.random.Generator) -> None:
        self._api = api
        self._chance = chance
        self._names: list[str] = []
        self._next = 0

    async def load(self, rosters: Rosters) -> None:
        """Who holds a post that does tasks."""
        held = [await rosters.holders(role) for role in DOERS]
        self._names = list(dict.fromkeys(one.username for people in held for one in people))

    async def work(self, hours: float) -> int:
        """So many hours pass: the next few people look at their tasks; how many they did."""
        names = [
            self._names[(self._next + number) % len(self._names)]
            for number in range(min(ASKED_AT_ONCE, len(self._names)))
        ]
        self._next += len(names)
        # Each is asked once in so many rounds, and has had the hours of all of them.
        passed = hours * max(1.0, len(self._names) / ASKED_AT_ONCE)
        done = 0
        for name in names:
            for task in await self._api.tasks(name):
                # What another application asks for is not ours to do.
                usual = TASK_HOURS.get(task["kind"])
                if usual and self._chance.random() < min(1.0, passed / usual):
                    done += await self.do(name, task)
        return done

    async def do(self, name: str, task: Json) -> bool:
        """One task by one person, who takes it first; of two who try, one wins."""
        header = await self._api.header(name)
        taken = await self._api.task(header, task, "take", {})
        if taken is None:
            return False
        if task["kind"] == "grid" and self._chance.random() < GIVEN_BACK_SHARE:
            reason = {"reason": "不在本网格范围内。（模拟）"}
            return await self._api.task(header, taken, "give-back", reason) is not None
        found = await self._found(header, task["kind"])
        return await self._api.task(header, taken, "finish", found) is not None

    async def _found(self, header: Mapping[str, str], kind: str) -> dict[str, Any]:
        if kind == "approve_extension":
            is_granted = bool(self._chance.random() < GRANTED_SHARE)
            note = "理由充分，同意延期。（模拟）" if is_granted else "请按原时限办结。（模拟）"
            return {"note": note, "granted": is_granted}
        if kind != "grid":
            return {"note": NOTES[kind]}
        sent = {
            moment: await self._api.pictures(header, (moment,), self._chance, "task")
            for moment in ("before", "after")
        }
        return {"note": NOTES[kind], "resolved": True, **sent}
