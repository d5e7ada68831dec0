"""Are two texts about one matter? Weighted shared grams, and keys by which candidates are found.

Keys are signed 64-bit numbers that the caller stores and indexes: texts that share a key are worth
comparing. Half of them come from the words of the subject (people who report one matter name its
place alike), half from the whole text (a message sent again, whole or changed a little).
"""

import math
from collections.abc import Mapping
from operator import add

import msgspec
import numpy as np

from pengcheng.engines.algorithms.terms import Hashes, codes_of, normalised

BODY_READ = 600
SUBJECT_KEYS = 12
TEXT_KEYS = 24
_SHINGLE = 3
_NAME = 4
_GOLD = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xBF58476D1CE4E5B9)
_SEEDS = (np.arange(1, 2 * TEXT_KEYS + 1, dtype=np.uint64) * _GOLD) | np.uint64(1)


class Rarity(msgspec.Struct, frozen=True):
    """How telling a two-character gram is; an unknown one is as rare as the rarest known."""

    weights: Mapping[str, float]
    unknown: float
    unwanted: tuple[str, ...] = ()

    def of(self, gram: str) -> float:
        """The weight of one gram."""
        return self.weights.get(gram, self.unknown)


class Trace(msgspec.Struct, frozen=True):
    """What is kept of a text to compare it: weighted grams of its subject and of all of it, and
    the sums of both weights."""

    subject: Mapping[str, float]
    whole: Mapping[str, float]
    subject_size: float
    whole_size: float


class Likeness(msgspec.Struct, frozen=True):
    """How alike two texts are, each part 0-1; `shared` are the most telling common words."""

    subject: float
    whole: float
    contained: float
    shared: tuple[str, ...]


def trace(subject: str, body: str, rarity: Rarity) -> Trace:
    """The weighted grams of a demand."""
    head, text = _plain(subject, rarity), _plain(body, rarity)[:BODY_READ]
    in_head, whole = _weighed(head, rarity), _weighed(f"{head}。{text}", rarity)
    return Trace(in_head, whole, sum(in_head.values()), sum(whole.values()))


def alike(one: Trace, other: Trace) -> Likeness:
    """How alike two traced texts are. Symmetric; a text is wholly like itself."""
    heads = one.subject.keys() & other.subject.keys()
    shared = sum(map(one.whole.__getitem__, one.whole.keys() & other.whole.keys()))
    in_heads = sum(map(one.subject.__getitem__, heads))
    return Likeness(
        subject=_cosine(in_heads, one.subject_size, other.subject_size),
        whole=_cosine(shared, one.whole_size, other.whole_size),
        contained=shared / max(min(one.whole_size, other.whole_size), 1e-9),
        shared=_telling(heads, one.subject),
    )


def keys_of(subject: str, body: str, rarity: Rarity) -> list[int]:
    """The keys under which a text is filed and sought: at most 36 signed 64-bit numbers."""
    head, text = _plain(subject, rarity), _plain(body, rarity)[:BODY_READ]
    return sorted({*_name_keys(head, rarity), *_text_keys(f"{head}。{text}")})


def _name_keys(head: str, rarity: Rarity) -> list[int]:
    """Keys of the most telling four-character pieces of a subject."""
    pieces = {head[at : at + _NAME] for at in range(len(head) - _NAME + 1)}
    worth = {
        piece: sum(rarity.of(piece[at : at + 2]) for at in range(_NAME - 1)) for piece in pieces
    }
    best = sorted(pieces, key=lambda piece: (-worth[piece], piece))[:SUBJECT_KEYS]
    if not best:
        return []
    return [_signed(int(one)) for one in _rolled(codes_of("".join(best)), _NAME)[::_NAME]]


def _text_keys(text: str) -> list[int]:
    """MinHash in bands of two: texts alike by a half share a key almost surely."""
    codes = codes_of(text)
    if len(codes) < _SHINGLE:
        return []
    shingles = np.unique(_rolled(codes, _SHINGLE))
    mixed = (shingles[:, None] ^ (shingles[:, None] >> np.uint64(31))) * _SEEDS[None, :]
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _OTHER
    least = mixed.min(axis=0)
    bands = least[0::2] * _GOLD + least[1::2] + np.arange(TEXT_KEYS, dtype=np.uint64)
    return [_signed(int(band)) for band in bands]


def _rolled(codes: Hashes, length: int) -> Hashes:
    size = len(codes) - length + 1
    hashes = np.zeros(size, dtype=np.uint64)
    for at in range(length):
        hashes = (hashes + codes[at : at + size] + np.uint64(1)) * _GOLD
        hashes ^= hashes >> np.uint64(32)
    return hashes


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _plain(text: str, rarity: Rarity) -> str:
    plain = normalised(text)
    for unwanted in rarity.unwanted:
        plain = plain.replace(unwanted, "")
    return plain


def _weighed(text: str, rarity: Rarity) -> dict[str, float]:
    weight, unknown = rarity.weights.get, rarity.unknown
    grams = set(map(add, text, text[1:]))
    return {gram: weight(gram, unknown) ** 2 for gram in grams if gram.isalnum()}


def _cosine(shared: float, one: float, other: float) -> float:
    # Weights are squared rarities, so their sums are the squared lengths of the vectors.
    size = math.sqrt(one * other)
    return shared / size if size else 0.0


def _telling(common: set[str], weight: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(common, key=lambda gram: (-weight[gram], gram))[:6])
