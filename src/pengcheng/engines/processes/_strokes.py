"""The strokes of a drawing as SVG: shapes, marks of the standard, text."""

from collections.abc import Sequence
from html import escape

import msgspec

from pengcheng.engines.processes.diagram import Point, Shape
from pengcheng.engines.processes.model import Event, Gateway, Task
from pengcheng.kernel.words import Language

# Marks in a square of sixteen: drawn, so that no font decides how they look.
_PERSON = "M8 8.2a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.3-3 2.5-4.5 5.5-4.5s5.2 1.5 5.5 4.5z"
_HAND = "M2 6h7M2 9h6M2 12h5M9 4h5v2H9M2 4v9h5l3-1V6"
_WHEEL = (
    "M8 5.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z"
    "M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4"
    "M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4"
)
_TABLE = "M2 3h12v10H2zM2 6.3h12M2 9.6h12M6 6.3V13"
_LETTER = "M2 4h12v8.5H2zM2 4l6 5 6-5"
_CLOCK = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5"
_TEXT = "M4 2h8v12H4zM6 5h4M6 8h4M6 11h4"
TASK_MARKS = {
    "user": _PERSON, "manual": _HAND, "service": _WHEEL, "rule": _TABLE, "send": _LETTER,
    "receive": _LETTER, "script": _TEXT,
}  # fmt: skip
EVENT_MARKS = {
    "message": _LETTER, "timer": _CLOCK, "signal": "M8 3l5.5 9.5h-11z",
    "error": "M3 13l3.5-8 3 4L13 3l-3.5 9-3-4z", "escalation": "M8 2.5l4.5 10.5L8 9l-4.5 4z",
    "conditional": _TEXT, "link": "M2.5 6.3h6V3.5L13.5 8l-5 4.5V9.7h-6z",
    "compensation": "M8 4v8L2.5 8zM13.5 4v8L8 8z", "cancel": "M4 4l8 8M12 4l-8 8",
    "terminate": "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
}  # fmt: skip
_CROSS = "M4.5 4.5l7 7M11.5 4.5l-7 7"
GATEWAY_MARKS = {
    "exclusive": _CROSS, "parallel": "M8 3v10M3 8h10",
    "inclusive": "M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "event": "M8 3.5l4.3 3.1-1.6 5H5.3l-1.6-5z",
    "complex": "M8 3v10M3 8h10M4.5 4.5l7 7M11.5 4.5l-7 7",
}  # fmt: skip
_SOLID = {"terminate"}


class Ink(msgspec.Struct, frozen=True):
    """What is taken, where something waits, for readers of which language."""

    taken: frozenset[str]
    waiting: frozenset[str]
    language: Language

    def classes(self, kind: str, *elements: str) -> str:
        """The classes of what stands for these elements."""
        taken = " bpmn-taken" if any(item in self.taken for item in elements) else ""
        waiting = " bpmn-waiting" if any(item in self.waiting for item in elements) else ""
        return f"{kind}{taken}{waiting}"

    def width(self, *elements: str) -> str:
        """How thick their strokes are."""
        marked = any(item in self.taken or item in self.waiting for item in elements)
        return "2.5" if marked else "1.25"


def text(at: Point, lines: Sequence[str], anchor: str, kind: str = "", step: float = 16) -> str:
    """Lines of text, one under another."""
    spans = "".join(
        f'<tspan x="{at[0]:g}" dy="{0 if number == 0 else step:g}">{escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}">{spans}</text>'


def mark(path: str, x: float, y: float, size: float = 16, *, solid: bool = False) -> str:
    """A mark with its upper left corner there."""
    fill = "currentColor" if solid else "none"
    scale = f" scale({size / 16:g})" if size != 16 else ""
    return (
        f'<path class="bpmn-mark" transform="translate({x:g} {y:g}){scale}" d="{path}"'
        f' fill="{fill}" stroke="currentColor" stroke-width="1.2" stroke-linejoin="round"'
        ' stroke-linecap="round"/>'
    )


def rectangle(shape: Shape, width: str, radius: float, dashes: str = "") -> str:
    """An activity."""
    return (
        f'<rect class="bpmn-body" x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}"'
        f' height="{shape.height:g}" rx="{radius:g}" fill="none" stroke="currentColor"'
        f' stroke-width="{width}"{dashes}/>'
    )


def circle(shape: Shape, event: Event, width: str) -> str:
    """An event with its mark; an end is thick, what does not interrupt is dashed."""
    x, y = shape.middle
    radius = shape.width / 2
    stroke = "3.5" if event.position == "end" else width
    dashes = "" if event.interrupting else ' stroke-dasharray="4 3"'
    drawn = (
        f'<circle class="bpmn-body" cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none"'
        f' stroke="currentColor" stroke-width="{stroke}"{dashes}/>'
    )
    if event.position in ("catch", "throw", "boundary"):
        drawn += (
            f'<circle cx="{x:g}" cy="{y:g}" r="{max(radius - 3.5, 1):g}" fill="none"'
            f' stroke="currentColor"{dashes}/>'
        )
    for trigger in event.triggers[:1]:
        thrown = event.position in ("throw", "end") and trigger.kind != "timer"
        solid = thrown or trigger.kind in _SOLID
        drawn += mark(EVENT_MARKS[trigger.kind], x - 8, y - 8, solid=solid)
    return drawn


def diamond(shape: Shape, gateway: Gateway, width: str) -> str:
    """A gateway with its mark."""
    x, y = shape.middle
    corners = f"{x:g},{shape.y:g} {shape.x + shape.width:g},{y:g} "
    corners += f"{x:g},{shape.y + shape.height:g} {shape.x:g},{y:g}"
    size = 16 if shape.width > 30 else 11
    return (
        f'<polygon class="bpmn-body" points="{corners}" fill="none" stroke="currentColor"'
        f' stroke-width="{width}"/>'
        + mark(GATEWAY_MARKS[gateway.kind], x - size / 2, y - size / 2, size)
    )


def task_mark(node: object, x: float, y: float) -> str:
    """What kind of task it is."""
    if isinstance(node, Task) and node.kind in TASK_MARKS:
        return mark(TASK_MARKS[node.kind], x, y, solid=node.kind == "send")
    return ""
