"""What the documents say is so, and the house speaks of itself alone."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from pengcheng.ground.settings import TABLE
from pengcheng.ops.command import GROUPS, main
from tests.architecture.house import PROGRAM, ROOT, named, told, tracked, tree

DECISIONS = ROOT / "docs" / "decisions"
DECISION_PARTS = ("Status:", "Date:", "## Context", "## Decision", "## Consequences")
DECISION_PARTS += ("## Refused", "## What would change our mind")
ENGINES = sorted(
    path.name for path in (PROGRAM / "engines").iterdir() if (path / "__init__.py").exists()
)
COMMANDS = [command for group in GROUPS for command in group.commands]
LOCKS = ("requirements-build.lock", "requirements.lock", "requirements-dev.lock")
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".sh", ".html", ".mjs", ".js", ".scss"}
TEXTS |= {"", ".json", ".ini", ".cfg", ".txt", ".bpmn", ".dmn", ".css", ".npmrc", ".importlinter"}
# A path of one machine, a place packages come from, or the making of this text instead of the text.
FOREIGN = {
    "a path of one machine": r"(?<![\w./-])/(?:work|root|home/\w+|opt/wheels|opt/pypi)/",
    "a registry": r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|npmmirror\.com|"
    r"tuna\.tsinghua\.edu\.cn|mirrors\.\w+\.\w+)\b",
    "the making of the text": r"\b(?:Claude|Anthropic|ChatGPT|sub-?agents?|"
    r"as an AI|the brief says|this issue asks|in this session we)\b",
}


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operating" / "settings.md").read_text(encoding="utf-8")
    missing = [
        row.name for row in TABLE if f"| `{row.variable}` | `{row.option or '-'}`" not in text
    ]
    assert not missing, told(missing, "give each a row in docs/operating/settings.md")


def test_no_setting_is_documented_that_is_not_there() -> None:
    text = (ROOT / "docs" / "operating" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(PENGCHENG_\w+)`", text, re.M)) == {row.variable for row in TABLE}


def test_every_command_is_documented_and_none_besides() -> None:
    text = (ROOT / "docs" / "operating" / "commands.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `pengcheng (\w+)", text, re.M))
    assert documented == {command.name for command in COMMANDS}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_stands_in_the_architecture(engine: str) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert f"`engines/{engine}`" in text or f"`{engine}`" in text


def test_decisions_are_numbered_without_gaps_and_complete() -> None:
    files = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    faults = [
        f"{named(path, 1)}: {part}"
        for path in files
        for part in DECISION_PARTS
        if part not in path.read_text(encoding="utf-8")
    ]
    assert not faults, told(faults, "every decision record has these parts")


def test_migrations_have_one_head_and_no_gap() -> None:
    files = sorted((PROGRAM / "ground" / "migrations" / "versions").glob("*.py"))
    revisions = {_told_by(path, "revision"): _told_by(path, "down_revision") for path in files}
    heads = set(revisions) - set(revisions.values())
    roots = [name for name, before in revisions.items() if before is None]
    unknown = set(revisions.values()) - set(revisions) - {None}
    assert (len(heads), len(roots), unknown) == (1, 1, set())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_with_hashes_what_is_asked_for(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = {_plain(name) for name in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.M)}
    assert _asked_for(lock) <= pinned
    assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("what", sorted(FOREIGN))
def test_the_project_speaks_of_itself_alone(what: str) -> None:
    pattern = re.compile(FOREIGN[what])
    faults = [
        f"{named(path, number)}: {found[0]}"
        for path in tracked()
        if path.suffix in TEXTS and path != Path(__file__)
        for number, line in enumerate(_text(path).splitlines(), 1)
        if (found := pattern.search(line))
    ]
    assert not faults, told(faults, f"{what} does not belong here")


def test_help_tells_of_each_command_that_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    there = [one.name for one in COMMANDS if (PROGRAM / "ops" / f"{one.name}.py").exists()]
    assert re.findall(r"^  ([a-z]+) +\S", printed, re.M)[1:] == there


def _asked_for(lock: str) -> set[str]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {
        "requirements-build.lock": told["dependency-groups"]["build"],
        "requirements.lock": told["project"]["dependencies"],
        "requirements-dev.lock": [
            *told["project"]["dependencies"],
            *told["dependency-groups"]["dev"],
        ],
    }
    return {_plain(re.split(r"[\[<>=!~; ]", name)[0]) for name in groups[lock]}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _told_by(path: Path, name: str) -> object:
    for node in tree(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=value)) | (
                ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value=value))
            ) if found == name:
                return value
            case _:
                continue
    return None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
