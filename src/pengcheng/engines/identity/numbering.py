"""Numbers for a tree of organisations, so that a subtree is one range. Pure."""

from collections.abc import Mapping, Sequence

from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ranges import NUMBER_MAX

FANOUT = 1000
ROOT_SPAN = 10**18
ROOTS_MAX = NUMBER_MAX // ROOT_SPAN
DEPTH_MAX = 6


def child_span(parent: tuple[int, int], place: int) -> tuple[int, int]:
    """The range of the `place`-th child (from 0) of a parent's range."""
    low, high = parent
    span = (high - low) // FANOUT
    if span < 1 or place >= FANOUT - 1:
        raise Refusal("organisation.tree_full", children_max=FANOUT - 2, depth_max=DEPTH_MAX)
    start = low + (place + 1) * span
    return start, start + span


def root_span(place: int) -> tuple[int, int]:
    """The range of the `place`-th root."""
    if (place + 1) * ROOT_SPAN > NUMBER_MAX:
        raise Refusal("organisation.tree_full", children_max=ROOTS_MAX, depth_max=DEPTH_MAX)
    return place * ROOT_SPAN, (place + 1) * ROOT_SPAN


def number_tree(
    parents: Sequence[tuple[str, str | None]], taken: Mapping[str, tuple[int, int]], roots: int = 0
) -> dict[str, tuple[int, int]]:
    """Ranges for new organisations, given (key, parent key) in order and what is numbered."""
    known = dict(taken)
    next_place: dict[str | None, int] = {None: roots}
    above: list[tuple[str, tuple[int, int]]] = []
    for key, span in sorted(known.items(), key=lambda item: (item[1][0], -item[1][1])):
        while above and above[-1][1][1] <= span[0]:
            above.pop()
        if above:
            holder, (low, high) = above[-1]
            place = (span[0] - low) // ((high - low) // FANOUT)
            next_place[holder] = max(next_place.get(holder, 0), place)
        above.append((key, span))
    made: dict[str, tuple[int, int]] = {}
    for key, parent in parents:
        place = next_place.get(parent, 0)
        next_place[parent] = place + 1
        if parent is not None and parent not in known:
            raise Refusal("organisation.parent_unknown", key=key, parent=parent)
        made[key] = known[key] = child_span(known[parent], place) if parent else root_span(place)
    return made
