"""A pack of lifts as a supervisor of equipment writes it: figures over its records and over events,
a ratio of two, and upkeep that comes again for each lift. Tests install it in a city."""

from pathlib import Path

from pengcheng import pack
from pengcheng.kernel.registry import Registry
from tests.city import ROOT

FILES = {
    "pack.yaml": """\
name: lifts
label: {zh: 电梯安全, en: Lift safety}
version: "1.0"
owner: market_supervision
hub: business
needs: [citizen_demands]
summary: {zh: 电梯登记与维保, en: Lifts and their upkeep}
""",
    "README.md": "# Lifts\n",
    "objects.yaml": """\
types:
  lift:
    name: {zh: 电梯, en: Lift}
    code: "LF{serial:5}"
    place: point
    title: title
    history: true
    found_in: [list, map, search]
    attributes:
      title: {is: text, name: {zh: 名称, en: Name}, required: true, source: quality}
      state: {is: code, list: lift_states, default: in_use, source: quality,
        name: {zh: 状态, en: State}}
      load_kg: {is: number, name: {zh: 载重, en: Load}, unit: kg, source: quality}
      kept_on: {is: date, name: {zh: 上次维保, en: Last upkeep}, source: quality}
  lift_reading:
    name: {zh: 运行读数, en: Reading}
    code: "LR{serial:6}"
    attributes:
      lift: {is: reference, to: lift, name: {zh: 电梯, en: Lift}, source: quality}
      trips: {is: number, name: {zh: 运行次数, en: Trips}, source: quality}
      read_at: {is: instant, name: {zh: 读数时间, en: Read at}, required: true, source: quality}
code_lists:
  lift_states:
    name: {zh: 状态, en: State}
    codes:
      in_use: {zh: 在用, en: In use}
      stopped: {zh: 停用, en: Stopped}
""",
    "processes/lift_upkeep.yaml": """\
process:
  name: {zh: 电梯维保, en: Upkeep of a lift}
  start: planned
  stages: {open: {zh: 待维保, en: To be done}, done: {zh: 办结, en: Done}}
  actions:
    keep_up: {name: {zh: 已维保, en: Done}}
  steps:
    planned:
      name: {zh: 待维保, en: To be done}
      stage: open
      role: clerk
      within: 5 working days
      actions: {keep_up: kept}
    kept: {name: {zh: 已维保, en: Done}, stage: done, kind: end}
case:
  type: lift_upkeep
  name: {zh: 电梯维保单, en: Upkeep of a lift}
  code: "WB{date}{serial:4}"
  title: subject
  fields:
    subject: {is: text, name: {zh: 事项, en: Matter}, required: true, source: quality}
    lift: {is: reference, to: lift, name: {zh: 电梯, en: Lift}, source: quality}
    kept_on: {is: date, name: {zh: 维保日期, en: Done on}, source: quality}
    cost: {is: number, name: {zh: 费用, en: Cost}, source: quality}
  settings: {operators: water}
""",
    "indicators.yaml": """\
indicators:
  lifts:
    name: {zh: 在用电梯, en: Lifts in use}
    question: {zh: 有多少电梯在用？, en: How many lifts are in use?}
    of: lift
    measure: count
    where: state = "in_use"
    by: [area, district, unit]
    unit: 台
  lifts_stopped:
    name: {zh: 停用率, en: Stopped}
    question: {zh: 多少电梯停用？, en: How many lifts are stopped?}
    of: lift
    measure: share
    where: state = "stopped"
    by: [area, district, state]
    unit: "%"
    target: 5
    warning: 10
    better: lower
    definition: {zh: 停用电梯占全部电梯的比例, en: Stopped lifts among all}
  load:
    name: {zh: 平均载重, en: Mean load}
    question: {zh: 电梯能载多少？, en: How much does a lift carry?}
    of: lift
    measure: mean
    value: load_kg
    by: [district]
    unit: kg
  upkeep_by_day:
    name: {zh: 当日维保, en: Upkeep of the day}
    question: {zh: 哪天做了维保？, en: Which lifts were kept up?}
    of: lift
    measure: count
    at: kept_on
    by: [district, day]
  upkeep_cost:
    name: {zh: 维保费用, en: Cost of upkeep}
    question: {zh: 维保花了多少？, en: What does upkeep cost?}
    of: lift_upkeep
    measure: sum
    value: cost
    among: lift != null and open
    by: [day, unit]
    unit: 元
  trips:
    name: {zh: 最近运行次数, en: Latest trips}
    question: {zh: 最近一次读数是多少？, en: What was read last?}
    of: lift_reading
    measure: latest
    value: trips
    at: read_at
    by: [district]
  matters:
    name: {zh: 集中反映, en: Matters}
    question: {zh: 有多少集中反映的事？, en: How many matters?}
    of: mass_matter
    measure: sum
    value: cases
    by: [area, district, day, hour]
  reports_per_lift:
    name: {zh: 每百台反映, en: Reports for a hundred lifts}
    question: {zh: 每百台电梯有多少反映？, en: How many reports for a hundred lifts?}
    measure: ratio
    upper: matters
    lower: lifts
    per: 100
    by: [district, area]
""",
    "recurring.yaml": """\
recurring:
  upkeep:
    name: {zh: 电梯维保, en: Upkeep}
    of: lift
    where: state = "in_use"
    every: 15 days
    since: kept_on
    early: 2
    opens: lift_upkeep
    link: lift
    set: {subject: '"维保：" + title'}
    within: 3 working days
    basis: 特种设备安全监察条例 第三十一条
  yearly_check:
    name: {zh: 年度检查, en: Yearly check}
    of: lift
    every: year
    on: 32
    opens: lift_upkeep
    link: lift
    set: {subject: '"年检：" + title'}
""",
    "rights.yaml": """\
rights:
  lift:
    read: {clerk: {over: area}, command_leader: {over: area}, operator: {over: all}}
    create: {clerk: {over: area}, operator: {over: all}}
    change: {clerk: {over: area}, operator: {over: all}}
    retire: {clerk: {over: area}, operator: {over: all}}
  lift_reading:
    read: {operator: {over: all}, command_leader: {over: area}}
    create: {operator: {over: all}}
  lift_upkeep:
    read: {clerk: {over: area}, operator: {over: all}}
    keep_up: {clerk: {over: area}, operator: {over: all}}
""",
    "screens.yaml": """\
screens:
  lift_list:
    portal: shenzhengyi
    kind: list
    of: lift
    name: {zh: 电梯, en: Lifts}
    roles: [clerk, operator]
    columns: [code, title, state, kept_on]
  lift_upkeep_list:
    portal: shenzhengyi
    kind: list
    of: lift_upkeep
    name: {zh: 电梯维保单, en: Upkeep}
    roles: [clerk, operator]
    columns: [code, title, stage, due_at]
    sort: [due_at]
  lifts_open:
    portal: ishenzhen
    kind: card
    name: {zh: 电梯停用率, en: Stopped lifts}
    question: {zh: 多少电梯停用？, en: How many lifts are stopped?}
    of: lift
    indicator: lifts_stopped
    by: state
  lifts_card:
    portal: shenzhihui
    kind: card
    name: {zh: 在用电梯, en: Lifts in use}
    question: {zh: 有多少电梯在用？, en: How many lifts are in use?}
    of: lift
    indicator: lifts
    by: district
    chart: bar
  stopped_card:
    portal: shenzhihui
    kind: card
    name: {zh: 停用率, en: Stopped}
    question: {zh: 多少电梯停用？, en: How many lifts are stopped?}
    of: lift
    indicator: lifts_stopped
    by: state
    chart: bar
""",
}


def write(folder: Path, **changed: str) -> Path:
    """The folder of the pack; `changed` are other texts of its files, by their stems."""
    for name, text in FILES.items():
        path = folder / "lifts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem, text), encoding="utf-8")
    return folder / "lifts"


def declared(folder: Path, **changed: str) -> Registry:
    """The registry of the city's packs and this one."""
    return pack.load([*pack.find(ROOT / "packs"), write(folder, **changed)])
