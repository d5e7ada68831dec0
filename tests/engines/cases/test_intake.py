"""Intake: what the city does by itself with what it accepted, once, whatever dies between."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pengcheng.edge import following
from pengcheng.engines.cases import Action, Analysis, Intake
from pengcheng.ground.subscriptions import advance
from pengcheng.kernel.errors import Forbidden, Refusal, Trouble
from tests.engines.cases.town import KIND, Stand, Town

pytestmark = pytest.mark.anyio


class Dying(Stand):
    """Dies while it works, as a process does that is killed."""

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        raise Trouble("database.unreachable")


class Stumbling(Stand):
    """Cannot read one text."""

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        if any(row["subject"] == "难" for row in rows):
            raise Refusal("test.failed")
        return super().analyse(rows)


async def sent(town: Town, subject: str, **more: Any) -> str:
    found = await town.send(fields={"subject": subject}, **more)
    return found.code


async def test_a_sure_demand_is_dispatched_placed_and_explained(town: Town) -> None:
    code = await sent(town, "堵")
    await town.intake()

    case = await town.case(code)
    read = town.services.rights.scope(await town.actor("operator"), "read", KIND)
    steps = {row["step"] for row in await town.services.tasking.decisions(read, code)}
    assert (case.step, case.organisation_id) == ("accepting", town.unit("water@futian"))
    assert (case.automatic, case.category) == (True, "市政/排水")
    assert {"category", "place", "route"} <= steps


WAYS = [("疑", "triage", None), ("敏", "triage", None), ("火", "handed_over", "handed_over")]


@pytest.mark.parametrize(("subject", "step", "outcome"), WAYS)
async def test_what_is_unsure_waits_for_a_person_and_an_emergency_does_not(
    town: Town, subject: str, step: str, outcome: str | None
) -> None:
    code = await sent(town, subject)
    await town.intake()

    case = await town.case(code)
    assert (case.step, case.outcome) == (step, outcome)


async def test_an_answer_from_the_knowledge_base_is_read_by_its_author_at_once(
    town: Town,
) -> None:
    code = await sent(town, "答")
    await town.intake()

    view = await town.view("citizen", code)
    assert [(item.purpose, item.body) for item in view.messages] == [
        ("reply", "请带身份证到窗口办理")
    ]
    assert (view.case.step, view.case.automatic) == ("replied", True)


async def test_repeats_of_one_batch_and_of_later_ones_join_one_event(town: Town) -> None:
    together = [await sent(town, "堵") for _ in range(3)]
    other = await sent(town, "灯")
    await town.intake()
    later = await sent(town, "堵")
    await town.intake()

    cases = [await town.case(code) for code in (*together, later)]
    assert {case.step for case in cases} == {"accepting"}
    assert len({case.event_id for case in cases}) == 1
    assert (await town.case(other)).event_id is None
    assert town.query("select kind, cases from event") == [("mass_matter", 4)]


async def test_a_worker_that_dies_between_leaves_nothing_done_and_the_next_does_it_once(
    town: Town,
) -> None:
    code = await sent(town, "堵")
    dying = Intake(town.services.cases, town.services.areas, {KIND: Dying()})
    with pytest.raises(Trouble):
        await advance(town.services.database, dying.subscriber())
    assert (await town.case(code)).step == "intake"

    heard = [await town.intake(), await town.intake()]

    assert heard == [1, 0]
    assert town.log_of(code) == ["case.accepted", "case.dispatched"]


async def test_a_text_that_breaks_the_algorithms_waits_for_a_person_and_holds_up_nobody(
    town: Town,
) -> None:
    hard, easy = await sent(town, "难"), await sent(town, "堵")
    await town.intake(Stumbling())

    case = await town.case(hard)
    assert (case.step, case.open, case.clock) == ("intake", True, "running")
    assert (await town.case(easy)).step == "accepting"
    assert town.query("select subscriber from parked") == [("cases.intake",)]
    await town.act("operator", hard, "dispatch", unit="water@futian")


async def test_what_a_person_did_first_intake_leaves_alone(town: Town) -> None:
    code = await sent(town, "堵")
    await town.act("operator", code, "dispatch", unit="water@nanshan")
    await town.intake()

    assert (await town.case(code)).organisation_id == town.unit("water@nanshan")


async def test_a_matter_still_with_the_operators_sends_no_repeat_to_a_unit(town: Town) -> None:
    first, second = await sent(town, "疑"), await sent(town, "疑")
    await town.intake()

    assert [(await town.case(code)).step for code in (first, second)] == ["triage", "triage"]


async def undo(town: Town, by: str, code: str, step: str, **details: Any) -> Any:
    version = (await town.case(code)).version
    action = Action(verb="undo", version=version, details=details)
    return await town.services.tasking.undo(
        await town.actor(by), town.services.rights, KIND, code, step, action
    )


async def test_each_automatic_step_is_undone_by_a_person_and_kept_for_training(
    town: Town,
) -> None:
    codes = [await sent(town, "堵") for _ in range(2)]
    urgent = await sent(town, "敏")
    await town.intake()
    code = codes[1]

    corrected = await undo(town, "operator", code, "category", category="城管/占道")
    placed = await undo(town, "operator", code, "place", area_code="440304000000")
    parted = await undo(town, "operator", code, "merge")
    calmed = await undo(town, "operator", urgent, "urgency")

    assert corrected.category == "城管/占道"
    assert placed.area_no == 440304000000000
    assert parted.event_id is None
    assert (calmed.urgency, calmed.sensitivity) == (0, 2)
    assert town.query("select cases from event") == [(1,)]
    assert town.log_of(code).count("case.corrected") == 3


SENT = [("堵", "accepting"), ("答", "replied"), ("火", "handed_over")]


@pytest.mark.parametrize(("subject", "step"), SENT)
async def test_what_the_city_sent_on_by_itself_is_taken_back_to_an_operator(
    town: Town, subject: str, step: str
) -> None:
    code = await sent(town, subject)
    await town.intake()
    before = await town.case(code)
    assert before.step == step

    after = await undo(town, "operator", code, "route")

    stored = await town.case(code)
    assert (after.step, stored.open, stored.clock) == ("triage", True, "running")
    assert (stored.organisation_id, stored.automatic) == (town.unit("hotline@city"), False)
    assert (stored.outcome, stored.replied_at, stored.dispatched_at) == (None, None, None)
    assert "case.needs_operator" in town.log_of(code)
    sent_on = await town.act("operator", code, "dispatch", unit="water@nanshan")
    assert sent_on.organisation_id == town.unit("water@nanshan")
    with pytest.raises(Refusal):
        await undo(town, "operator", code, "route")


async def test_a_dispatch_that_somebody_acted_on_is_not_taken_back(town: Town) -> None:
    accepted, unsure = await sent(town, "堵"), await sent(town, "疑")
    await town.intake()
    await town.act("clerk", accepted, "accept")

    with pytest.raises(Refusal) as acted:
        await undo(town, "operator", accepted, "route")
    with pytest.raises(Refusal) as nothing:
        await undo(town, "operator", unsure, "route")
    assert (acted.value.code, nothing.value.code) == ("case.acted_since", "case.nothing_to_undo")


WRONG = [("category", {}), ("place", {"area_code": "x"}), ("urgency", {"urgency": "soon"}),
         ("nonsense", {})]  # fmt: skip


@pytest.mark.parametrize(("step", "details"), WRONG)
async def test_what_cannot_be_undone_is_refused(
    town: Town, step: str, details: dict[str, Any]
) -> None:
    code = await sent(town, "敏")
    await town.intake()

    with pytest.raises(Refusal):
        await undo(town, "operator", code, step, **details)


async def test_one_who_may_only_read_undoes_nothing(town: Town) -> None:
    code = await sent(town, "堵")
    await town.intake()

    with pytest.raises(Forbidden):
        await undo(town, "clerk", code, "category", category="x")


async def test_demands_are_merged_and_recategorised_by_hand(town: Town) -> None:
    lead, other, third = [await sent(town, subject) for subject in ("一", "二", "三")]
    await town.act("operator", other, "merge", details={"with": lead})
    merged = await town.act("operator", third, "merge", details={"with": lead})
    again = await town.act("operator", third, "merge", details={"with": lead})
    named = await town.act("operator", third, "recategorise", details={"category": "城管"})

    assert merged.event_id == again.event_id == (await town.case(lead)).event_id
    assert named.category == "城管"
    assert town.query("select cases from event") == [(3,)]
    timeline = (await town.view("citizen", other)).timeline
    assert "示例·operator" not in str(timeline)


async def test_one_that_left_a_matter_can_lead_another(town: Town) -> None:
    first, second, third = [await sent(town, subject) for subject in ("一", "二", "三")]
    await town.act("operator", second, "merge", details={"with": first})
    await undo(town, "operator", second, "merge")

    moved = await town.act("operator", second, "merge", details={"with": third})

    assert moved.event_id == (await town.case(third)).event_id
    assert sorted(row[0] for row in town.query("select cases from event")) == [1, 2]


async def test_a_demand_is_not_merged_with_itself_or_with_none(town: Town) -> None:
    code = await sent(town, "一")

    for wrong in (code, "SQ20000101000001", "", None):
        with pytest.raises(Refusal):
            await town.act("operator", code, "merge", details={"with": wrong})


async def test_the_same_submission_is_one_demand_and_another_under_its_key_is_refused(
    town: Town,
) -> None:
    first = await town.send(submission_key="citizen:abcdefgh")
    again = await town.send(submission_key="citizen:abcdefgh")

    assert (again.code, again.is_repeat) == (first.code, True)
    with pytest.raises(Refusal) as refused:
        await town.send(submission_key="citizen:abcdefgh", fields={"subject": "别的事"})
    with pytest.raises(Refusal):
        await town.send("citizen2", submission_key="citizen:abcdefgh")
    assert refused.value.code == "case.submission_key_taken"
    assert town.query("select count(*) from cases") == [(1,)]


async def test_a_case_is_found_by_its_words_wherever_it_stands(town: Town) -> None:
    stuck, code = await sent(town, "难"), await sent(town, "堵")
    search = next(one for one in following.subscribers(town.services) if one.name == "search")
    read = town.services.rights.scope(await town.actor("operator"), "read", KIND)
    await town.drain(search)
    before = await town.services.search.find(read, code)

    await town.intake(Stumbling())
    await town.act("clerk", code, "accept")
    await town.drain(search)

    found = await town.services.search.find(read, code)
    left = await town.services.search.find(read, stuck)
    assert [hit.id for hit in before] == [hit.id for hit in found] == [(await town.case(code)).id]
    assert [hit.id for hit in left] == [(await town.case(stuck)).id]
    place = "select organisation_no, open from search_document where id = %s"
    [(number, is_open)] = town.query(place, found[0].id)
    assert (number, is_open) == ((await town.case(code)).organisation_no, True)
