"""`pengcheng bench NAME`: measured figures beside a reference that was measured in the same run.

A bench is a file `benches/NAME.py` with `run(quick: bool) -> list[dict]`. Each row has `name`,
`value`, `unit`; may have `reference` (of the same unit) and `goal`, what is demanded: a text such
as ">= 300" or "< 200 ms", measured against the value, or on the ratio with "ratio >= 0.25".
One that names its `PARTS` takes `only`, the one of them that is wanted.
"""

import argparse
import importlib.util
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from pengcheng.ground.settings import ROOT
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.ops import options
from pengcheng.ops.written import replace

BENCHES = ROOT / "benches"
COLUMNS = ("name", "value", "unit", "reference", "ratio", "goal", "met")
GOAL = re.compile(r"^(ratio\s+)?(>=|<=|<|>|=)\s*([0-9][0-9_.]*)(?:\s+\S+)?$")
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">=": lambda value, goal: value >= goal,
    "<=": lambda value, goal: value <= goal,
    ">": lambda value, goal: value > goal,
    "<": lambda value, goal: value < goal,
    "=": lambda value, goal: value == goal,
}


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row as a bench gives it; unknown keys are refused."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    goal: str | None = None


class Row(msgspec.Struct, frozen=True):
    """One row as it is printed and written: with its ratio, and whether its goal was met."""

    name: str
    value: float
    unit: str
    reference: float | None
    ratio: float | None
    goal: str | None
    met: bool | None


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench` to the command."""
    parser = subparsers.add_parser("bench", description=__doc__)
    parser.add_argument("name", nargs="?", help="现有测量之一  one of the benches")
    parser.add_argument("--quick", action="store_true", help="少量数据  with little data")
    parser.add_argument("--only", metavar="PART", default="", help="只测一部分  one part of it")
    parser.add_argument(
        "--json", type=options.target, metavar="FILE", help="写出有目标的行  write rows with a goal"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, write; 1 when a goal was missed."""
    if arguments.name is None:
        print("\n".join(known()))
        return 0
    figures = _load(arguments.name, arguments.only)(quick=arguments.quick)
    rows = [judged(figure, arguments.name, number) for number, figure in enumerate(figures, 1)]
    print(table(rows))
    if arguments.json:
        with_goal = [row for row in rows if row.goal is not None]
        content = msgspec.json.format(msgspec.json.encode(with_goal)) + b"\n"
        replace(arguments.json, content, mode=0o644)
    return 0 if all(row.met is not False for row in rows) else 1


def known() -> list[str]:
    """The names of the benches."""
    return sorted(path.stem for path in BENCHES.glob("*.py") if not path.stem.startswith("_"))


def judged(figure: Mapping[str, Any], bench: str = "", number: int = 1) -> Row:
    """A figure with its ratio to the reference, and whether it meets its goal."""
    try:
        one = msgspec.convert(figure, Figure)
    except msgspec.ValidationError as error:
        raise Refusal("bench.row", name=bench, number=number, why=str(error)) from error
    ratio = one.value / one.reference if one.reference else None
    met = None if one.goal is None else _is_met(one, ratio, (bench, number))
    return Row(one.name, one.value, one.unit, one.reference, ratio, one.goal, met)


def table(rows: list[Row]) -> str:
    """The rows in columns, with a mark where a goal was met or missed."""
    lines = [COLUMNS, *(tuple(_cell(getattr(row, name)) for name in COLUMNS) for row in rows)]
    widths = [max(_width(line[place]) for line in lines) for place in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            cell + " " * (wide - _width(cell)) for cell, wide in zip(line, widths, strict=True)
        )
        for line in lines
    )


def _is_met(figure: Figure, ratio: float | None, where: tuple[str, int]) -> bool:
    parsed = GOAL.match(figure.goal or "")
    measured = ratio if parsed and parsed[1] else figure.value
    if parsed is None or measured is None:
        raise Refusal("bench.row", name=where[0], number=where[1], why=f"goal {figure.goal!r}")
    return COMPARED[parsed[2]](measured, float(parsed[3].replace("_", "")))


def _load(name: str, only: str = "") -> Callable[..., list[dict[str, Any]]]:
    path = BENCHES / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benches.{name}", path)
    if name not in known() or spec is None or spec.loader is None:
        raise Absent("bench.unknown", name=name, known=", ".join(known()) or "-")
    # A bench may use what stands beside it, as `benches.…`.
    sys.path.insert(0, str(ROOT))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    measure: Callable[..., list[dict[str, Any]]] = module.run
    if not only:
        return measure
    parts = getattr(module, "PARTS", ())
    if only not in parts:
        raise Absent("bench.unknown", name=f"{name} --only {only}", known=", ".join(parts) or "-")
    return partial(measure, only=only)


def _cell(value: object) -> str:
    marks = {True: "✓", False: "✗", None: ""}
    if value is None or isinstance(value, bool):
        return marks[value]
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def _width(words: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
