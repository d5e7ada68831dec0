"""Merkle trees as RFC 9162 (section 2.1, the same as RFC 6962) defines them, over SHA-256. Pure.

A tree is a row of leaves; a *perfect node* (level, at) covers the 2^level leaves from
at * 2^level on. Proofs are told as ranges of leaves first (`inclusion_ranges`,
`consistency_ranges`), so that whoever keeps the nodes reads only those it needs.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Node = tuple[int, int]
"""Level, and place among the nodes of that level."""

Span = tuple[int, int]
"""Leaves from the first number up to, without, the second."""

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return sha256(b"\x01" + left + right).digest()


def perfect_nodes(span: Span) -> list[Node]:
    """The perfect nodes that a range of the tree is made of, from left to right."""
    low, high = span
    found: list[Node] = []
    while low < high:
        level = (high - low).bit_length() - 1
        if low:
            level = min(level, (low & -low).bit_length() - 1)
        found.append((level, low >> level))
        low += 1 << level
    return found


def span_hash(span: Span, node: Callable[[Node], bytes]) -> bytes:
    """The hash of a range that is a node of the tree (perfect, or at its right edge)."""
    hashes = [node(name) for name in perfect_nodes(span)]
    return folded(hashes)


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over perfect nodes of falling size: the root when they are a whole tree."""
    if not hashes:
        return EMPTY_ROOT
    made = hashes[-1]
    for left in reversed(hashes[:-1]):
        made = node_hash(left, made)
    return made


def inclusion_ranges(leaf: int, size: int) -> list[Span]:
    """The ranges whose hashes prove a leaf's place in a tree, from the leaf upward."""
    low, high = 0, size
    found: list[Span] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if leaf < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Span]:
    """The ranges whose hashes prove that a tree grew only by appending (2.1.4.1)."""
    if first in {0, second}:
        return []
    low, high = 0, second
    found: list[Span] = []
    is_whole = True
    while first < high:
        middle = low + _split(high - low)
        if first <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
            is_whole = False
    if not is_whole:
        found.append((low, high))
    return found[::-1]


def is_included(
    leaf: int, size: int, *, content_hash: bytes, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether a path proves that a leaf with this hash stands at this place (2.1.3.2)."""
    if not 0 <= leaf < size:
        return False
    at, last, made = leaf, size - 1, content_hash
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            made = node_hash(step, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, step)
        at, last = at >> 1, last >> 1
    return last == 0 and made == root


def is_consistent(
    first: int, second: int, *, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a path proves that the second tree begins with the first (2.1.4.2)."""
    if not 0 < first < second:
        # Nothing is to be proved: the same tree, or the empty one with which all begin.
        known = second_root if first == second else EMPTY_ROOT
        return first in {0, second} and not path and first_root == known
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    return bool(steps) and _roots(first, second, steps) == (first_root, second_root)


def _roots(first: int, second: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    """Both roots as a consistency path makes them; None when its length does not fit."""
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if at & 1 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return (old, new) if last == 0 else None


class Frontier:
    """The right edge of a growing tree: enough to append and to tell the root at every size."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    @property
    def root(self) -> bytes:
        """The root of the tree as it stands."""
        return folded(self._peaks)

    def append(self, content_hash: bytes) -> Iterator[tuple[Node, bytes]]:
        """Add a leaf; the perfect nodes above level 0 that it completes. Exhaust the iterator."""
        self._peaks.append(content_hash)
        self.size += 1
        level = 0
        while self.size >> level & 1 == 0:
            level += 1
            right, left = self._peaks.pop(), self._peaks.pop()
            made = node_hash(left, right)
            self._peaks.append(made)
            yield (level, (self.size >> level) - 1), made


def _split(size: int) -> int:
    """The largest power of two smaller than a size of at least two."""
    return 1 << (size - 1).bit_length() - 1
