"""Trials over all past decisions, by the worker: progress, each changed case, stopping."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from pengcheng.engines.rules import (
    AskedTrial,
    Order,
    Rules,
    Trials,
    trials,
    write_dmn,
)
from pengcheng.ground.database import Database
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.time import FixedClock
from tests.engines.rules.test_rules_durable import NOW, execute, grant, kept_records

pytestmark = pytest.mark.anyio


@pytest.fixture
async def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
async def rules(database_url: str, clock: FixedClock) -> AsyncIterator[Rules]:
    database = Database(database_url, size=4)
    await database.open()
    yield Rules(database, clock)
    await database.close()


async def ask(rules: Rules, content: bytes, since: timedelta = timedelta(days=1)) -> UUID:
    beside = await rules.publish(SYSTEM, "grant", grant())
    order = Order(column="action", values=("pay", "ask", "refuse"))
    return await Trials(rules).ask(SYSTEM, beside, content.decode(), NOW - since, [order])


async def told(rules: Rules, trial: UUID) -> AskedTrial:
    return await Trials(rules).asked(trial)


STRICTER = write_dmn(grant("50").definitions)


async def test_a_trial_tells_its_sums_and_names_each_changed_case(rules: Rules) -> None:
    await kept_records(rules, [20, 60, 80, 120])
    trial = await ask(rules, STRICTER)
    assert (await told(rules, trial)).state == "waiting"
    assert await Trials(rules).run_due()
    done = await told(rules, trial)
    assert (done.state, done.done, done.total, done.changed) == ("done", 4, 4, 2)
    assert done.report is not None
    assert (done.report.whole.losses, done.report.whole.gains) == (2, 0)
    assert done.report.cost["amount"].before - done.report.cost["amount"].after == 210
    first = await Trials(rules).changes(trial, 0, 1)
    rest = await Trials(rules).changes(trial, first[0][0], 10)
    assert [(one.code, one.effect) for _, one in (*first, *rest)] == [
        ("S60", "loss"), ("S80", "loss"),
    ]  # fmt: skip
    assert not await Trials(rules).run_due(), "it is run once"


async def test_a_long_trial_says_how_far_it_is_and_can_be_stopped(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pengcheng.engines.rules.past.CHUNK", 2)
    await kept_records(rules, [20, 60, 80, 120, 30])
    trial = await ask(rules, STRICTER)
    seen: list[AskedTrial] = []
    runner = Trials(rules)
    going_on = runner._goes_on

    async def look_then_stop(*given: Any) -> bool:
        goes_on = await going_on(*given)
        seen.append(await told(rules, trial))
        await runner.stop(SYSTEM, trial)
        return goes_on

    monkeypatch.setattr(runner, "_goes_on", look_then_stop)
    await runner.run_due()
    assert [(one.state, one.done, one.total) for one in seen][:1] == [("running", 2, 5)]
    assert [one.state for one in seen[1:]] == ["stopped"]
    ended = await told(rules, trial)
    assert (ended.state, ended.done, ended.report) == ("stopped", 2, None)
    assert not await Trials(rules).run_due()


async def test_what_a_dead_worker_began_is_begun_anew_and_given_up_in_the_end(
    rules: Rules, clock: FixedClock
) -> None:
    await kept_records(rules, [60])
    trial = await ask(rules, STRICTER)
    execute(rules, "update rule_trial set state = 'running', tries = 1, beat_at = %s", NOW)
    assert not await Trials(rules).run_due(), "its worker may be alive"
    clock.move(timedelta(seconds=trials.DEAD_SECONDS + 1))
    assert await Trials(rules).run_due()
    assert (await told(rules, trial)).changed == 1
    again = await ask(rules, STRICTER)
    execute(
        rules, "update rule_trial set state = 'running', tries = %s, beat_at = %s where id = %s",
        trials.TRIES_MAX, NOW, again,
    )  # fmt: skip
    assert not await Trials(rules).run_due()
    assert (await told(rules, again)).fault == "rules.trial_given_up"


async def test_what_cannot_be_tried_is_refused_and_what_is_old_is_forgotten(
    rules: Rules, clock: FixedClock
) -> None:
    with pytest.raises(Refusal, match="rules.invalid"):
        await ask(rules, STRICTER.replace(b"income * 1.50", b"income * ("))
    with pytest.raises(Absent):
        await told(rules, new_id())
    trial = await ask(rules, STRICTER)
    clock.move(timedelta(days=trials.KEPT_DAYS + 1))
    kept = await ask(rules, STRICTER)
    with pytest.raises(Absent):
        await told(rules, trial)
    (latest,) = await Trials(rules).latest((await told(rules, kept)).version_id)
    assert latest.id == kept
