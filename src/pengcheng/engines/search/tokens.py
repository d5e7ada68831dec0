"""Words of a text: Latin words and numbers as they are, Chinese as overlapping pairs. Pure."""

import re
import unicodedata
from operator import add

TEXT_MAX = 20_000
TOKENS_MAX = 4_000
WORD_MAX = 100
"""A longer run of letters is known by its beginning; PostgreSQL takes no lexeme over 2 kB."""

_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PIECES = re.compile(rf"[a-z0-9]+|{_HAN}+")
# Nearly every text: ASCII, Han, and punctuation that no form of writing makes part of a word.
_UNCHANGED = re.compile(
    r"[\x00-\x7f\u3001-\u3029\u3400-\u9fff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\u2013-\u2026]*"
)


def tokens_of(text: str) -> list[str]:
    """Tokens in the order of the text; full-width letters are the same as half-width ones."""
    return _tokens(_pieces(text))


def _pieces(text: str) -> list[str]:
    plain = text[:TEXT_MAX]
    if _UNCHANGED.fullmatch(plain) is None:
        plain = unicodedata.normalize("NFKC", plain)
    return _PIECES.findall(plain.lower())


def _tokens(pieces: list[str]) -> list[str]:
    found: list[str] = []
    for piece in pieces:
        if piece[0] < "\u3400" or len(piece) == 1:
            found.append(piece[:WORD_MAX])
        else:
            found += map(add, piece, piece[1:])
        if len(found) >= TOKENS_MAX:
            return found[:TOKENS_MAX]
    return found


def query_of(text: str) -> str:
    """A tsquery that demands every token of what was typed; "" when nothing can be searched.

    A single Chinese character finds the pairs that begin with it and the runs that end with it.
    """
    parts: list[str] = []
    for word in dict.fromkeys(tokens_of(text)):
        is_single = len(word) == 1 and not word.isascii()
        parts.append(f"{word}:*" if is_single or word.isascii() else word)
    return " & ".join(parts[:32])


def vector_of(title: str, text: str) -> str:
    """A tsvector's text: the title's tokens weigh more, the others stand there without a place."""
    above, below = _pieces(title), _pieces(text)
    weighed: dict[str, str] = {}
    for at, token in enumerate(_tokens(above), start=1):
        weighed.setdefault(token, f"{token}:{at}A")
    plain = dict.fromkeys(_tokens(below))
    # No pair begins with the last character of a run.
    plain |= dict.fromkeys([piece[-1] for piece in (*above, *below) if piece[0] >= "\u3400"])
    rest = [token for token in plain if token not in weighed]
    return " ".join([*weighed.values(), *rest[: 2 * TOKENS_MAX]])
