"""`pengcheng check`: every fault of packs at once, their grades and the next missing thing."""

import argparse
import locale
import sys
from pathlib import Path
from typing import Any

from pengcheng.kernel.words import LANGUAGES, Language, Words
from pengcheng.pack import PackReport, Report, check, find, with_needs, write_schemas
from pengcheng.pack.grades import GRADE_WORDS

FOUND = Words("错误：{count} 处", "faults: {count}")
SOUND = Words("没有错误", "no faults")
TOLD = Words(
    "{pack}：{grade}（{stories} 个故事，{rows} 行数据）",
    "{pack}: {grade} (stories: {stories}, rows: {rows})",
)
NEXT = Words("  离“{grade}”还差：{what}", "  missing for {grade}: {what}")
MORE = Words("  另有 {count} 项", "  and {count} more")
NONE_HERE = Words("{folder} 中没有应用包", "there is no pack in {folder}")
SCHEMAS = Words("已写入 {count} 个文件到 {folder}", "wrote {count} files to {folder}")


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("check", add_help=True, description=__doc__)
    parser.add_argument(
        "packs",
        nargs="*",
        type=Path,
        metavar="PACK",
        help="应用包的文件夹；不写则为 packs/*  folders of packs; packs/* if none",
    )
    parser.add_argument("--language", choices=LANGUAGES, default=spoken(), help="语言  language")
    parser.add_argument(
        "--all", action="store_true", help="列出全部所缺  tell everything that is missing"
    )
    parser.add_argument(
        "--schemas", type=Path, metavar="DIR",
        help="为编辑器写出 JSON Schema  write JSON Schemas for editors",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; 1 when there is a fault."""
    language: Language = arguments.language
    if arguments.schemas is not None:
        written = write_schemas(arguments.schemas)
        facts = {"count": len(written), "folder": arguments.schemas}
        print(SCHEMAS.fill(language, facts))
        if not arguments.packs:
            return 0
    named = [folder.resolve() for folder in arguments.packs] or find(Path("packs").resolve())
    if not named:
        print(NONE_HERE.fill(language, {"folder": Path("packs").resolve()}), file=sys.stderr)
        return 1
    report = check(with_needs(named), only=[folder.name for folder in named])
    for line in lines_of(report, language, every=arguments.all):
        print(line)
    return 0 if report.holds else 1


def lines_of(report: Report, language: Language, *, every: bool = False) -> list[str]:
    """What is printed: faults first, then a line for each pack, then the sum."""
    lines = [fault.text(language) for fault in report.faults]
    for pack in report.packs:
        lines += _pack(pack, language, every=every)
    count = len(report.faults)
    lines.append(FOUND.fill(language, {"count": count}) if count else SOUND.in_(language))
    return lines


def _pack(pack: PackReport, language: Language, *, every: bool) -> list[str]:
    grade = GRADE_WORDS[pack.grade].in_(language)
    facts = {"pack": pack.pack, "grade": grade, "stories": pack.stories, "rows": pack.rows}
    lines = [TOLD.fill(language, facts)]
    shown = pack.missing if every else pack.missing[:1]
    for one in shown:
        told = {"grade": GRADE_WORDS[one.grade].in_(language), "what": one.what.in_(language)}
        lines.append(NEXT.fill(language, told))
    if len(shown) < len(pack.missing):
        lines.append(MORE.fill(language, {"count": len(pack.missing) - len(shown)}))
    return lines


def spoken() -> Language:
    """The language of this terminal, as far as it says."""
    known = locale.getlocale()[0] or ""
    return "zh" if known.startswith(("zh", "Chinese")) else "en"
