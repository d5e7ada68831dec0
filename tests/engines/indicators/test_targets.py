"""How a figure stands to its target and its warning."""

import pytest

from pengcheng.engines.indicators import Figure, is_met
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.words import Words

WORDS = Words(zh="比例", en="Share")


def declared(better: str, target: float, warning: float) -> Indicator:
    return Indicator(
        name="share", pack="test", label=WORDS, question=WORDS, of="demand", measure="share",
        better=better, target=target, warning=warning,  # type: ignore[arg-type]  # a literal
    )  # fmt: skip


@pytest.mark.parametrize(
    ("better", "target", "warning", "value", "met"),
    [
        ("higher", 95, 90, 96, {"target": True, "warning": True}),
        ("higher", 95, 90, 93, {"target": False, "warning": True}),
        ("higher", 95, 90, 89, {"target": False, "warning": False}),
        ("lower", 3, 5, 2, {"target": True, "warning": True}),
        ("lower", 3, 5, 4, {"target": False, "warning": True}),
        ("lower", 3, 5, 6, {"target": False, "warning": False}),
    ],
)
def test_a_figure_meets_its_target_and_stays_clear_of_its_warning(
    better: str, target: float, warning: float, value: float, met: dict[str, bool]
) -> None:
    figure = Figure(indicator="share", value=value, numerator=value, denominator=100)

    assert is_met(declared(better, target, warning), figure) == met


def test_nothing_is_judged_where_there_is_no_figure() -> None:
    figure = Figure(indicator="share", value=None, numerator=0, denominator=0)

    assert is_met(declared("higher", 95, 90), figure) == {}
