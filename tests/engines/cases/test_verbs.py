"""Every verb of the declared process, by whom it is for, on the database."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from pengcheng.engines.cases import Action
from pengcheng.engines.identity import Organisation, OrganisationChange
from pengcheng.kernel.errors import Absent, Conflict, Forbidden, Refusal
from tests.engines.cases.town import KIND, MONDAY, Town

pytestmark = pytest.mark.anyio


async def test_a_demand_goes_round_the_whole_loop(town: Town) -> None:
    code = await town.replied()
    await town.act("citizen", code, "rate", grade=5)
    closed = await town.act("operator", code, "call_back", details={"contacted": True,
                                                                   "satisfied": True})  # fmt: skip

    assert (closed.open, closed.clock, closed.outcome) == (False, "stopped", "closed")
    assert (closed.satisfaction, closed.was_late) == (5, False)
    assert town.log_of(code) == [
        "case.accepted", "case.dispatched", "case.taken", "case.replied", "case.reply_approved",
        "case.rated", "case.called_back",
    ]  # fmt: skip


async def test_a_reply_is_hidden_from_its_author_until_it_is_approved(town: Town) -> None:
    code = await town.handled()
    await town.act("clerk", code, "reply", body="已疏通")
    before = await town.view("citizen", code)
    await town.act("chief", code, "approve")

    after = await town.view("citizen", code)

    assert [message.body for message in before.messages] == []
    assert [message.body for message in after.messages] == ["已疏通"]


ENDS = [
    ("refuse", "operator", "not_accepted", {"details": {}}),
    ("hand_over", "operator", "handed_over", {}),
    ("withdraw", "citizen", "withdrawn", {}),
]


@pytest.mark.parametrize(("verb", "by", "outcome", "more"), ENDS, ids=[row[0] for row in ENDS])
async def test_a_demand_ends_early_with_its_outcome(
    town: Town, verb: str, by: str, outcome: str, more: dict[str, Any]
) -> None:
    sent = await town.send()

    ended = await town.act(by, sent.code, verb, **more)

    assert (ended.open, ended.outcome, ended.clock) == (False, outcome, "stopped")


async def test_a_return_goes_back_to_the_hotline_and_only_twice(town: Town) -> None:
    sent = await town.send()
    for _ in range(2):
        await town.act("operator", sent.code, "dispatch", unit="water@futian")
        back = await town.act("clerk", sent.code, "return")
        assert (back.step, back.organisation_id) == ("triage", town.unit("hotline@city"))
    await town.act("operator", sent.code, "dispatch", unit="water@futian")

    with pytest.raises(Refusal) as refused:
        await town.act("clerk", sent.code, "return")

    assert refused.value.code == "case.bound_reached"


async def test_a_transfer_gives_the_demand_to_another_unit_and_takes_it_from_this_one(
    town: Town,
) -> None:
    code = await town.handled()

    moved = await town.act("clerk", code, "transfer", unit="water@nanshan")

    assert (moved.step, moved.account_id) == ("accepting", None)
    with pytest.raises(Absent):
        await town.view("clerk", code)
    assert (await town.view("clerk.nanshan", code)).case.code == code


async def test_a_dispute_is_decided_by_the_arbiter_and_disputes_are_bounded(town: Town) -> None:
    code = await town.handled()
    for _ in range(5):
        await town.act("clerk", code, "dispute")
        assert (await town.case(code)).step == "dispute"
        await town.act("arbiter", code, "decide", unit="water@futian")

    with pytest.raises(Refusal) as refused:
        await town.act("clerk", code, "dispute")

    assert refused.value.code == "case.bound_reached"
    assert (await town.act("clerk", code, "reply", body="已办")).step == "approval"


async def test_a_reply_may_be_sent_back_for_changes(town: Town) -> None:
    code = await town.handled()
    await town.act("clerk", code, "reply", body="好的")

    back = await town.act("chief", code, "reject", reason="没有说明办了什么")

    assert back.step == "handling"


async def test_a_dissatisfied_author_may_reopen_once_and_the_hotline_has_it_again(
    town: Town,
) -> None:
    code = await town.replied()
    again = await town.act("citizen", code, "reopen", reason="又堵了")

    assert (again.step, again.organisation_id, again.account_id) == (
        "triage", town.unit("hotline@city"), None
    )  # fmt: skip
    assert again.due_at is not None
    await town.act("operator", code, "dispatch", unit="water@futian")
    await town.act("clerk", code, "accept")
    await town.act("clerk", code, "reply", body="再次疏通")
    await town.act("chief", code, "approve")
    with pytest.raises(Refusal):
        await town.act("citizen", code, "reopen", reason="还是不满意")


WRONG_ROLES = [
    ("clerk", "dispatch"), ("chief", "accept"), ("clerk", "approve"), ("operator", "reply"),
    ("arbiter", "reply"), ("clerk", "decide"), ("supervisor", "accept"), ("auditor", "note"),
    ("clerk", "unseal"), ("chief", "call_back"), ("leader", "transfer"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "verb"), WRONG_ROLES)
async def test_a_verb_of_another_role_is_forbidden_and_changes_nothing(
    town: Town, by: str, verb: str
) -> None:
    # In Futian, so that those who see an area see it too.
    code = await town.handled(area_code="440304007016")
    before = await town.case(code)

    with pytest.raises(Forbidden):
        await town.act(by, code, verb, unit="water@nanshan")

    assert await town.case(code) == before


STRANGERS = ["citizen2", "clerk.nanshan", "grid"]


@pytest.mark.parametrize("by", STRANGERS)
@pytest.mark.parametrize("verb", ["accept", "note", "withdraw", "nonsense"])
async def test_for_one_who_may_not_know_of_it_a_demand_is_absent(
    town: Town, by: str, verb: str
) -> None:
    code = await town.handled()

    with pytest.raises(Absent):
        await town.act(by, code, verb)
    with pytest.raises(Absent):
        await town.view(by, code)
    with pytest.raises(Absent):
        await town.act(by, "SQ20200101000001", verb, version=1)


async def test_a_task_of_one_unit_opens_no_demand_to_those_who_see_another_area(
    town: Town,
) -> None:
    code = await town.handled(area_code="440305000000")
    await town.act("clerk", code, "assist", unit="grid@meilin")
    await town.act("clerk", code, "ask_extension", amount=2)

    for by in ("dispatcher", "supervisor", "duty"):
        with pytest.raises(Absent):
            await town.view(by, code)


async def test_a_unit_that_assists_sees_the_demand_but_not_who_sent_it(town: Town) -> None:
    fields = {"contact_name": "王小明", "contact_telephone": "13800138000"}
    code = await town.handled(fields=fields)
    await town.act("clerk", code, "assist", unit="water@nanshan")

    seen = await town.view("clerk.nanshan", code)

    assert seen.fields["subject"] == "雨水口堵了"
    assert not {"contact_name", "contact_telephone"} & seen.fields.keys()
    with pytest.raises(Forbidden):
        await town.act("clerk.nanshan", code, "reply", body="不是我的")


async def test_of_two_who_act_at_once_one_is_told(town: Town) -> None:
    sent = await town.send()
    tries = [
        town.act("operator", sent.code, "dispatch", unit="water@futian", version=1),
        town.act("operator", sent.code, "dispatch", unit="water@nanshan", version=1),
        town.act("operator", sent.code, "hand_over", version=1),
    ]

    found = await asyncio.gather(*tries, return_exceptions=True)

    assert [type(item) for item in found if isinstance(item, Exception)] == [Conflict, Conflict]
    assert len(town.log_of(sent.code)) == 2


TWICE = ["note", "interim_reply", "message", "assist", "ask_extension", "send_grid_task"]


@pytest.mark.parametrize("verb", TWICE)
async def test_a_verb_sent_twice_happens_once(town: Town, verb: str) -> None:
    code = await town.handled()
    version = (await town.case(code)).version
    more = {"version": version, "amount": 2, "unit": "grid@meilin"}
    await town.act("clerk", code, verb, **more)

    with pytest.raises(Conflict):
        await town.act("clerk", code, verb, **more)


async def test_of_two_who_take_a_demand_one_has_it(town: Town) -> None:
    sent = await town.send()
    await town.act("operator", sent.code, "dispatch", unit="water@futian")
    await town.act("clerk", sent.code, "take")

    with pytest.raises(Conflict) as told:
        await town.act("clerk2", sent.code, "take")

    assert told.value.code == "case.taken_by_another"


async def test_a_demand_is_assigned_to_a_colleague_and_to_nobody_else(town: Town) -> None:
    code = await town.handled()
    colleague = (await town.actor("clerk2")).account_id
    stranger = (await town.actor("clerk.nanshan")).account_id

    given = await town.act("chief", code, "assign", details={"account_id": str(colleague)})

    assert given.account_id == colleague
    for wrong in (str(stranger), "nobody", None, 7):
        with pytest.raises(Refusal):
            await town.act("chief", code, "assign", details={"account_id": wrong})


async def test_an_author_without_account_acts_by_the_receipt_and_does_no_more(
    town: Town,
) -> None:
    sent = await town.send("guest")
    assert sent.receipt is not None
    acting, guest = town.services.acting, await town.actor("guest")

    view = await town.services.cases.view_by_receipt(town.services.rights, sent.code, sent.receipt)
    moved = await acting.act_by_receipt(
        KIND, sent.code, sent.receipt, Action(verb="withdraw", version=1), guest
    )

    assert set(view.actions) == {"message", "withdraw"}
    assert moved.outcome == "withdrawn"
    with pytest.raises(Forbidden):
        await acting.act_by_receipt(
            KIND, sent.code, sent.receipt, Action(verb="dispatch", version=2), guest
        )
    with pytest.raises(Absent):
        await acting.act_by_receipt(
            KIND, sent.code, "wrong", Action(verb="withdraw", version=2), guest
        )


async def test_one_who_was_not_reached_has_rated_nothing(town: Town) -> None:
    code = await town.replied()
    await town.pass_time(timedelta(days=9))
    await town.act("operator", code, "call_back", details={"contacted": False})

    assert town.query("select count(*) from evaluation") == [(0,)]


async def test_a_call_back_is_counted_with_what_was_heard(town: Town) -> None:
    code = await town.replied()
    await town.pass_time(timedelta(days=9))
    told = {"contacted": True, "resolved": True, "satisfied": True}
    await town.act("operator", code, "call_back", details=told)

    assert town.query("select source, grade, facts->>'resolved' from evaluation") == [
        ("call_back", 5, "true")
    ]


async def test_what_was_heard_must_be_yes_or_no(town: Town) -> None:
    code = await town.replied()
    await town.pass_time(timedelta(days=9))

    with pytest.raises(Refusal) as refused:
        await town.act("operator", code, "call_back", details={"contacted": "false"})

    assert refused.value.faults[0].path == "/details/contacted"


def _retired(unit: Organisation) -> OrganisationChange:
    return OrganisationChange(
        name=unit.name, kind=unit.kind, area_code=unit.area_code, active=False,
        version=unit.version,
    )  # fmt: skip


async def test_a_retired_unit_gets_no_demand(town: Town) -> None:
    unit = town.services.organisations.of(town.unit("water@nanshan"))
    scope = town.services.rights.scope(await town.actor("admin"), "change", "organisation")
    await town.services.arranging.change(scope, unit.id, _retired(unit))
    sent = await town.send()

    with pytest.raises(Refusal) as refused:
        await town.act("operator", sent.code, "dispatch", unit="water@nanshan")

    assert refused.value.faults[0].code == "organisation.retired"


async def test_a_unit_with_open_demands_cannot_be_retired(town: Town) -> None:
    await town.handled()
    unit = town.services.organisations.of(town.unit("water@futian"))
    scope = town.services.rights.scope(await town.actor("admin"), "change", "organisation")

    with pytest.raises(Refusal) as refused:
        await town.services.arranging.change(scope, unit.id, _retired(unit))

    assert refused.value.code == "organisation.has_open_cases"


async def test_the_actions_that_a_reader_is_shown_are_those_that_work(town: Town) -> None:
    code = await town.handled()
    shown = {name: set((await town.view(name, code)).actions) for name in ("citizen", "clerk")}

    assert {"message", "withdraw"} <= shown["citizen"]
    assert not {"rate", "reopen", "reply"} & shown["citizen"]
    assert {"reply", "return", "transfer", "dispute", "suspend", "note"} <= shown["clerk"]
    assert not {"approve", "dispatch", "decide"} & shown["clerk"]


async def test_a_demand_accepted_now_is_due_five_working_days_later(town: Town) -> None:
    sent = await town.send()

    assert sent.accepted_at == MONDAY
    assert timedelta(days=6) < sent.due_at - MONDAY < timedelta(days=8)
