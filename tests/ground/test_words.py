"""Every error that the ground and the deadlines raise can be read in both languages."""

import re
from pathlib import Path

import pytest

import pengcheng
from pengcheng.edge.error_words import UNKNOWN, words_of
from pengcheng.kernel.fault_words import FAULT_WORDS

SOURCE = Path(pengcheng.__file__).parent
MINE = (
    *(SOURCE / "ground" / f"{name}.py" for name in (
        "bus", "calendar", "crypto", "files", "http", "log_tree", "media",
    )),
    *(SOURCE / "engines" / "deadlines").glob("*.py"),
)  # fmt: skip
RAISED = r'(?:Refusal|Trouble|Absent|Conflict|TooLarge|Forbidden)\(\s*"([a-z_.]+)"'
FAULTS = r'(?:code=|_refused\()"([a-z_]+\.[a-z_]+)"'


def codes(pattern: str) -> list[str]:
    return sorted({code for path in MINE for code in re.findall(pattern, path.read_text())})


@pytest.mark.parametrize("code", codes(RAISED))
def test_an_error_has_words_in_both_languages(code: str) -> None:
    words = words_of(code)
    assert words != UNKNOWN
    assert all((words.title.zh, words.title.en, words.detail.zh, words.detail.en))


@pytest.mark.parametrize("code", codes(FAULTS))
def test_a_fault_has_words(code: str) -> None:
    assert FAULT_WORDS[code].zh
    assert FAULT_WORDS[code].en
