"""Loading: every fault of every file at once, as file:line: what; what is allowed; nearest name."""

import subprocess
import sys
from pathlib import Path

import pytest

from pengcheng.kernel.authz import Right
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.time import Promise
from pengcheng.pack import check, load
from tests.pack.writing import COVER, HEAD, PROCESS, RIGHTS, told, write_pack


def test_a_pack_of_two_files_loads_and_is_empty(tmp_path: Path) -> None:
    registry = load([write_pack(tmp_path)])
    assert list(registry.packs) == ["covers"]
    assert not registry.types


def test_declarations_become_the_registry(tmp_path: Path) -> None:
    registry = load(
        [write_pack(tmp_path, objects=COVER, rights=RIGHTS, processes__handling=PROCESS)]
    )
    cover = registry.type_("cover")
    assert [one.name for one in cover.attributes] == ["state", "depth"]
    assert (cover.attributes[1].unit, cover.attributes[1].low) == ("m", 0.0)
    assert registry.rights == (Right(role="clerk", action="read", type="cover", over="area"),)
    process = registry.processes["handling"]
    assert process.step("new").within == Promise(2, "hour")
    assert process.step("waiting").actions == {"confirm": "closed", "expire": "closed"}
    assert registry.case_kind("report").code_prefix == "R"
    assert registry.type_("report").role == "case"


def test_all_faults_come_at_once_each_with_its_way_out(tmp_path: Path) -> None:
    objects = COVER.replace("list: states", "list: state").replace("unit: m", "unitt: m")
    rights = RIGHTS.replace("{clerk: {over: area}}", "{clerc: {over: areas}}")
    code_list, unit, reach = told(tmp_path, objects=objects, rights=rights)
    assert code_list == (
        "covers/objects.yaml:5: no code list “state” is declared; allowed: states;"
        " did you mean “states”"
    )
    assert unit.startswith("covers/objects.yaml:6: there is no key “unitt” here; allowed: is, name")
    assert unit.endswith(" and 8 more; did you mean “unit”")
    assert reach == (
        "covers/rights.yaml:6: “areas” is not possible here; allowed: all, area, assigned,"
        " organisation, organisation_in_area, own; did you mean “area”"
    )


def test_a_refusal_of_loading_carries_every_fault_in_both_languages(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, objects=COVER.replace("list: states", "list: state"))
    with pytest.raises(Refusal) as refused:
        load([folder])
    fault = refused.value.faults[0]
    assert (refused.value.code, fault.path) == ("pack.invalid", "covers/objects.yaml:5")
    assert "没有声明代码表“state”" in fault.facts["zh"]


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("is: number", "is: numbr", "“numbr” is not possible here"),
        ("list: states,", "", "an attribute with is: code must have list"),
        ("unit: m,", "list: states,", "list does not suit an attribute with is: number"),
        ("min: 0", "min: 5, max: 2", "min is greater than max"),
        ("min: 0", "default: x", "the default does not fit the attribute"),
        ("min: 0", "pattern: x", "pattern does not suit"),
        ("depth:", "version:", "“version” is reserved"),
        ("  cover:", "  event:", "“event” is reserved"),
        ("  cover:", "  Cover:", "“Cover” is not written like water_level"),
        ("en: Cover}", "en: ''}", "must have from 1 to"),
        ("en: Cover}", "de: Deckel}", "“en” is missing"),
        ("en: Cover}", "en: 12}", "put 12 in quotation marks"),
        ("    attributes:", "    code: X\n    attributes:", "the code pattern “X” is wrong"),
        ("    attributes:", "    title: nam\n    attributes:", "no attribute “nam” is declared"),
        ("    attributes:", "    keep: 3 weeks\n    attributes:", "not written like 10 years"),
        ("    attributes:", "    place: dot\n    attributes:", "“dot” is not possible"),
        ("good: {zh: 完好, en: Good}", "", "has either codes or from"),
    ],
)
def test_a_fault_in_objects(tmp_path: Path, before: str, after: str, fault: str) -> None:
    text = COVER.replace("\n      lost: {zh: 缺失, en: Lost}", "").replace(before, after, 1)
    faults = told(tmp_path, objects=text)
    assert any(fault in one for one in faults), faults


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("start: new", "start: now", "no step “now” is declared; allowed: new, waiting, closed"),
        ("accept: waiting", "accept: wating", "did you mean “waiting”"),
        ("stage: done", "stage: dun", "no stage “dun” is declared"),
        ("role: clerk", "role: clark", "no role “clark” is declared"),
        ("      role: clerk\n", "", "the user step “new” needs a role"),
        ("      within: 2 hours\n", "", "the step “new” needs within"),
        (", expire: closed", "", "the wait step “waiting” needs the action expire"),
        ("accept: waiting, ", "", "no way leads to the step “waiting”"),
        (
            "{confirm: closed, expire: closed}",
            "{confirm: waiting, expire: waiting}",
            "from the step “waiting” no end can be reached",
        ),
        ("{accept: waiting, refuse: closed}", "{}", "the step “new” has no action"),
        ("kind: end", "kind: end, actions: {a: new}", "the end step “closed” has no actions"),
        (
            "role: clerk\n      within: 2 hours\n      actions: {accept: waiting, refuse: closed}",
            "kind: service\n      actions: {again: new, accept: waiting}",
            "service and rule steps form a circle",
        ),
        ("within: 3 days", "within: 3 dayz", "is not written like 5 working days"),
        ("R{date}{serial:4}", "R{date}", "it needs one {serial:N} or {random:N}"),
    ],
)
def test_a_process_that_could_strand_a_case_is_refused(
    tmp_path: Path, before: str, after: str, fault: str
) -> None:
    assert before in PROCESS
    text = PROCESS.replace(before, after, 1)
    faults = told(tmp_path, rights=RIGHTS, objects=COVER, processes__handling=text)
    assert any(fault in one for one in faults), faults


SETTINGS = "  settings: {{{}}}\n"
FIGURE = """\
indicators:
  figure:
    name: {{zh: 数, en: Figure}}
    question: {{zh: 多少？, en: How many?}}
    of: {of}
    measure: count
    by: [area]
"""


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("operator: water", "no setting “operator” is declared; allowed: operators"),
        ("operators: water, level: distrct", "no level “distrct” is declared; allowed: city"),
    ],
)
def test_a_setting_that_nothing_reads_is_no_setting(tmp_path: Path, said: str, fault: str) -> None:
    process = PROCESS + SETTINGS.format(said)
    faults = told(tmp_path, rights=RIGHTS, objects=COVER, processes__handling=process)
    assert any(fault in one for one in faults), faults


def test_a_figure_of_what_nobody_declares_is_refused(tmp_path: Path) -> None:
    faults = told(tmp_path, rights=RIGHTS, objects=COVER, indicators=FIGURE.format(of="covr"))

    (fault,) = faults
    assert fault.startswith("covers/indicators.yaml:5: no type “covr” is declared")


def test_a_missing_or_strange_file_is_named(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, object=COVER)
    (folder / "README.md").unlink()
    (folder / "model.pkl").write_bytes(b"x")
    faults = [fault.text("en") for fault in check([folder]).faults]
    assert faults[0] == "covers/README.md:1: the required file README.md is missing"
    assert "a pack has no file “model.pkl”" in faults[1]
    assert "did you mean “objects.yaml”" in faults[2]


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    assert [one.code for one in check([tmp_path / "nowhere"]).faults] == ["folder.absent"]


def test_the_folder_has_the_name_of_the_pack(tmp_path: Path) -> None:
    folder = write_pack(tmp_path)
    (folder / "pack.yaml").write_text(HEAD.format(name="lids", more=""), encoding="utf-8")
    assert [one.code for one in check([folder]).faults] == ["folder.name"]


def test_another_packs_type_needs_to_be_named_in_needs(tmp_path: Path) -> None:
    first = write_pack(tmp_path, objects=COVER)
    using = """\
types:
  visit:
    name: {zh: 巡查, en: Visit}
    attributes:
      cover: {is: reference, to: cover, name: {zh: 井盖, en: Cover}}
"""
    second = write_pack(tmp_path, "visits", objects=using)
    fault = check([first, second]).faults[0].text("en")
    assert fault == (
        "visits/objects.yaml:5: the type “cover” belongs to the pack covers:"
        " name that in needs of pack.yaml"
    )
    (second / "pack.yaml").write_text(HEAD.format(name="visits", more="needs: [covers]\n"), "utf-8")
    assert load([second, first]).type_("visit").attributes[0].to == "cover"
    alone = [one.code for one in check([second]).faults]
    assert sorted(alone) == ["name.unknown", "pack.needs_unknown"]


def test_packs_may_not_need_each_other_in_a_circle_nor_declare_a_name_twice(
    tmp_path: Path,
) -> None:
    one = write_pack(tmp_path, "one", more="needs: [two]\n", objects=COVER)
    two = write_pack(tmp_path, "two", more="needs: [one]\n", objects=COVER)
    codes = [fault.code for fault in check([one, two]).faults]
    assert sorted(set(codes)) == ["name.twice", "pack.needs_circle"]


def test_a_role_may_be_declared_by_two_packs_if_they_call_it_the_same(tmp_path: Path) -> None:
    one = write_pack(tmp_path, "one", objects=COVER, rights=RIGHTS)
    roles = "roles:\n  clerk: {zh: 经办员, en: Clerk}\n"
    two = write_pack(tmp_path, "two", rights=roles)
    assert load([one, two]).roles["clerk"].en == "Clerk"
    (two / "rights.yaml").write_text(roles.replace("Clerk", "Officer"), encoding="utf-8")
    assert [fault.code for fault in check([one, two]).faults] == ["name.twice"]


def test_code_lists_are_read_from_a_table(tmp_path: Path) -> None:
    objects = """\
code_lists:
  kinds:
    name: {zh: 类别, en: Kinds}
    from: {file: kinds.csv, code: code, zh: name, parent: above}
"""
    table = "code,name,above\na,甲,\nb,乙,a\n"
    registry = load([write_pack(tmp_path, objects=objects, kinds_as_csv=table)])
    assert [(one.code, one.parent) for one in registry.code_lists["kinds"].codes] == [
        ("a", None),
        ("b", "a"),
    ]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("code,name\na,甲\n", "name.unknown"),
        ("code,name,above\na,甲\n", "csv.width"),
        ("code,name,above\na,甲,x\n", "codes.parent"),
        ("code,name,above\na,甲,b\nb,乙,a\n", "codes.circle"),
        ("", "file.empty"),
    ],
)
def test_a_fault_in_a_table_of_codes(tmp_path: Path, table: str, code: str) -> None:
    objects = """\
code_lists:
  kinds:
    name: {zh: 类别, en: Kinds}
    from: {file: kinds.csv, code: code, zh: name, parent: above}
"""
    folder = write_pack(tmp_path, objects=objects, kinds_as_csv=table)
    assert code in [fault.code for fault in check([folder]).faults]


def test_files_outside_the_pack_are_out_of_reach(tmp_path: Path) -> None:
    objects = """\
code_lists:
  kinds: {name: {zh: 类别, en: Kinds}, from: {file: ../secret.csv, code: code, zh: name}}
"""
    (tmp_path / "secret.csv").write_text("code,name\n", encoding="utf-8")
    assert "is not written like categories.csv" in told(tmp_path, objects=objects)[0]
    folder = write_pack(tmp_path, "linked")
    (folder / "objects.yaml").symlink_to(tmp_path / "secret.csv")
    assert [fault.code for fault in check([folder]).faults] == ["file.link"]


def test_a_pack_past_its_length_is_two_packs(tmp_path: Path) -> None:
    words = "words:\n" + "".join(f"  a.b{n}: {{zh: 字, en: w}}\n" for n in range(1300))
    assert "more than 1200: make it two packs" in told(tmp_path, words=words)[0]


def test_the_command_prints_faults_and_fails_and_speaks_both_languages(tmp_path: Path) -> None:
    folder = write_pack(tmp_path, objects=COVER.replace("list: states", "list: state"))
    called = [sys.executable, "-m", "pengcheng.ops.command", "check", str(folder), "--language"]
    english = subprocess.run([*called, "en"], capture_output=True, text=True, check=False)
    chinese = subprocess.run([*called, "zh"], capture_output=True, text=True, check=False)
    assert (english.returncode, chinese.returncode) == (1, 1)
    assert english.stdout.splitlines()[0].startswith("covers/objects.yaml:5: no code list")
    assert chinese.stdout.splitlines()[0].startswith("covers/objects.yaml:5: 没有声明代码表")
    assert english.stdout.splitlines()[-1] == "faults: 1"
