"""Every fault has its sentence in both languages, and no sentence is left over."""

import re
import string
from pathlib import Path

from pengcheng.pack.fault_words import WORDS

PACK = Path(__file__).resolve().parents[2] / "src" / "pengcheng" / "pack"
CODE = re.compile(r'"([a-z_]+\.[a-z_]+)"')


def used() -> set[str]:
    """Every text in the sources of the pack language that looks like a fault's code."""
    files = [path for path in PACK.glob("*.py") if path.name != "fault_words.py"]
    return {code for path in files for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_no_sentence_is_left_over() -> None:
    assert sorted(set(WORDS) - used()) == []


def test_every_noted_fault_has_a_sentence() -> None:
    call = r"(?:faults\.add|self\._note|self\._fault|noted\.add)\("
    noted = re.compile(call + r'(?:[^"]|"[a-z_]*")*?"([a-z_]+\.[a-z_]+)"')
    sources = [path.read_text(encoding="utf-8") for path in PACK.glob("*.py")]
    codes = {code for text in sources for code in noted.findall(text)}
    assert len(codes) > 50
    assert sorted(codes - set(WORDS)) == []


def test_both_languages_tell_the_same_facts() -> None:
    def facts(text: str) -> set[str]:
        named = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return {name.removesuffix("_zh") for name in named}

    assert [code for code, one in WORDS.items() if facts(one.zh) != facts(one.en)] == []
