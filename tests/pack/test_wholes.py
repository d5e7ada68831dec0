"""What belongs together in a pack: relations, rules, computed values, effects; each checked."""

from pathlib import Path

import pytest

from pengcheng.pack import load
from tests.pack.writing import COVER, PROCESS, RIGHTS, told, write_pack


def test_a_relation_leads_to_a_declared_object_type(tmp_path: Path) -> None:
    relation = """\
    relations:
      joins:
        name: {zh: 相邻, en: Next to}
        to: report
        many: true
        inverse: {zh: 相邻, en: Next to}
"""
    objects = COVER.replace("code_lists:", f"{relation}code_lists:", 1)
    fault, *_ = told(tmp_path, objects=objects, processes__handling=PROCESS)
    assert fault == ("covers/objects.yaml:10: no object type “report” is declared; allowed: cover")
    sound = objects.replace("to: report", "to: cover")
    (made,) = load([write_pack(tmp_path, "sound", objects=sound)]).type_("cover").relations
    assert (made.name, made.to, made.many) == ("joins", "cover", True)


WHOLE = COVER.replace(
    "code_lists:",
    """\
      width: {is: number, name: {zh: 宽, en: Width}, unit: m}
      size: {is: number, name: {zh: 面积, en: Size}, computed: depth * width}
    rules:
      wide:
        holds: width >= depth
        message: {zh: 太窄, en: Too narrow}
code_lists:""",
    1,
)


def test_rules_and_computed_values_become_the_type(tmp_path: Path) -> None:
    type_ = load([write_pack(tmp_path, objects=WHOLE)]).type_("cover")
    (rule,) = type_.rules
    assert (rule.name, rule.at, rule.message.en) == ("wide", "depth", "Too narrow")
    assert type_.attributes[-1].computed == "depth * width"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "holds: width >= depth",
            "holds: widht >= depth",
            (
                "11: no field “widht” is declared; allowed: state, depth, width, size; did you "
                "mean “width”"
            ),
        ),
        (
            "holds: width >= depth",
            "holds: 1 > 2",
            "11: this rule speaks of no attribute; allowed: state, depth, width, size",
        ),
        (
            "holds: width >= depth",
            "holds: width >=",
            "11: the expression is wrong: column 9: expression is expected, but the text ends",
        ),
        (
            "computed: depth * width",
            "computed: depth * size",
            "8: no field “size” is declared; allowed: state, depth, width",
        ),
        (
            "computed: depth * width",
            "computed: depth * width, required: true",
            "8: required does not suit an attribute that is computed",
        ),
        (
            "size: {is: number",
            "size: {is: files",
            (
                "8: an attribute with is: files cannot be computed; allowed: text, long_text, "
                "integer, number, boolean, date, code"
            ),
        ),
        (
            "computed: depth * width",
            "computed: depth * today().year",
            (
                "8: a computed value is made when its record changes: it cannot ask now() or "
                "today(), which rules may"
            ),
        ),
        (
            "en: Width}, unit: m",
            "en: Width}, unit: m, sensitivity: personal",
            "8: it is computed from width, which is more sensitive: give it the same sensitivity",
        ),
    ],
)
def test_a_fault_of_what_follows_from_several_attributes(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in WHOLE
    first, *_ = told(tmp_path, objects=WHOLE.replace(before, after, 1))
    assert first == f"covers/objects.yaml:{fault}"


CASE_OF_COVERS = PROCESS.replace(
    "  fields:\n",
    """\
  effects:
    mend:
      name: {zh: 登记修好, en: Note that it is mended}
      on: confirm
      changes: cover
      set: {state: '"good"'}
    add:
      name: {zh: 登记新井盖, en: Register a cover}
      on: accept
      creates: cover
      keeps: cover
      set: {depth: deep}
  fields:
    cover: {is: reference, to: cover, name: {zh: 井盖, en: Cover}}
    deep: {is: number, name: {zh: 深, en: Deep}}
""",
    1,
)
CODED = COVER.replace("    attributes:", '    code: "C{serial:5}"\n    attributes:', 1)


def test_effects_become_those_of_the_case_kind(tmp_path: Path) -> None:
    files = {"objects": CODED, "rights": RIGHTS, "processes__handling": CASE_OF_COVERS}
    mend, add = load([write_pack(tmp_path, **files)]).case_kind("report").effects
    assert (mend.on, mend.type, mend.changes, mend.values) == (
        "confirm", "cover", "cover", {"state": '"good"'},
    )  # fmt: skip
    assert (add.on, add.type, add.keeps, add.changes) == ("accept", "cover", "cover", None)


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("on: confirm", "on: confrim", "no action “confrim” is declared; allowed: accept, refuse,"),
        ("on: confirm", "on: expire", "no action “expire” is declared; allowed: accept, refuse,"),
        ("changes: cover", "changes: deep", "no field “deep” is declared; allowed: cover"),
        ("creates: cover", "creates: report", "no object type “report” is declared; allowed"),
        ("creates: cover", "changes: cover", "keeps goes with creates only"),
        ("depth: deep", "dephth: deep", "no attribute “dephth” is declared; allowed: state, depth"),
        ("depth: deep", "depth: deeep", "no field “deeep” is declared; allowed: cover, deep,"),
        ("depth: deep", "depth: deep +", "the expression is wrong: column 7"),
        (
            "      creates: cover\n",
            "",
            "write creates (an object type) or changes (a field of the case): one of them",
        ),
        (
            "en: Deep}",
            "en: Deep}, sensitivity: personal",
            "it comes from deep, which is more sensitive: give the attribute the same sensitivity",
        ),
    ],
)
def test_a_fault_of_an_effect(tmp_path: Path, before: str, after: str, fault: str) -> None:
    assert before in CASE_OF_COVERS
    wrong = CASE_OF_COVERS.replace(before, after, 1)
    (found,) = told(tmp_path, objects=CODED, rights=RIGHTS, processes__handling=wrong)
    assert fault in found


def test_a_record_that_is_made_has_a_number_and_what_its_type_requires(tmp_path: Path) -> None:
    objects = COVER.replace(
        "en: State}}\n      depth", "en: State}, required: true}\n      depth", 1
    )
    code, needs = told(tmp_path, objects=objects, rights=RIGHTS, processes__handling=CASE_OF_COVERS)
    assert needs.endswith("set lacks attributes that are required; allowed: state")
    assert "the type cover has no code pattern" in code


def test_what_a_form_or_an_event_cannot_compute_is_told(tmp_path: Path) -> None:
    screens = """\
screens:
  cover_form:
    portal: shenzhengyi
    kind: form
    of: cover
    name: {zh: 登记, en: Register}
    pages: [{name: {zh: 井盖, en: Cover}, fields: [depth, size]}]
"""
    events = """\
events:
  loss:
    name: {zh: 丢失, en: Loss}
    attributes:
      worth: {is: number, name: {zh: 价值, en: Worth}}
      twice: {is: number, name: {zh: 两倍, en: Twice}, computed: worth * 2}
"""
    asked, event = sorted(
        told(tmp_path, objects=WHOLE, screens=screens, events=events), reverse=True
    )
    assert asked.endswith("screens.yaml:7: “size” is computed: a form does not ask for it")
    assert event.endswith("its attributes cannot be computed")
