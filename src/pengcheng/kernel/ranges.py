"""Sets of whole numbers as sorted, disjoint, half-open ranges, with their algebra.

Areas and organisations are numbered so that a subtree is one range; what an actor may see is then
a few ranges however many grants it comes from.
"""

from bisect import bisect_right
from collections.abc import Iterable

import msgspec

NUMBER_MAX = 2**62


class Ranges(msgspec.Struct, frozen=True):
    """A set of numbers; `spans` are sorted, disjoint, non-empty and never touch."""

    spans: tuple[tuple[int, int], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.spans

    def holds(self, number: int | None) -> bool:
        """Whether the number is in the set; an unknown number is in none but the whole."""
        if number is None:
            return self == EVERYTHING
        at = bisect_right(self.spans, (number, NUMBER_MAX + 1)) - 1
        return at >= 0 and self.spans[at][0] <= number < self.spans[at][1]

    def __or__(self, other: "Ranges") -> "Ranges":
        return ranges((*self.spans, *other.spans))

    def __and__(self, other: "Ranges") -> "Ranges":
        met: list[tuple[int, int]] = []
        left, right = list(self.spans), list(other.spans)
        at = across = 0
        while at < len(left) and across < len(right):
            low = max(left[at][0], right[across][0])
            high = min(left[at][1], right[across][1])
            if low < high:
                met.append((low, high))
            if left[at][1] < right[across][1]:
                at += 1
            else:
                across += 1
        return Ranges(tuple(met))

    def multirange(self) -> str:
        """PostgreSQL's literal of an int8multirange."""
        return "{" + ",".join(f"[{low},{high})" for low, high in self.spans) + "}"


def united(sets: Iterable[Ranges]) -> Ranges:
    """What some sets hold together."""
    distinct = set(sets)
    if len(distinct) == 1:
        return distinct.pop()
    return ranges(span for one in distinct for span in one.spans)


EVERYTHING = Ranges(((0, NUMBER_MAX),))
NOTHING = Ranges()


def ranges(spans: Iterable[tuple[int, int]]) -> Ranges:
    """The set that some spans cover together; empty spans vanish, touching ones join."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(span for span in spans if span[0] < span[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return Ranges(tuple(joined))
