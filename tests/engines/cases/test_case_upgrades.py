"""A newer version of a case's process: cases that are open go on under theirs, each has a verdict
before anything happens, all that can move are moved by a declared mapping, and put back."""

from typing import Any

import msgspec
import pytest

from pengcheng.engines.cases import declared_mapping
from pengcheng.engines.processes import Mapped
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent, Conflict, Refusal
from pengcheng.kernel.registry import Process, Registry
from tests.engines.cases.town import KIND, Stand, Town

pytestmark = pytest.mark.anyio
NAME = "demand_handling"


def newer(process: Process, **more: Any) -> Process:
    """Version 2: approval is gone, handling is called working, a reply goes out at once."""
    steps = []
    for step in process.steps:
        ways = {verb: "working" if to == "handling" else to for verb, to in step.actions.items()}
        if step.id == "handling":
            step = msgspec.structs.replace(step, id="working")
            ways |= {"reply": "replied"}
        if step.id != "approval":
            steps.append(msgspec.structs.replace(step, actions=ways))
    return msgspec.structs.replace(
        process, version=2, steps=tuple(steps), source={**process.source, **more}
    )


def install(town: Town, process: Process) -> Registry:
    """The town with this version as its newest, as an installation puts it there."""
    before = town.services.registry
    registry = msgspec.structs.replace(before, processes={**before.processes, NAME: process})
    found = msgspec.structs.replace(registry.after(before), version=before.version + 1)
    town.services.declared.replace(found)
    return found


async def verdicts(town: Town, mapped: Mapped | None = None) -> dict[str, tuple[str, str, int]]:
    """Step to verdict, heir and how many."""
    (judged,) = await town.services.case_upgrades.judge(KIND, mapped)
    return {item.step: (item.verdict, item.to, item.cases) for item in judged.steps}


async def test_a_case_goes_on_to_its_end_under_the_version_that_it_was_accepted_under(
    town: Town,
) -> None:
    code = await town.handled()
    install(town, newer(town.services.registry.processes[NAME]))

    await town.act("clerk", code, "reply", body="已疏通")
    waiting = await town.case(code)
    await town.act("chief", code, "approve")
    await town.act("citizen", code, "confirm")

    closed = await town.case(code)
    assert (waiting.step, waiting.process_version) == ("approval", 1)
    assert (closed.open, closed.outcome) == (False, "closed")


async def test_each_open_case_has_a_verdict_before_anything_happens(town: Town) -> None:
    codes = [await town.handled(), (await town.send()).code]
    await town.act("clerk", codes[0], "reply", body="已疏通")
    handling = await town.handled()
    triage = await town.handled()
    await town.act("clerk", triage, "return")
    install(town, newer(town.services.registry.processes[NAME]))

    plain = await verdicts(town)
    mapped = await verdicts(town, Mapped(steps={"handling": "working"}, stays={"approval"}))
    (judged,) = await town.services.case_upgrades.judge(KIND)
    single = {item.code: item.verdict for item in await town.services.case_upgrades.lines(judged)}

    assert plain == {
        "approval": ("person", "", 1), "handling": ("person", "", 1),
        "intake": ("waits", "intake", 1), "triage": ("moves", "triage", 1),
    }  # fmt: skip
    assert mapped["handling"] == ("moves", "working", 1)
    assert mapped["approval"][0] == "stays"
    assert single == {
        codes[0]: "person", codes[1]: "waits", handling: "person", triage: "moves",
    }  # fmt: skip
    assert (await town.case(triage)).process_version == 1


async def test_a_declared_mapping_moves_in_bulk_and_is_undone_where_nothing_happened_since(
    town: Town,
) -> None:
    first, second = await town.handled(), await town.handled()
    declared = [{"from": 1, "steps": {"handling": "working"}, "stays": ["approval"]}]
    registry = install(town, newer(town.services.registry.processes[NAME], upgrades=declared))
    upgrades = town.services.case_upgrades
    before = await town.case(first)

    done, moved = await upgrades.upgrade(SYSTEM, KIND, 1)
    after = await town.case(first)
    await town.act("clerk", second, "reply", body="已疏通")
    back, onward = await upgrades.undo(SYSTEM, done.id)

    assert declared_mapping(registry.processes[NAME], 1).steps == {"handling": "working"}
    assert moved == 2
    assert (after.step, after.process_version) == ("working", 2)
    assert (after.due_at, after.organisation_id) == (before.due_at, before.organisation_id)
    assert (await town.case(second)).step == "replied", "version 2 asks for no approval"
    assert (back, onward) == (1, 1)
    again = await town.case(first)
    assert (again.step, again.process_version) == ("handling", 1)
    assert town.log_of(first)[-2:] == ["case.law_changed", "case.law_restored"]
    with pytest.raises(Conflict):
        await upgrades.undo(SYSTEM, done.id)


async def test_a_mapping_to_a_step_that_is_not_there_is_refused_and_moves_nothing(
    town: Town,
) -> None:
    code = await town.handled()
    install(town, newer(town.services.registry.processes[NAME]))
    upgrades = town.services.case_upgrades

    with pytest.raises(Refusal) as refused:
        await upgrades.upgrade(SYSTEM, KIND, 1, Mapped(steps={"handling": "nowhere"}))
    with pytest.raises(Absent):
        await upgrades.upgrade(SYSTEM, KIND, 7)

    assert [fault.code for fault in refused.value.faults] == ["process.step_unknown"]
    assert (await town.case(code)).process_version == 1


async def test_intake_takes_in_what_was_accepted_before_the_upgrade(town: Town) -> None:
    sent = await town.send()
    install(town, newer(town.services.registry.processes[NAME]))
    await town.intake(Stand())

    case = await town.case(sent.code)

    assert (case.step, case.process_version) == ("accepting", 1)


@pytest.mark.slow
async def test_a_hundred_thousand_cases_are_upgraded_and_none_is_stuck(town: Town) -> None:
    code = await town.handled()
    town.query(
        """insert into cases select (jsonb_populate_record(c, jsonb_build_object(
               'id', gen_random_uuid(), 'code', 'X' || n,
               'step', (array['handling', 'accepting', 'triage', 'approval'])[1 + n %% 4]))).*
           from cases c, generate_series(1, 100000) n where c.code = %s returning 1""",
        code,
    )
    install(town, newer(town.services.registry.processes[NAME]))
    upgrades = town.services.case_upgrades
    mapped = Mapped(steps={"handling": "working"}, stays={"approval"})

    done, moved = await upgrades.upgrade(SYSTEM, KIND, 1, mapped)
    laws = dict(town.query("select process_version, count(*) from cases where open group by 1"))
    steps = {row[0] for row in town.query("select step from cases where process_version = 2")}
    back, onward = await upgrades.undo(SYSTEM, done.id)

    assert (moved, laws) == (75_001, {1: 25_000, 2: 75_001})
    assert steps == {"working", "accepting", "triage"}
    assert (back, onward) == (75_001, 0)
