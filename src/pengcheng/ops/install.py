"""`pengcheng install [PACK ...]`: put packs into the running city; the plan is shown first.

A PACK folder takes its place among the city's packs (instead of its older version); with none, what
stands there is read again. Nothing is changed without --yes.
"""

import argparse
import asyncio
import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from pengcheng import city, pack
from pengcheng.edge import pack_changes
from pengcheng.edge.pack_changes import SECTIONS, Difference, PackPlan
from pengcheng.engines.objects import SWITCH_SECONDS
from pengcheng.ground.settings import Settings
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import LANGUAGES, Language, Words
from pengcheng.ops import options, seed
from pengcheng.ops.check import spoken

INCOMING = ".incoming"
"""Where a pack stands until it is whole; not among the packs."""
FORMER = ".former"
NOTHING = Words("没有要改的：城市已是这样。", "Nothing to change: the city has all of it.")
VERSIONS = Words("应用包 {pack}：{before} → {after}", "pack {pack}: {before} → {after}")
NONE = Words("无", "none")
ADDED = Words("  新增{section}：{names}", "  new {section}: {names}")
CHANGED = Words("  改动{section}：{names}", "  changed {section}: {names}")
REMOVED = Words("  不再有的{section}：{names}", "  {section} no more declared: {names}")
RIGHTS = Words("权限", "rights")
STATEMENTS = Words("数据库将执行 {count} 条语句：", "The database is to run {count} statements:")
ASK = Words(
    "以上只是计划，什么也没有改变。加 --yes 执行。",
    "This is only the plan; nothing was changed. Add --yes to carry it out.",
)
DONE = Words(
    "已装载，声明第 {version} 版。各进程自动切换，无需重启。",
    "Installed as version {version} of the declarations. Every process switches; no restart.",
)


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `install` to the command."""
    parser = subparsers.add_parser("install", description=__doc__)
    options.add(parser, "packs", "sample")
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="PACK", help="应用包的文件夹  folders of packs"
    )
    parser.add_argument("--yes", action="store_true", help="执行计划  carry the plan out")
    parser.add_argument("--language", choices=LANGUAGES, default=spoken(), help="语言  language")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the plan; with --yes carry it out. A Refusal tells everything that forbids it."""
    settings = options.running(arguments)
    language: Language = arguments.language
    folders = [folder.resolve() for folder in arguments.folders]
    found = asyncio.run(_planned(settings, together(settings.packs, folders)))
    for line in lines_of(found, language):
        print(line)
    if found.faults:
        raise Refusal("schema.hindered", faults=found.faults)
    if found.is_empty:
        return 0
    if not arguments.yes:
        print(ASK.in_(language))
        return 0
    with put(folders, settings.packs):
        version = asyncio.run(installed(settings, samples=False))
    # The city serves the pack by now: a sample that does not fit takes nothing back.
    asyncio.run(installed(settings))
    print(DONE.fill(language, {"version": version}))
    return 0


def together(packs: Path, folders: Sequence[Path]) -> list[Path]:
    """The city's packs with these instead of those of the same name."""
    named = {folder.name: folder for folder in pack.find(packs.resolve())}
    return list({**named, **{folder.name: folder for folder in folders}}.values())


async def _planned(settings: Settings, folders: Sequence[Path]) -> PackPlan:
    services = city.services_of(settings)
    await services.database.open()
    found = await pack_changes.plan(services, pack.load(folders))
    await services.database.close()
    return found


async def installed(settings: Settings, *, samples: bool = True) -> int:
    """Bring the city to its packs, with their first rows and (in a sample city) their samples."""
    services = city.services_of(settings)
    await services.database.open()
    await city.declare(services)
    former = services.registry.indicators
    version = await city.install_packs(services)
    await city.declare(services)
    if services.registry.indicators != former:
        # Once every process counts by the newer declarations: what happened before counts too.
        await asyncio.sleep(SWITCH_SECONDS)
        await services.indicators.rebuild()
    await services.organisations.load()
    await services.areas.load()
    await seed.first_rows(services)
    if samples and settings.sample:
        await seed.sample_rows(services)
    await services.database.close()
    return version


@contextlib.contextmanager
def put(folders: Sequence[Path], packs: Path) -> Iterator[None]:
    """These folders among the packs, whole at once; the former ones again if the block fails."""
    incoming, former = packs / INCOMING, packs / FORMER
    coming = [folder for folder in folders if folder.parent != packs.resolve()]
    for place in (incoming, former):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    for folder in coming:
        shutil.copytree(folder, incoming / folder.name)
    for folder in coming:
        if (packs / folder.name).exists():
            (packs / folder.name).rename(former / folder.name)
        (incoming / folder.name).rename(packs / folder.name)
    try:
        yield
    except BaseException:
        for folder in coming:
            shutil.rmtree(packs / folder.name)
            if (former / folder.name).exists():
                (former / folder.name).rename(packs / folder.name)
        raise
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def lines_of(found: PackPlan, language: Language) -> list[str]:
    """The plan as a person reads it: packs, declarations, statements."""
    if found.is_empty:
        return [NOTHING.in_(language)]
    none = NONE.in_(language)
    lines = [
        VERSIONS.fill(language, {"pack": name, "before": old or none, "after": new or none})
        for name, old, new in found.packs
    ]
    for one in found.differences:
        lines += _difference(one, language)
    if found.changes:
        lines.append(STATEMENTS.fill(language, {"count": len(found.changes)}))
        lines += [
            f"  {change.type}: {change.why.in_(language)}\n    {change.statement}"
            for change in found.changes
        ]
    return lines


def _difference(one: Difference, language: Language) -> list[str]:
    section = SECTIONS.get(one.section, RIGHTS).in_(language)
    told = ((ADDED, one.added), (CHANGED, one.changed), (REMOVED, one.removed))
    return [
        words.fill(language, {"section": section, "names": ", ".join(names)})
        for words, names in told
        if names
    ]
