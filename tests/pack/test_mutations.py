"""A pack damaged at random gives faults or loads; it never breaks the checker."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pengcheng.pack import check

ROOT = Path(__file__).resolve().parents[2]
SCRAPS = (
    "", "~", "12", "-1", "[]", "{}", "[a, b]", "{a: 1}", "true", '"', "&a", "*a", "- x", ".nan",
    "1e999", "2026-02-30", "demand", "*", "\t", "🙂", "{x: {y: {z: []}}}", "<<: {}", "!!int 3",
)  # fmt: skip
ROUNDS = 60


def lose(lines: list[str], at: int, drawn: random.Random) -> None:
    lines[at] = ""


def repeat(lines: list[str], at: int, drawn: random.Random) -> None:
    lines[at] *= 2


def indent(lines: list[str], at: int, drawn: random.Random) -> None:
    lines[at] = "  " + lines[at]


def swap(lines: list[str], at: int, drawn: random.Random) -> None:
    other = drawn.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def revalue(lines: list[str], at: int, drawn: random.Random) -> None:
    lines[at] = lines[at].split(":", 1)[0].rstrip("\n") + ": " + drawn.choice(SCRAPS) + "\n"


def insert(lines: list[str], at: int, drawn: random.Random) -> None:
    place = drawn.randrange(len(lines[at]) + 1)
    lines[at] = lines[at][:place] + drawn.choice(SCRAPS) + lines[at][place:]


DAMAGES: tuple[Callable[[list[str], int, random.Random], None], ...] = (
    lose, repeat, indent, swap, revalue, insert,
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_pack_is_told_not_crashed(tmp_path: Path, seed: int) -> None:
    drawn = random.Random(seed)
    folder = tmp_path / "citizen_demands"
    shutil.copytree(ROOT / "packs" / "citizen_demands", folder)
    files = sorted(folder.rglob("*.yaml"))
    faulty = 0
    for _ in range(ROUNDS):
        path = drawn.choice(files)
        whole = path.read_text(encoding="utf-8")
        lines = whole.splitlines(keepends=True)
        for _ in range(drawn.randint(1, 3)):
            drawn.choice(DAMAGES)(lines, drawn.randrange(len(lines)), drawn)
        path.write_text("".join(lines), encoding="utf-8")
        report = check([folder])
        told = [fault.text("zh") + fault.text("en") for fault in report.faults]
        faulty += bool(told)
        path.write_text(whole, encoding="utf-8")
    assert faulty > ROUNDS // 2
