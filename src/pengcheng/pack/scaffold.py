"""What `pengcheng new pack` writes: a small pack that loads, with one story that holds."""

from collections.abc import Mapping
from pathlib import Path

from pengcheng.kernel.errors import Refusal
from pengcheng.pack.known import RESERVED_TYPES
from pengcheng.pack.walk import NAME

FILES: Mapping[str, str] = {
    "pack.yaml": """\
name: {name}
label: {{zh: {title}, en: {title}}}
version: "0.1"
owner: the department that answers for it
hub: business
summary: {{zh: 一句话说明这个应用包为谁做什么, en: One sentence on what it does and for whom}}
""",
    "objects.yaml": """\
types:
  {type}:
    name: {{zh: {type_title}, en: {type_title}}}
    code: "{prefix}-{{district}}-{{serial:4}}"
    place: point
    title: title
    history: true
    found_in: [list, map, search]
    attributes:
      title: {{is: text, name: {{zh: 名称, en: Name}}, required: true, search: true, source: owner}}
      state:
        is: code
        list: {type}_states
        name: {{zh: 状态, en: State}}
        required: true
        index: true
        source: owner
      checked_on: {{is: date, name: {{zh: 最近检查, en: Last checked}}, source: owner}}

code_lists:
  {type}_states:
    name: {{zh: 状态, en: State}}
    codes:
      good: {{zh: 完好, en: Good}}
      broken: {{zh: 损坏, en: Broken}}
""",
    "indicators.yaml": """\
# A figure counts cases, events or records: count, sum, mean, share, latest; or a ratio of two.
# Without "at" records count as they stand; "at: checked_on" counts each on the day of that date.
# Work that comes again for each record ("every: 15 days") is declared in recurring.yaml.
indicators:
  {type}_count:
    name: {{zh: {type_title}数, en: Number of {type_title}}}
    question: {{zh: 有多少{type_title}？, en: How many are there?}}
    of: {type}
    measure: count
    by: [district, unit]
    definition: {{zh: 登记在册的, en: Those in the register}}
    basis: name the law or the plan paragraph
""",
    "rights.yaml": """\
roles:
  clerk: {{zh: 经办员, en: Clerk}}

rights:
  {type}:
    read:
      clerk: {{over: area}}
    create:
      clerk: {{over: area}}
    change:
      clerk: {{over: area}}
""",
    "datasets.yaml": """\
datasets:
  {type}_register:
    name: {{zh: {type_title}名录, en: Register of {type_title}}}
    of: {type}
    sharing: conditional
    opening: none
    basis: name the law or the plan paragraph
""",
    "screens.yaml": """\
screens:
  {type}_list:
    portal: shenzhengyi
    kind: list
    of: {type}
    name: {{zh: {type_title}, en: {type_title}}}
    roles: [clerk]
    columns: [code, title, state, checked_on]
    filters: [state, area]
    sort: [title]
  {type}_form:
    portal: shenzhengyi
    kind: form
    of: {type}
    name: {{zh: 登记, en: Register}}
    roles: [clerk]
    pages:
      - {{name: {{zh: 是什么？, en: What is it?}}, fields: [title, state, place]}}
      - {{name: {{zh: 何时检查过？, en: When was it checked?}}, fields: [checked_on]}}
""",
    "sample/{type}.csv": """\
code,area,lon,lat,title,state,checked_on
{prefix}-440304-0001,440304000000,114.055,22.541,示例一,good,2026-03-02
{prefix}-440305-0002,440305000000,113.930,22.533,示例二,broken,2026-02-11
""",
    "stories/registering.yaml": """\
story: {{zh: 登记时一次说清所有错误, en: Registering tells every fault at once}}
steps:
  - when: {{checks: {type}, values: {{title: 示例, state: good, checked_on: "2026-03-02"}}}}
    then: {{faults: {{}}}}
  - when: {{checks: {type}, values: {{state: lost, checked_on: "2026-02-30"}}}}
    then: {{faults: {{/title: field.required, /state: code.unknown, /checked_on: date.unreal}}}}
""",
    "README.md": """\
# {title}

Who uses it, and for what.

## Which systems of the plans it is
Name the system and the plan paragraph it fulfils.

## What it does not do
Say what a reader might expect here and will not find.
""",
}


def new_pack(parent: Path, name: str, type_name: str | None = None) -> Path:
    """Write a new pack below a folder; refuses a name that is not one or is already taken."""
    type_name = type_name or name
    for one in (name, type_name):
        if NAME.fullmatch(one) is None:
            raise Refusal("pack.name", name=one)
    if type_name in RESERVED_TYPES:
        raise Refusal("pack.type_reserved", name=type_name)
    folder = parent / name
    if folder.exists():
        raise Refusal("pack.exists", folder=str(folder))
    facts = {
        "name": name,
        "title": _title(name),
        "type": type_name,
        "type_title": _title(type_name),
        "prefix": "".join(part[0] for part in type_name.split("_")).upper()[:4],
    }
    for path, text in FILES.items():
        file = folder / path.format(**facts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**facts), encoding="utf-8")
    return folder


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
