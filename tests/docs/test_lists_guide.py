"""The guide "lists and tables" is true: its files are written, its commands run, in order."""

from pathlib import Path

import pytest

from tests.pack.test_guide import ROOT, Terminal, blocks, done

GUIDE = ROOT / "docs" / "guide" / "lists-and-tables.md"


def test_the_guide_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    terminal = Terminal(tmp_path, capsys)
    for block in blocks(GUIDE):
        done(block, terminal)
    assert [block.kind for block in blocks(GUIDE)].count("console") == 2
