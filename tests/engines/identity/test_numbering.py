"""The numbers of a tree of organisations: a subtree is one range, whatever is added later."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pengcheng.engines.identity.numbering import FANOUT, ROOTS_MAX, number_tree, root_span
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.ranges import NUMBER_MAX

Tree = list[tuple[str, str | None]]


def tree_of(choices: list[int]) -> Tree:
    """Each organisation chooses its parent among those before it; the first is the root. No path
    is longer than four."""
    made: Tree = [("o0", None)]
    depth = {"o0": 0}
    for number, choice in enumerate(choices, start=1):
        allowed = [key for key, level in depth.items() if level < 4]
        parent = allowed[choice % len(allowed)]
        made.append((f"o{number}", parent))
        depth[f"o{number}"] = depth[parent] + 1
    return made


TREES = st.lists(st.integers(0, 1000), max_size=40).map(tree_of)


def check_tree(tree: Tree, spans: dict[str, tuple[int, int]]) -> None:
    parents = dict(tree)
    for key, parent in tree:
        low, high = spans[key]
        assert low < high
        above = spans[parent] if parent else (-1, NUMBER_MAX + 1)
        assert above[0] < low
        assert high <= above[1]
    for one in parents:
        for other in parents:
            siblings = one < other and parents[one] == parents[other]
            apart = spans[one][1] <= spans[other][0] or spans[other][1] <= spans[one][0]
            assert apart or not siblings


@given(TREES)
def test_a_subtree_is_one_range_and_siblings_are_apart(tree: Tree) -> None:
    check_tree(tree, number_tree(tree, {}))


@given(TREES, st.integers(0, 41))
def test_what_is_added_later_keeps_what_stands_and_the_laws(tree: Tree, at: int) -> None:
    first, later = tree[: max(at, 1)], tree[max(at, 1) :]
    before = number_tree(first, {})

    after = number_tree(later, before, roots=1)

    check_tree(tree, {**before, **after})
    assert not before.keys() & after.keys()


def test_a_tree_that_is_too_wide_too_deep_or_without_parent_is_refused() -> None:
    wide: Tree = [("root", None), *((f"c{number}", "root") for number in range(FANOUT))]
    deep: Tree = [("d0", None), *((f"d{n}", f"d{n - 1}") for n in range(1, 9))]
    for tree in (wide, deep, [("x", "unknown")]):
        with pytest.raises(Refusal):
            number_tree(tree, {})


def test_every_number_of_every_root_fits() -> None:
    spans = [root_span(place) for place in range(ROOTS_MAX)]

    assert max(high for _, high in spans) <= NUMBER_MAX
    with pytest.raises(Refusal):
        root_span(ROOTS_MAX)
