"""Check digits and forms, compared with python-stdnum, which others wrote."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from pengcheng.kernel import codes

DIGITS = "0123456789"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def identity_numbers(seed: int, count: int) -> list[str]:
    """Well-formed numbers of nobody: the check digit is stdnum's."""
    drawn = random.Random(seed)
    stems = [
        f"440305{drawn.randint(1920, 2020)}{drawn.randint(1, 12):02d}{drawn.randint(1, 28):02d}"
        f"{drawn.randint(0, 999):03d}"
        for _ in range(count)
    ]
    return [stem + ric.calc_check_digit(stem + "0") for stem in stems]


def test_identity_numbers_that_stdnum_makes_are_accepted() -> None:
    numbers = identity_numbers(1, 200)
    assert {codes.identity_number_fault(number) for number in numbers} == {None}


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_digit_of_an_identity_number_is_noticed(place: int) -> None:
    number = identity_numbers(2, 1)[0]
    others = [digit for digit in DIGITS if digit != number[place]]
    wrong = [number[:place] + digit + number[place + 1 :] for digit in others]
    assert None not in {codes.identity_number_fault(one) for one in wrong}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "length"),
        ("44030519900230123X", "birth"),
        ("990305199001011234", "area"),
        ("440305900101123", "length"),
        ("44030519900101123４", "length"),
        ("44030519900101123x", "length"),
    ],
)
def test_an_identity_number_says_why_it_is_wrong(text: str, why: str) -> None:
    assert codes.identity_number_fault(text) == why


def test_the_day_of_birth_is_read() -> None:
    stem = "44030519900101123"
    number = stem + ric.calc_check_digit(stem + "0")
    assert codes.birth_of(number) == date(1990, 1, 1)
    assert codes.birth_of(stem + "?") is None


@given(st.text(alphabet=CREDIT, min_size=9, max_size=9))
def test_social_credit_codes_agree_with_stdnum(body: str) -> None:
    stem = "91440300" + body
    code = stem + uscc.calc_check_digit(stem)
    assert uscc.is_valid(code)
    assert codes.social_credit_code_fault(code) is None
    wrong = CREDIT[(CREDIT.index(code[-1]) + 1) % 31]
    assert codes.social_credit_code_fault(stem + wrong) == "check"


@pytest.mark.parametrize(
    ("text", "why"),
    [("91440300", "length"), ("91440300MA5EYUSDOI", "length"), ("91990300123456789X", "area")],
)
def test_a_social_credit_code_says_why_it_is_wrong(text: str, why: str) -> None:
    assert codes.social_credit_code_fault(text) == why


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800000000", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("0086-13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("(0755) 8200-0000", "075582000000"),
        ("12345", "12345"),
        ("110", "110"),
        ("+852 2345 6789", "+85223456789"),
        ("12800000000", None),
        ("1380000000", None),
        ("138000000001", None),
        ("abc", None),
        ("", None),
    ],
)
def test_telephones_are_kept_in_one_form(written: str, kept: str | None) -> None:
    assert codes.telephone(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Li.Wei@Example.COM", "Li.Wei@example.com"),
        ("a@b", None),
        ("a@@b.cn", None),
        (".a@b.cn", None),
        ("a..b@b.cn", None),
        ("a b@c.cn", None),
        ("x" * 65 + "@b.cn", None),
        ("a@b.cn\n", "a@b.cn"),
    ],
)
def test_emails_are_kept_in_one_form(written: str, kept: str | None) -> None:
    assert codes.email(written) == kept
