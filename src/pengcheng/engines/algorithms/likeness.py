"""Are two texts about one matter? Weighted shared grams, and keys by which candidates are found.

Keys are signed 64-bit numbers that the caller stores and indexes: texts that share a key are worth
comparing. Half of them come from the words of the subject (people who report one matter name its
place alike), half from the whole text (a message sent again, whole or changed a little).
"""

import math
from collections.abc import Mapping, Sequence

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
    """What is kept of a text to compare it: weighted grams of its subject and of all of it."""

    subject: Mapping[str, float]
    whole: Mapping[str, float]


class Likeness(msgspec.Struct, frozen=True):
    """How alike two texts are, each part 0-1; `shared` are the most telling common words."""

    subject: float
    whole: float
    contained: float
    shared: tuple[str, ...]


def trace(subject: str, body: str, rarity: Rarity) -> Trace:
    """The weighted grams of a demand."""
    head, text = _plain(subject, rarity), _plain(body, rarity)[:BODY_READ]
    return Trace(_weighed(head, rarity), _weighed(f"{head}。{text}", rarity))


def alike(one: Trace, other: Trace) -> Likeness:
    """How alike two traced texts are. Symmetric; a text is wholly like itself."""
    common = one.whole.keys() & other.whole.keys()
    weight = {gram: one.whole[gram] for gram in common}
    shared_all = sum(weight.values())
    whole_one, whole_other = sum(one.whole.values()), sum(other.whole.values())
    heads = one.subject.keys() & other.subject.keys()
    return Likeness(
        subject=_cosine(one.subject, other.subject, heads),
        whole=_cosine(one.whole, other.whole, common),
        contained=shared_all / max(min(whole_one, whole_other), 1e-9),
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
    grams = {text[at : at + 2] for at in range(len(text) - 1)}
    return {gram: rarity.of(gram) ** 2 for gram in grams if gram.isalnum()}


def _cosine(
    one: Mapping[str, float], other: Mapping[str, float], common: Sequence[str] | set[str]
) -> float:
    # Weights are squared rarities, so their sums are the squared lengths of the vectors.
    sizes = math.sqrt(sum(one.values()) * sum(other.values()))
    return sum(one[gram] for gram in common) / sizes if sizes else 0.0


def _telling(common: set[str], weight: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(common, key=lambda gram: (-weight[gram], gram))[:6])
