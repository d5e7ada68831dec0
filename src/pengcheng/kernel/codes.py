"""Codes that a standard gives to persons, organisations and places: their form and check digits.

Each check returns why a code is wrong (a word for `fault.<kind>.<why>`) or None. A code that passes
is well-formed; whether it was ever issued, only the register that issues it knows.
"""

import re
import unicodedata
from datetime import date

PROVINCES = frozenset(
    str(number)
    for region in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for number in range(region[0], region[1] + 1)
)
"""First two digits of a division code (GB/T 2260); 83 stands in residence permits for Taiwan."""

_IDENTITY_WEIGHTS = tuple(2**power % 11 for power in range(17, 0, -1))
_IDENTITY_CHECKS = "10X98765432"
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**power % 31 for power in range(17))
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]{2,63}"
)
_TELEPHONES = (
    re.compile(r"1[3-9][0-9]{9}"),  # mobile
    re.compile(r"0[1-9][0-9]{1,2}[2-9][0-9]{6,7}"),  # area code and fixed line
    re.compile(r"[48]00[0-9]{7}"),
    re.compile(r"[2-9][0-9]{6,7}"),  # fixed line without its area code
    re.compile(r"1[0-2][0-9]|1[0-9]{4}|9[0-9]{4}"),  # service numbers: 110, 12345, 95588
    re.compile(r"\+[1-9][0-9]{6,14}"),  # abroad (E.164)
)


def identity_number_fault(text: str) -> str | None:
    """Why a citizen's identity number (GB 11643) is wrong: length, area, birth or check."""
    if re.fullmatch(r"[0-9]{17}[0-9X]", text) is None:
        return "length"
    if text[:2] not in PROVINCES:
        return "area"
    if _day(text[6:14]) is None:
        return "birth"
    total = sum(
        int(digit) * weight for digit, weight in zip(text[:17], _IDENTITY_WEIGHTS, strict=True)
    )
    return None if _IDENTITY_CHECKS[total % 11] == text[17] else "check"


def birth_of(identity_number: str) -> date | None:
    """The day of birth that a well-formed identity number states."""
    return None if identity_number_fault(identity_number) else _day(identity_number[6:14])


def social_credit_code_fault(text: str) -> str | None:
    """Why a unified social credit code (GB 32100) is wrong: length, area or check."""
    if len(text) != 18 or any(letter not in _CREDIT_LETTERS for letter in text):
        return "length"
    if not text[2:8].isdecimal() or text[2:4] not in PROVINCES | {"10"}:
        return "area"
    total = sum(
        _CREDIT_LETTERS.index(letter) * weight
        for letter, weight in zip(text[:17], _CREDIT_WEIGHTS, strict=True)
    )
    return None if _CREDIT_LETTERS[-total % 31] == text[17] else "check"


def telephone(text: str) -> str | None:
    """A telephone number as it is kept: digits only, without +86; None when it is not one."""
    bare = re.sub(r"[\s()\-.]", "", unicodedata.normalize("NFKC", text))
    if bare.startswith(("+86", "0086")):
        bare = bare.removeprefix("+86").removeprefix("0086")
    fits = any(form.fullmatch(bare) for form in _TELEPHONES)
    return bare if fits and bare.isascii() else None


def email(text: str) -> str | None:
    """An e-mail address as it is kept, its domain in lower case; None when it is not one."""
    bare = text.strip()
    if len(bare) > 254 or _EMAIL.fullmatch(bare) is None:
        return None
    name, _, domain = bare.rpartition("@")
    if name.startswith(".") or name.endswith(".") or ".." in name:
        return None
    return f"{name}@{domain.lower()}"


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text >= "18000101" else None
    except ValueError:
        return None
