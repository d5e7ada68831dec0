"""Tables as CSV that spreadsheets open as text and never as a formula (OWASP, CSV injection)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[+-]?[\d,]+(\.\d+)?%?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with the byte order mark that spreadsheets need for Chinese (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    """A cell that would begin a formula begins with an apostrophe; a number stays one."""
    is_formula = cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
