"""A second pack as a department writes it in a day: what `pengcheng new pack` gives, and edits. No
code. It is installed in a running city, then upgraded."""

from pathlib import Path

from pengcheng.pack import new_pack

PROCESS = """\
process:
  name: {zh: 树木修剪, en: Tree pruning}
  version: 1
  start: asked
  stages:
    open: {zh: 办理中, en: Under way}
    done: {zh: 办结, en: Closed}
  actions:
    prune: {name: {zh: 已修剪, en: Pruned}, asks: [note]}
    decline: {name: {zh: 不修剪, en: Not pruned}, asks: [reason]}
  steps:
    asked:
      name: {zh: 待修剪, en: To be pruned}
      stage: open
      role: clerk
      within: 5 working days
      actions: {prune: pruned, decline: declined}
    pruned: {name: {zh: 已修剪, en: Pruned}, stage: done, kind: end}
    declined: {name: {zh: 未修剪, en: Not pruned}, stage: done, kind: end}

case:
  type: pruning
  name: {zh: 修剪申请, en: Request to prune}
  code: "XJ{date}{serial:4}"
  title: subject
  place: point
  fields:
    subject: {is: text, name: {zh: 哪棵树, en: Tree}, required: true, search: true, source: author}
    tree: {is: reference, to: street_tree, name: {zh: 树木, en: Tree}, source: greening_bureau}
  settings: {operators: water}
"""
STEP = """\
    pruned: {name: {zh: 已修剪, en: Pruned}, stage: done, kind: end}
"""
CHECKED = """\
    checked:
      name: {zh: 复查, en: To be checked}
      stage: open
      role: clerk
      within: 2 working days
      actions: {approve: pruned}
    pruned: {name: {zh: 已修剪, en: Pruned}, stage: done, kind: end}
"""
RIGHTS = """\
roles:
  clerk: {zh: 经办员, en: Clerk}
  citizen: {zh: 市民, en: Citizen}

rights:
  street_tree:
    read: {clerk: {over: area}, citizen: {over: all}}
    create: {clerk: {over: area}}
    change: {clerk: {over: area}}
    search: {clerk: {over: area}}
    import: {clerk: {over: area}}
    export: {clerk: {over: area}}
  pruning:
    read: {clerk: {over: area}, citizen: {over: own}}
    create: {citizen: {over: own}}
    search: {clerk: {over: area}}
    prune: {clerk: {over: area}}
    decline: {clerk: {over: area}}
    approve: {clerk: {over: area}}
"""
INDICATORS = """\
indicators:
  prunings:
    name: {zh: 修剪申请量, en: Requests to prune}
    question: {zh: 来了多少修剪申请？, en: How many requests came?}
    of: pruning
    measure: count
    by: [area, district, day]
"""
SAMPLE = """\
area,lon,lat,subject,tree
440304000000,114.05,22.57,枯枝刮风时危险,ST-440304-0001
"""
ON_TIME = """\
  prunings_on_time:
    name: {zh: 修剪按时率, en: Pruned in time}
    question: {zh: 按时修剪了吗？, en: Are trees pruned in time?}
    of: pruning
    measure: share
    where: not(was_late)
    by: [area, district, day]
    target: 95
"""
SCREENS = """
  pruning_form:
    portal: ishenzhen
    kind: form
    of: pruning
    name: {zh: 申请修剪, en: Ask for pruning}
    order: 30
    pages:
      - {name: {zh: 哪棵树？, en: Which tree?}, fields: [subject, place]}
  prunings_mine:
    portal: ishenzhen
    kind: list
    of: pruning
    name: {zh: 我的修剪申请, en: My requests to prune}
    columns: [code, title, stage]
  prunings:
    portal: shenzhengyi
    kind: list
    of: pruning
    name: {zh: 修剪办理, en: Pruning}
    roles: [clerk]
    columns: [code, title, stage, due_at]
    sort: [due_at]
  pruning_map:
    portal: shenzhengyi
    kind: map
    of: pruning
    name: {zh: 修剪地图, en: Map of pruning}
    colour: stage
    title: title
  prunings_card:
    portal: shenzhihui
    kind: card
    name: {zh: 修剪申请, en: Requests to prune}
    question: {zh: 来了多少修剪申请？, en: How many requests came?}
    of: pruning
    indicator: prunings
    by: district
    chart: bar
"""


def write(folder: Path) -> Path:
    """The first version of the pack."""
    pack = new_pack(folder, "street_trees", "street_tree")
    (pack / "processes").mkdir()
    (pack / "processes" / "pruning.yaml").write_text(PROCESS, encoding="utf-8")
    (pack / "sample" / "pruning.csv").write_text(SAMPLE, encoding="utf-8")
    (pack / "rights.yaml").write_text(
        RIGHTS.replace("    approve: {clerk: {over: area}}\n", ""), encoding="utf-8"
    )
    (pack / "indicators.yaml").write_text(INDICATORS, encoding="utf-8")
    screens = pack / "screens.yaml"
    screens.write_text(screens.read_text("utf-8").rstrip() + SCREENS, encoding="utf-8")
    return pack


HEIGHT = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="height"
    name="height" namespace="https://example.org/height">
  <inputData id="metres" name="metres"><variable name="metres" typeRef="number"/></inputData>
  <decision id="tall" name="tall"><variable name="tall" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#metres"/></informationRequirement>
    <literalExpression><text>metres > 7</text></literalExpression>
  </decision>
</definitions>
"""


def upgrade(pack: Path) -> None:
    """A new attribute, a new step and a DMN rule, in a newer version."""
    replace(pack / "pack.yaml", 'version: "0.1"', 'version: "0.2"')
    replace(
        pack / "objects.yaml",
        "      checked_on:",
        "      height_m: {is: number, name: {zh: 高度, en: Height}, index: true, source: owner}\n"
        "      checked_on:",
    )
    (pack / "rules").mkdir()
    (pack / "rules" / "height.dmn").write_text(HEIGHT, encoding="utf-8")
    process = pack / "processes" / "pruning.yaml"
    replace(process, "version: 1", "version: 2")
    replace(process, "{prune: pruned,", "{prune: checked,")
    replace(process, STEP, CHECKED)
    replace(
        process,
        "  actions:\n    prune:",
        "  actions:\n    approve: {name: {zh: 同意, en: Approve}}\n    prune:",
    )
    (pack / "rights.yaml").write_text(RIGHTS, encoding="utf-8")
    indicators = pack / "indicators.yaml"
    indicators.write_text(indicators.read_text("utf-8") + ON_TIME, encoding="utf-8")


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
