"""The grade of a pack, computed: draft < working < complete < exemplary, and what is missing.

*draft* loads. *working* has a story for each process and decision table, all stories hold, and each
type may be read by somebody. *complete* names for each attribute its authoritative source, has a
dataset and rows for each type, and a target for each indicator. *exemplary* can serve as a model:
its README names its systems and plan paragraphs, stories show a refusal, rules cite their basis.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from pengcheng.kernel.registry import Registry
from pengcheng.kernel.words import Words
from pengcheng.pack.samples import sample_files
from pengcheng.pack.stories import Story

Grade = Literal["faulty", "draft", "working", "complete", "exemplary"]
GRADES: tuple[Grade, ...] = ("draft", "working", "complete", "exemplary")
AIMED = ("share", "mean")
"""Measures that say how well something is done: such a figure has a target."""
GRADE_WORDS = {
    "faulty": Words("有误", "faulty"),
    "draft": Words("草稿", "draft"),
    "working": Words("可用", "working"),
    "complete": Words("完整", "complete"),
    "exemplary": Words("示范", "exemplary"),
}


class Missing(msgspec.Struct, frozen=True):
    """One thing that a pack lacks for a grade."""

    grade: Grade
    what: Words


def missing(registry: Registry, pack: str, stories: Sequence[Story]) -> list[Missing]:
    """Everything that a pack lacks for the grades above draft, nearest first."""
    return [
        *(Missing("working", words) for words in _for_working(registry, pack, stories)),
        *(Missing("complete", words) for words in _for_complete(registry, pack)),
        *(Missing("exemplary", words) for words in _for_exemplary(registry, pack, stories)),
    ]


def grade_of(lacking: Sequence[Missing]) -> Grade:
    """The highest grade for which nothing is missing, nor for any below it."""
    reached: Grade = "draft"
    for grade in GRADES[1:]:
        if any(one.grade == grade for one in lacking):
            return reached
        reached = grade
    return reached


def _for_working(registry: Registry, pack: str, stories: Sequence[Story]) -> Iterator[Words]:
    if not stories:
        yield Words("stories/ 中还没有故事", "there is no story in stories/")
    told = {case.kind for story in stories for case in story.told.given.cases.values()}
    decided = {step.when.decides for story in stories for step in story.told.steps}
    for kind in registry.case_kinds.values():
        if registry.types[kind.type].pack == pack and kind.type not in told:
            yield Words(
                f"办件种类 {kind.type} 还没有故事", f"no story tells of a case of kind {kind.type}"
            )
    for table in registry.tables.values():
        if table.pack == pack and table.name not in decided:
            yield Words(
                f"决策表 {table.name} 还没有故事", f"no story tries the decision table {table.name}"
            )
    for name in _readless(registry, pack):
        yield Words(f"rights.yaml 中没有角色可读 {name}", f"no role in rights.yaml may read {name}")


def _readless(registry: Registry, pack: str) -> list[str]:
    readable = {right.type for right in registry.rights if right.action == "read"}
    own = [type_.name for type_ in registry.types.values() if type_.pack == pack]
    return [name for name in own if name not in readable and "*" not in readable]


def _for_complete(registry: Registry, pack: str) -> Iterator[Words]:
    folder = Path(registry.packs[pack].folder)
    sampled = {path.stem for path in sample_files(folder)}
    catalogued = {dataset.of for dataset in registry.datasets.values()}
    for type_ in registry.types.values():
        if type_.pack != pack:
            continue
        name = type_.name
        bare = [one.name for one in type_.attributes if one.source is None]
        if bare:
            some = ", ".join(bare[:3])
            yield Words(
                f"{name} 的属性没有写权威来源 source：{some}",
                f"attributes of {name} have no authoritative source: {some}",
            )
        if name not in catalogued:
            yield Words(f"{name} 没有数据集", f"{name} has no dataset in datasets.yaml")
        if name not in sampled and type_.rows is None:
            yield Words(f"{name} 没有样例 sample/{name}.csv", f"{name} has no sample/{name}.csv")
    for indicator in registry.indicators.values():
        if indicator.pack == pack and indicator.target is None and indicator.measure in AIMED:
            yield Words(
                f"指标 {indicator.name} 没有目标值", f"the indicator {indicator.name} has no target"
            )


def _for_exemplary(registry: Registry, pack: str, stories: Sequence[Story]) -> Iterator[Words]:
    head = registry.packs[pack]
    readme = (Path(head.folder) / "README.md").read_text(encoding="utf-8")
    for system in head.systems:
        if system not in readme:
            yield Words(f"README.md 没有提到系统 {system}", f"README.md does not name {system}")
    if not head.systems or re.search(r"\b00[0-9] ", readme) is None:
        yield Words(
            "README.md 没有写规划段落", "README.md names no plan paragraph, such as 002 五(二)9"
        )
    if not any(step.then.refused for story in stories for step in story.told.steps):
        yield Words("没有故事讲到被拒绝的操作", "no story shows an act that is refused")
    for table in registry.tables.values():
        cited = any(row["basis"] for row in table.rows)
        if table.pack == pack and not cited:
            yield Words(
                f"决策表 {table.name} 没有一行写依据",
                f"no row of the table {table.name} cites a basis",
            )
    for indicator in registry.indicators.values():
        if indicator.pack == pack and (indicator.definition is None or not indicator.basis):
            yield Words(
                f"指标 {indicator.name} 没有定义或依据",
                f"the indicator {indicator.name} lacks its definition or basis",
            )
