"""Numbers with right check digits that no one was ever given.

The area code 440399 is not assigned in GB/T 2260, the organisation codes begin with XXX, and the
telephone range 154 0000 0000 is not in use: who looks at one sees that it is made up, and a
formal check still passes.
"""

from datetime import date

UNASSIGNED_AREA = "440399"

_IDENTITY_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(born: date, serial: int) -> str:
    """A citizen's identity number (GB 11643); an odd serial is a man's."""
    body = f"{UNASSIGNED_AREA}{born:%Y%m%d}{serial % 1000:03}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _IDENTITY_WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def credit_code(serial: int) -> str:
    """A unified social credit code (GB 32100) around an organisation code (GB 11714)."""
    body = f"91{UNASSIGNED_AREA}{_organisation_code(f'XXX{serial:05}')}"
    total = sum(
        _CREDIT_LETTERS.index(letter) * weight
        for letter, weight in zip(body, _CREDIT_WEIGHTS, strict=True)
    )
    return body + _CREDIT_LETTERS[-total % 31]


def telephone(block: int, serial: int) -> str:
    """A mobile number of the unused range; blocks keep officials, citizens and firms apart."""
    return f"15400{block:02}{serial:04}"


def _organisation_code(body: str) -> str:
    total = sum(
        _ORGANISATION_LETTERS.index(letter) * weight
        for letter, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    check = 11 - total % 11
    return body + {10: "X", 11: "0"}.get(check, str(check))
