"""Which parts of a text are compared with which: where the boundaries of a decision lie."""

from collections.abc import Iterator

from pengcheng.engines.feel import nodes

Tested = tuple[nodes.Node, nodes.Node]


def comparisons(node: nodes.Node) -> Iterator[Tested]:
    """Every comparison in a tree as the two sides, each way round."""
    match node:
        case nodes.Comparison(left=left, right=right):
            yield left, right
            yield right, left
        case nodes.Between(value=value, low=low, high=high):
            yield value, low
            yield value, high
        case nodes.In(value=value, tests=tests):
            yield value, tests
    for field in node.__struct_fields__:
        yield from _inside(getattr(node, field))


def _inside(part: object) -> Iterator[Tested]:
    if isinstance(part, nodes.Node):
        yield from comparisons(part)
    elif isinstance(part, tuple):
        for each in part:
            yield from _inside(each)
