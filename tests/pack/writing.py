"""Small packs written to a folder, for tests."""

from pathlib import Path

from pengcheng.pack import Report, check

HEAD = """\
name: {name}
label: {{zh: 井盖, en: Covers}}
version: "1.0"
owner: urban_management
hub: business
summary: {{zh: 井盖登记, en: A register of covers}}
{more}"""

COVER = """\
types:
  cover:
    name: {zh: 井盖, en: Cover}
    attributes:
      state: {is: code, list: states, name: {zh: 状态, en: State}}
      depth: {is: number, name: {zh: 深度, en: Depth}, unit: m, min: 0}
code_lists:
  states:
    name: {zh: 状态, en: State}
    codes:
      good: {zh: 完好, en: Good}
      lost: {zh: 缺失, en: Lost}
"""

RIGHTS = """\
roles:
  clerk: {zh: 经办员, en: Clerk}
  chief: {zh: 负责人, en: Chief}
rights:
  cover:
    read: {clerk: {over: area}}
"""

PROCESS = """\
process:
  name: {zh: 处置, en: Handling}
  start: new
  stages: {open: {zh: 处理中, en: Open}, done: {zh: 办结, en: Done}}
  steps:
    new:
      name: {zh: 受理, en: New}
      stage: open
      role: clerk
      within: 2 hours
      actions: {accept: waiting, refuse: closed}
    waiting:
      name: {zh: 等待, en: Waiting}
      stage: open
      kind: wait
      within: 3 days
      actions: {confirm: closed, expire: closed}
    closed: {name: {zh: 办结, en: Closed}, stage: done, kind: end}
case:
  type: report
  name: {zh: 报告, en: Report}
  code: "R{date}{serial:4}"
  fields:
    subject: {is: text, name: {zh: 标题, en: Subject}, required: true}
"""


def write_pack(parent: Path, name: str = "covers", *, more: str = "", **files: str) -> Path:
    """A pack folder; `objects` stands for objects.yaml, `processes__x` for processes/x.yaml."""
    folder = parent / name
    folder.mkdir()
    texts = {"pack": HEAD.format(name=name, more=more), **files}
    for key, text in texts.items():
        stem, _, suffix = key.replace("__", "/").partition("_as_")
        path = folder / f"{stem}.{suffix or 'yaml'}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "README.md").write_text("# Covers\n", encoding="utf-8")
    return folder


def told(parent: Path, **files: str) -> list[str]:
    """The faults of a pack with these files, in English."""
    return texts_of(check([write_pack(parent, **files)]))


def texts_of(report: Report) -> list[str]:
    return [fault.text("en") for fault in report.faults]
