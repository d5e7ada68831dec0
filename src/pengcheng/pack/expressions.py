"""FEEL in packs: checked at load by the engine that will run it."""

from collections.abc import Iterable

from pengcheng.pack.names import Compiling


def quoted(text: str) -> str:
    """A text as a FEEL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def expression_faults(
    compiling: Compiling, text: str, at: tuple[str, int], fields: Iterable[str] = ()
) -> None:
    """Note what is wrong with a FEEL expression."""


def tests_faults(compiling: Compiling, text: str, at: tuple[str, int]) -> None:
    """Note what is wrong with FEEL unary tests."""
