"""Text from outside: composed alike, and without what a reader cannot see."""

import re
import unicodedata

# C0 and C1 controls, bidirectional overrides (which make a text read other than it is stored),
# the byte order mark, lone surrogates and the two non-characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
# White space, and letters that leave none or nothing: a text of these alone is none.
_BLANK = " \t\n\r\u00a0\u00ad\u1680\u200b\u200c\u200d\u2028\u2029\u2060\u2800\u3000\u3164"
DIGITS_MAX = 18
_LINES = re.compile(r"[\n\t\u2028\u2029]")


def clean_text(text: str) -> str:
    """The text in composed form (NFC), with plain line ends and no space around it."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", plain).strip()


def is_blank(text: str) -> bool:
    """Whether a reader would see nothing of a text."""
    return not text.strip() or not text.strip(_BLANK)


def text_fault(text: str, *, lines: bool) -> str | None:
    """Why a text is refused: it holds controls, or lines where one line is wanted."""
    if text.isprintable():  # nearly every text, in a tenth of the time
        return None
    if _UNSEEN.search(text):
        return "text.control"
    if not lines and _LINES.search(text):
        return "text.one_line"
    return None


def natural(text: str) -> int:
    """A whole number of up to 18 plain digits; -1 for anything else, a longer number too (that of
    a thousand digits costs its reader more than its writer)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else -1
