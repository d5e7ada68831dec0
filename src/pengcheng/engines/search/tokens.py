"""Words of a text: Latin words and numbers as they are, Chinese as overlapping pairs. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from operator import add

TEXT_MAX = 20_000
TOKENS_MAX = 4_000
WORD_MAX = 100
"""A longer run of letters is known by its beginning; PostgreSQL takes no lexeme over 2 kB."""

_HAN = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_PIECES = re.compile(rf"[a-z0-9]+|{_HAN}+")
_ENDINGS = re.compile(rf"{_HAN}(?!{_HAN})")


def tokens_of(text: str) -> list[str]:
    """Tokens in the order of the text; full-width letters are the same as half-width ones."""
    return _tokens(_normal(text).lower())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:TEXT_MAX])


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for piece in _PIECES.findall(text):
        if piece[0] < "\u3400" or len(piece) == 1:
            found.append(piece[:WORD_MAX])
        else:
            found += map(add, piece, piece[1:])
        if len(found) >= TOKENS_MAX:
            break
    return found[:TOKENS_MAX]


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
    """A tsvector's text: the title's tokens weigh more."""
    head, body = _normal(title), _normal(text)
    first = _places(_tokens(head.lower()))
    seen = {token: f"'{token}':{at}A" for token, at in first.items()}
    for token, at in _places(_tokens(body.lower())).items():
        if token not in seen:
            seen[token] = f"'{token}':{at}"
    # No pair begins with the last character of a run.
    for ending in _ENDINGS.findall(f"{head} {body}"):
        if len(seen) < 2 * TOKENS_MAX and ending not in seen:
            seen[ending] = f"'{ending}':1"
    return " ".join(seen.values())


def _places(tokens: Sequence[str]) -> dict[str, int]:
    """Where each token stands first, counted from 1."""
    return dict(zip(reversed(tokens), range(len(tokens), 0, -1), strict=True))
