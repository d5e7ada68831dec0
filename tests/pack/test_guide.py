"""The guide "your first pack" is true: its files are written and its commands are run, in order."""

import re
import shlex
import subprocess
from pathlib import Path

import msgspec
import pytest

from pengcheng.ops.command import main

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide" / "your-first-pack.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.M | re.S)


class Block(msgspec.Struct, frozen=True):
    """A block of the guide: a file to be written, or commands with what they print."""

    kind: str
    path: str | None
    text: str


def blocks(guide: Path = GUIDE) -> list[Block]:
    text = guide.read_text(encoding="utf-8")
    return [Block(one["kind"], one["path"], one["text"]) for one in BLOCK.finditer(text)]


class Terminal:
    """Runs the commands of the guide in a folder and gives back what they print."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def run(self, command: str) -> str:
        program, *words = shlex.split(command)
        {"pengcheng": main, "sed": self._sed}[program](words)
        told = self._capture.readouterr()
        return told.out + told.err

    def _sed(self, words: list[str]) -> None:
        subprocess.run(["sed", *words], cwd=self.folder, check=True)

    def printed(self, block: Block) -> str:
        """The block as it would look had its commands been run just now."""
        lines: list[str] = []
        for line in re.findall(r"^\$ .*$", block.text, re.M):
            lines += [line, *self.run(line[2:]).splitlines()]
        return "\n".join(lines) + "\n"


def without_new(text: str) -> str:
    """What `new` prints names a temporary folder; the guide leaves it out."""
    kept = [
        line for line in text.splitlines() if not line.startswith(("已写入", "Wrote", "  peng"))
    ]
    return "\n".join(kept) + "\n"


def test_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path, capsys)
    for block in blocks():
        done(block, terminal)
    assert [block.kind for block in blocks()].count("console") == 6


def done(block: Block, terminal: Terminal) -> None:
    """Write the file of a block, or run its commands and compare what they print."""
    {"console": _console, "yaml": _file, "csv": _file, "sh": _in_a_city}[block.kind](
        block, terminal
    )


def _in_a_city(block: Block, terminal: Terminal) -> None:
    """What is asked of a running city: tests/portals/shenzhengyi/test_record_forms.py sends it."""


def _console(block: Block, terminal: Terminal) -> None:
    assert without_new(terminal.printed(block)) == block.text


def _file(block: Block, terminal: Terminal) -> None:
    assert block.path is not None
    path = terminal.folder / block.path
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.text, encoding="utf-8")
