"""A new version over past decisions: gains, losses, cost, load, fairness, each case named."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from pengcheng.engines.rules import Changed, Column, Model, Order, Past, Row, Trial, decide, table

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def grants(limit: int, rate: int = 2) -> Model:
    """Pay twice the income up to a limit; an officer looks at the rest."""
    return table(
        "grant",
        inputs=[Column(name="income")],
        outputs=["amount", "action"],
        rows=[
            Row(inputs=(f"<= {limit}",), outputs=(f"income * {rate}", '"pay"')),
            Row(inputs=("-",), outputs=("0", '"ask"')),
        ],
        hit_policy="FIRST",
    )


def past(number: int, income: int, area: str = "futian") -> Past:
    run = decide(grants(100), "grant", {"income": income}, NOW)
    about = {"code": f"S{number}", "area": area, "category": "rent", "organisation": "示例局"}
    return Past(UUID(int=number), number, NOW, about, run.inputs, run.output)


def tried(
    model: Model, *decisions: Past, orders: tuple[Order, ...] = ()
) -> tuple[Trial, list[Changed]]:
    found: list[Changed] = []
    trial = Trial(model, "grant", found.append, orders)
    for each in decisions:
        trial.take(each)
    return trial, found


def test_the_same_version_changes_nothing() -> None:
    trial, changed = tried(grants(100), past(1, 80), past(2, 120))
    assert (trial.report.whole.decisions, trial.report.whole.changed, changed) == (2, 0, [])


def test_each_changed_case_is_named_with_both_outcomes() -> None:
    _, changed = tried(grants(90), past(1, 80), past(2, 95))
    (one,) = changed
    assert (one.code, one.effect) == ("S2", "loss")
    assert (one.before, one.after) == (
        {"amount": Decimal(190), "action": "pay"},
        {"amount": Decimal(0), "action": "ask"},
    )


def test_gain_and_loss_follow_the_number_unless_an_order_says_otherwise() -> None:
    wider = past(1, 120)
    assert tried(grants(150), wider)[1][0].effect == "gain"
    less = (Order(column="amount", less_is_better=True),)
    assert tried(grants(150), wider, orders=less)[1][0].effect == "loss"
    by_action = (Order(column="action", values=("ask", "pay")), *less)
    assert tried(grants(150), wider, orders=by_action)[1][0].effect == "loss"


def test_texts_without_an_order_are_neither_gain_nor_loss() -> None:
    new = table("grant", inputs=["income"], outputs=["action"],
                rows=[Row(inputs=("-",), outputs=('"later"',))])  # fmt: skip
    old = table("grant", inputs=["income"], outputs=["action"],
                rows=[Row(inputs=("-",), outputs=('"now"',))])  # fmt: skip
    run = decide(old, "grant", {"income": 1}, NOW)
    one = Past(UUID(int=1), 1, NOW, {}, run.inputs, run.output)
    trial, changed = tried(new, one)
    assert [each.effect for each in changed] == ["other"]
    assert trial.report.moves == {"now → later": 1}


def test_an_order_may_stand_in_the_table_itself() -> None:
    def model(text: str) -> Model:
        action = Column(name="", values=('"pay"', '"ask"', '"refuse"'))
        return table("grant", inputs=["income"], outputs=[action],
                     rows=[Row(inputs=("-",), outputs=(text,))])  # fmt: skip

    run = decide(model('"ask"'), "grant", {"income": 1}, NOW)
    one = Past(UUID(int=1), 1, NOW, {}, run.inputs, run.output)
    assert tried(model('"pay"'), one)[1][0].effect == "gain"
    assert tried(model('"refuse"'), one)[1][0].effect == "loss"


def test_cost_load_and_groups_are_summed_before_and_after() -> None:
    trial, _ = tried(grants(150), past(1, 80), past(2, 120), past(3, 160, "luohu"))
    report = trial.report
    assert (report.cost["amount"].before, report.cost["amount"].after) == (160, 400)
    load = report.load["示例局"]
    assert (load["action = pay"].before, load["action = pay"].after) == (1, 2)
    assert (load["action = ask"].before, load["action = ask"].after) == (2, 1)
    futian, luohu = report.groups["area"]["futian"], report.groups["area"]["luohu"]
    assert (futian.decisions, futian.changed, futian.gains) == (2, 1, 1)
    assert (luohu.decisions, luohu.changed) == (1, 0)
    assert report.groups["category"]["rent"].decisions == 3


def test_a_case_that_the_new_version_cannot_decide_is_told() -> None:
    never = "count(for i in 1..1000000 return for j in 1..1000000 return i)"
    row = Row(inputs=("-",), outputs=(never,))
    endless = table("grant", inputs=["income"], outputs=["amount"], rows=[row])
    trial, changed = tried(endless, past(1, 80))
    assert trial.report.failed == 1
    assert [each.fault for each in changed] == ["feel.too_many_steps"]


def test_what_a_trial_keeps_does_not_grow_with_its_decisions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pengcheng.engines.rules.trial.GROUPS_MAX", 3)
    trial, changed = tried(grants(0), *(past(n, n, f"area{n}") for n in range(1, 20)))
    report = trial.report
    assert len(report.groups["area"]) == 4
    assert report.groups["area"]["…"].decisions == 16
    assert len(report.moves) == 4
    assert sum(report.moves.values()) == len(changed) == 19
