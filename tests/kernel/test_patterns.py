"""Codes of records: what a pattern makes, it recognises; what is no pattern is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.patterns import code_pattern

DAY = date(2026, 3, 1)


def test_a_code_is_filled() -> None:
    assert code_pattern("SQ{date}{serial:6}").code(DAY, serial=42) == "SQ20260301000042"
    pattern = code_pattern("SZ-R-{district}-{serial:4}")
    assert pattern.code(DAY, area="440304007016", serial=7) == "SZ-R-440304-0007"
    assert pattern.prefix == "SZ-R-"


def test_a_serial_that_outgrows_its_width_makes_the_code_longer() -> None:
    assert code_pattern("A{month}-{serial:2}").code(DAY, serial=123) == "A202603-123"


def test_a_record_of_no_area_has_the_code_of_the_city() -> None:
    assert code_pattern("X{district}{serial:1}").code(DAY, serial=1) == "X0000001"


def test_random_codes_cannot_be_misread_and_differ() -> None:
    pattern = code_pattern("R{random:12}")
    made = {pattern.code(DAY) for _ in range(200)}
    assert len(made) == 200
    assert not set("ILOU") & set("".join(code[1:] for code in made))


@given(st.integers(min_value=0, max_value=10**9), st.dates())
def test_what_a_pattern_makes_it_recognises(serial: int, day: date) -> None:
    pattern = code_pattern("SQ-{year}.{date}/{area}_{serial:6}")
    assert pattern.matches(pattern.code(day, area="440300000000", serial=serial))
    assert not pattern.matches("SQ-")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SQ", "code_pattern.not_unique"),
        ("{serial:2}{random:6}", "code_pattern.not_unique"),
        ("", "code_pattern.not_unique"),
        ("编{serial:4}", "code_pattern.literal"),
        ("A {serial:4}", "code_pattern.literal"),
        ("{Serial:4}", "code_pattern.literal"),
        ("{serial}", "code_pattern.place"),
        ("{serial:0}", "code_pattern.place"),
        ("{random:3}", "code_pattern.place"),
        ("{kind}{serial:4}", "code_pattern.place"),
        ("A" * 60 + "{serial:4}", "code_pattern.too_long"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        code_pattern(text)
    assert refused.value.code == why
