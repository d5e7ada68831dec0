"""The guide "your first rule and process" is true: its files are written, its commands run."""

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pengcheng.ops.command import main

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide" / "your-first-rule-and-process.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.M | re.S)


class Block(msgspec.Struct, frozen=True):
    """A block of the guide: a file to be written, or commands with what they print."""

    kind: str
    path: str | None
    text: str


def blocks() -> list[Block]:
    text = GUIDE.read_text(encoding="utf-8")
    return [Block(one["kind"], one["path"], one["text"]) for one in BLOCK.finditer(text)]


class Terminal:
    """Runs the commands of the guide in a folder and gives back what they print."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._capture = capture

    def write(self, block: Block) -> None:
        assert block.path is not None
        path = self.folder / block.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def check(self, block: Block) -> None:
        lines: list[str] = []
        for line in re.findall(r"^\$ .*$", block.text, re.M):
            lines += [line, *self._run(line[2:]).splitlines()]
        assert "\n".join(lines) + "\n" == block.text

    def _run(self, command: str) -> str:
        text, _, given = command.partition(" < ")
        fed = (self.folder / given).read_bytes() if given else b""
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(fed)))
        program, *words = shlex.split(text)
        {"pengcheng": main, "sed": self._sed}[program](words)
        told = self._capture.readouterr()
        return told.out + told.err

    def _sed(self, words: list[str]) -> None:
        subprocess.run(["sed", *words], cwd=self.folder, check=True)


def test_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path, monkeypatch, capsys)
    acts = {"console": terminal.check, "xml": terminal.write, "json": terminal.write}
    for block in blocks():
        acts[block.kind](block)
    assert [block.kind for block in blocks()].count("console") == 4
