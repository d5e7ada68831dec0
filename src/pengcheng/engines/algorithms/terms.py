"""Finding thousands of known terms in many texts at once, by rolling hashes in numpy.

A term is any text of 1 to `LENGTH_MAX` characters. All substrings of one length are hashed in one
vector operation, and only those whose hash is known are looked at further. Two different terms of
one list never share a hash: that is checked when the list is made.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pengcheng.kernel.errors import ensure

LENGTH_MAX = 16
TEXT_MAX = 4000
"""Characters of a text that are read; the rest of a longer one adds nothing to its subject."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

_FACTOR = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SIEVE_BITS = 18
_SHIFT = np.uint64(64 - _SIEVE_BITS)


@lru_cache(maxsize=4096)
def normalised(text: str) -> str:
    """One form for texts that differ only in width, case or spaces; at most `TEXT_MAX` long."""
    return "".join(unicodedata.normalize("NFKC", text[: 2 * TEXT_MAX]).lower().split())[:TEXT_MAX]


class Terms:
    """A list of terms, and where they stand in texts. The number of a term is its place in it."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.terms = tuple(terms)
        ensure(all(0 < len(term) <= LENGTH_MAX for term in self.terms), "a term is 1-16 long")
        numbers: dict[int, list[int]] = {}
        for number, term in enumerate(self.terms):
            numbers.setdefault(len(term), []).append(number)
        self._tables: dict[int, tuple[Hashes, Ints]] = {}
        self._sieve = np.zeros(1 << _SIEVE_BITS, dtype=bool)
        for length in sorted(numbers):
            self._tables[length] = self._table(length, numbers[length])

    def _table(self, length: int, numbers: list[int]) -> tuple[Hashes, Ints]:
        codes = codes_of("".join(self.terms[number] for number in numbers))
        hashes = _rolled(codes, length)[::length]
        order = np.argsort(hashes)
        hashes = hashes[order]
        ensure(bool((hashes[1:] != hashes[:-1]).all()), "two terms share a hash")
        self._sieve[_slots(hashes)] = True
        return hashes, np.asarray(numbers, dtype=np.int64)[order]

    def find(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """Every occurrence: the number of the text, and the number of the term."""
        joined = "\0".join(texts) + "\0"
        codes = codes_of(joined)
        lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
        owner = np.repeat(np.arange(len(texts)), lengths)
        places: list[Ints] = []
        found: list[Ints] = []
        hashes = np.zeros(len(codes), dtype=np.uint64)
        for length in range(1, max(self._tables, default=0) + 1):
            # A substring that would cross from one text into the next holds a NUL: no term does.
            hashes = _longer(hashes, codes, length)
            if length not in self._tables or not len(hashes):
                continue
            known, numbers = self._tables[length]
            near = np.flatnonzero(self._sieve[_slots(hashes)])
            slots = np.minimum(np.searchsorted(known, hashes[near]), len(known) - 1)
            hit = known[slots] == hashes[near]
            places.append(near[hit])
            found.append(numbers[slots[hit]])
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return owner[np.concatenate(places)], np.concatenate(found)


def codes_of(text: str) -> Hashes:
    """The code points of a text; a lone surrogate counts as what it is."""
    raw = text.encode("utf-32-le", "surrogatepass")
    return np.frombuffer(raw, dtype="<u4").astype(np.uint64)


def _rolled(codes: Hashes, length: int) -> Hashes:
    hashes = np.zeros(len(codes), dtype=np.uint64)
    for size in range(1, length + 1):
        hashes = _longer(hashes, codes, size)
    return hashes


def _longer(hashes: Hashes, codes: Hashes, length: int) -> Hashes:
    """Hashes of all substrings of `length` from those of one character less."""
    size = max(len(codes) - length + 1, 0)
    grown: Hashes = hashes[:size] * _FACTOR + codes[length - 1 : length - 1 + size] + np.uint64(1)
    return grown


def _slots(hashes: Hashes) -> Ints:
    return ((hashes * _MIX) >> _SHIFT).astype(np.int64)
