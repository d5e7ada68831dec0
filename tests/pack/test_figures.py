"""Figures over objects and events, ratios, and work that comes again: declared and checked."""

from pathlib import Path

import pytest

from pengcheng.pack import load
from tests.pack.writing import COVER, PROCESS, RIGHTS, told, write_pack

LIFT = """\
types:
  lift:
    name: {zh: 电梯, en: Lift}
    code: "LF{serial:4}"
    place: point
    title: name
    attributes:
      name: {is: text, name: {zh: 名称, en: Name}, required: true}
      state: {is: code, list: states, name: {zh: 状态, en: State}}
      kind: {is: code, list: states, name: {zh: 种类, en: Kind}}
      load_kg: {is: number, name: {zh: 载重, en: Load}}
      in_use_since: {is: date, name: {zh: 启用, en: In use since}}
      telephone: {is: telephone, name: {zh: 电话, en: Telephone}}
code_lists:
  states:
    name: {zh: 状态, en: State}
    codes:
      good: {zh: 完好, en: Good}
      lost: {zh: 停用, en: Out of use}
"""
CHECK = PROCESS.replace(
    "    subject: {is: text, name: {zh: 标题, en: Subject}, required: true}\n",
    "    subject: {is: text, name: {zh: 标题, en: Subject}, required: true}\n"
    "    lift: {is: reference, to: lift, name: {zh: 电梯, en: Lift}}\n",
)
EVENTS = """\
events:
  flood:
    name: {zh: 内涝, en: Flood}
    code: "F{date}{serial:4}"
    joins: report
    attributes:
      subject: {is: text, name: {zh: 事由, en: Matter}}
    merge: {within: 2 days, metres: 500}
"""
FIGURES = """\
indicators:
  lifts:
    name: {zh: 电梯数, en: Lifts}
    question: {zh: 有多少电梯？, en: How many lifts?}
    of: lift
    measure: count
    where: state = "good"
    by: [area, unit, state]
  floods:
    name: {zh: 内涝, en: Floods}
    question: {zh: 有多少内涝？, en: How many floods?}
    of: flood
    measure: count
    by: [area, day]
  floods_per_lift:
    name: {zh: 每百梯内涝, en: Floods for a hundred lifts}
    question: {zh: 多吗？, en: Many?}
    measure: ratio
    upper: floods
    lower: lifts
    per: 100
    by: [area]
"""
AGAIN = """\
recurring:
  upkeep:
    name: {zh: 电梯维保, en: Upkeep of lifts}
    of: lift
    where: state = "good"
    every: 15 days
    since: in_use_since
    early: 3
    opens: report
    link: lift
    set: {subject: '"维保：" + name'}
    within: 2 working days
    who: owner
"""
FILES = {"objects": LIFT, "events": EVENTS, "processes__handling": CHECK, "indicators": FIGURES,
         "recurring": AGAIN, "rights": RIGHTS.replace("cover:", "lift:")}  # fmt: skip


def test_figures_of_objects_events_and_ratios_become_measures(tmp_path: Path) -> None:
    assert told(tmp_path, **FILES) == []
    made = load([write_pack(tmp_path, "sound", **FILES)]).indicators
    lifts, floods, ratio = made["lifts"], made["floods"], made["floods_per_lift"]

    assert (lifts.at, lifts.stands, lifts.category, lifts.hourly) == (None, True, "state", False)
    assert (floods.at, floods.stands, floods.hourly) == ("happened_at", False, True)
    assert (ratio.of, ratio.upper, ratio.lower, ratio.of_sums(3, 200)) == (
        "flood", "floods", "lifts", 1.5,
    )  # fmt: skip


def test_recurring_work_becomes_part_of_the_registry(tmp_path: Path) -> None:
    found = load([write_pack(tmp_path, **FILES)]).recurring["upkeep"]

    assert (found.amount, found.unit, found.opens, found.link) == (15, "day", "report", "lift")
    assert found.within is not None
    assert (found.within.amount, found.within.unit, found.who) == (2, "working_day", "owner")


def test_a_calendar_rule_counts_days_of_its_unit(tmp_path: Path) -> None:
    rule = AGAIN.replace("every: 15 days\n    since: in_use_since", "every: quarter\n    on: 10")
    found = load([write_pack(tmp_path, **{**FILES, "recurring": rule})]).recurring["upkeep"]

    assert (found.amount, found.unit, found.on, found.since) == (1, "quarter", 10, None)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("of: lift\n", "of: lfit\n", "5: no type “lfit” is declared; allowed: flood, lift, report"),
        (
            'where: state = "good"', 'where: sate = "good"',
            "7: no field “sate” is declared; allowed: name, state, kind, load_kg, in_use_",
        ),
        (
            "by: [area, unit, state]", "by: [area, colour]",
            "8: no dimension “colour” is declared; allowed: area, district, unit, day, state, kind",
        ),
        (
            "by: [area, unit, state]", "by: [state, kind]",
            "8: only one code attribute may stand in by, and “state” does",
        ),
        (
            'where: state = "good"', "where: telephone != null",
            "7: telephone is personal: no figure is made of it",
        ),
        ("measure: count\n    where", "measure: latest\n    where",
         "2: measure: latest needs value"),
        ("of: flood\n", "of: flood\n    at: cases\n",
         "13: no field “cases” is declared; allowed: happened_at"),
        ("upper: floods", "upper: flods",
         "19: no indicator “flods” is declared; allowed: floods, floods_per_lift, lifts; did"),
        ("    lower: lifts\n", "", "15: measure: ratio needs lower"),
        ("per: 100", "where: \"true\"", "21: where does not suit measure: ratio"),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_told_at_its_line(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in FIGURES
    files = {**FILES, "indicators": FIGURES.replace(before, after, 1)}
    lines = told(tmp_path, **files)
    assert any(line.startswith(f"covers/indicators.yaml:{fault}") for line in lines), lines


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("of: lift", "of: report",
         "4: no object type “report” is declared; allowed: lift"),
        ("opens: report", "opens: raport",
         "9: no case kind “raport” is declared; allowed: report; did you mean “report”"),
        ("link: lift", "link: subject",
         "10: no field “subject” is declared; allowed: lift"),
        ("since: in_use_since", "since: state",
         "7: no attribute “state” is declared; allowed: in_use_since"),
        ("since: in_use_since", "on: 3",
         "7: on is a day of each week, month, quarter or year"),
        ("    set: {subject: '\"维保：\" + name'}\n", "",
         "2: set lacks fields that the case requires; allowed: subject"),
        ("+ name'", "+ telephone'",
         "11: it comes from telephone, which is more sensitive"),
        ("every: 15 days", "every: often", "6: “often” is not written like 15 days"),
    ],
)  # fmt: skip
def test_wrong_recurring_work_is_told_at_its_line(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in AGAIN
    files = {**FILES, "recurring": AGAIN.replace(before, after, 1)}
    lines = told(tmp_path, **files)
    assert any(line.startswith(f"covers/recurring.yaml:{fault}") for line in lines), lines


OF_FIELDS = """\
indicators:
  reports:
    name: {zh: 报告数, en: Reports}
    question: {zh: 多少？, en: How many?}
    of: report
    measure: count
    where: lift != null and open
    by: [area, category, hour]
"""


@pytest.mark.parametrize(
    ("where", "fault"),
    [
        ("lift != null and open", None),
        ("lfit != null", "7: no field “lfit” is declared; allowed: step, stage, open"),
        ("caller != null", "7: caller is personal: no figure is made of it"),
    ],
)
def test_a_figure_of_cases_reads_the_fields_of_its_kind(
    tmp_path: Path, where: str, fault: str | None
) -> None:
    caller = "    caller: {is: telephone, name: {zh: 电话, en: Telephone}}\n    lift: {is"
    files = {**FILES, "processes__handling": CHECK.replace("    lift: {is", caller),
             "indicators": OF_FIELDS.replace("lift != null and open", where)}  # fmt: skip
    lines = told(tmp_path, **files)
    assert [line.startswith(f"covers/indicators.yaml:{fault}") for line in lines] == (
        [True] if fault else []
    ), lines


def test_conditions_over_records_may_ask_what_day_it_is(tmp_path: Path) -> None:
    asked = 'where: in_use_since < today() - duration("P30D")'
    figures = FILES["indicators"].replace('where: state = "good"', asked, 1)
    again = AGAIN.replace('where: state = "good"', asked, 1)
    found = load([write_pack(tmp_path, **{**FILES, "indicators": figures, "recurring": again})])

    assert "today()" in (found.indicators["lifts"].where or "")
    assert "today()" in (found.recurring["upkeep"].where or "")


@pytest.mark.parametrize("key", ["where", "among"])
def test_a_figure_of_cases_that_asks_the_clock_is_told_what_to_write(
    tmp_path: Path, key: str
) -> None:
    figure = FIGURE_OF_CASES.replace("count\n", f"count\n    {key}: due_at < now()\n")
    lines = told(tmp_path, **OF_CASES, indicators=figure)

    assert any("7: a figure of cases (report)" in line for line in lines), lines
    assert any("write was_late or clock, or count records or events" in line for line in lines)


FIGURE_OF_CASES = """\
indicators:
  reports:
    name: {zh: 报告数, en: Reports}
    question: {zh: 多少？, en: How many?}
    of: report
    measure: count
    by: [area, category, hour]
"""
OF_CASES = {"objects": COVER, "processes__handling": PROCESS, "rights": RIGHTS}


def test_a_figure_of_cases_is_what_it_was(tmp_path: Path) -> None:
    found = load([write_pack(tmp_path, **OF_CASES, indicators=FIGURE_OF_CASES)]).indicators[
        "reports"
    ]
    assert (found.at, found.hourly, found.stands, found.category) == (
        "accepted_at", True, False, None,
    )  # fmt: skip
