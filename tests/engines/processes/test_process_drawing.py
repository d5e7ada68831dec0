"""A process without a diagram is drawn as a storyline: nothing lies on anything else, the way taken
is marked also where it is written instead of drawn; an author's own diagram is respected."""

from itertools import combinations
from pathlib import Path

import msgspec
import pytest
from lxml import etree

from pengcheng import pack
from pengcheng.engines.processes import (
    Definition,
    compile_declared,
    definition_in,
    draw,
    read,
    with_diagram,
    write,
)
from pengcheng.engines.processes.storyline import Sheet, storyline
from tests.engines.processes.process_play import definition, flows

PACKS = Path(__file__).parents[3] / "packs"
PROCESSES = list(pack.load(pack.find(PACKS)).processes.values())
SPACES = {"s": "http://www.w3.org/2000/svg"}
EVERYTHING = (
    '<startEvent id="s"/><parallelGateway id="fork"/><userTask id="a" name="甲"/>'
    '<userTask id="b" name="乙"/><parallelGateway id="join"/><subProcess id="sub" name="核查">'
    '<startEvent id="s2"/><userTask id="inner" name="查"/><endEvent id="e2"/>'
    + flows("s2>inner", "inner>e2")
    + '</subProcess><boundaryEvent id="late" name="超时" attachedToRef="sub">'
    "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>"
    '<endEvent id="e"/><endEvent id="stopped" name="已终止"/>'
    + flows("s>fork", "fork>a", "fork>b", "a>join", "b>join", "join>sub", "sub>e", "late>stopped")
)


def clashes(sheet: Sheet) -> list[tuple[str, str]]:
    """Cards and small shapes that lie on one another; a boundary event lies on its step."""
    shapes = [card.shape for card in sheet.cards]
    shapes += [shape for shape in sheet.shapes if shape.element != "late"]
    return [
        (one.element, two.element)
        for one, two in combinations(shapes, 2)
        if one.x < two.x + two.width and two.x < one.x + one.width
        and one.y < two.y + two.height and two.y < one.y + one.height
    ]  # fmt: skip


def crossed(sheet: Sheet) -> list[tuple[str, str]]:
    """Lines that run through a card in which they neither begin nor end."""
    found = []
    for line in sheet.lines:
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            for card in sheet.cards:
                box = card.shape
                inside = (
                    min(x1, x2) < box.x + box.width - 1 and max(x1, x2) > box.x + 1
                    and min(y1, y2) < box.y + box.height - 1 and max(y1, y2) > box.y + 1
                )  # fmt: skip
                found += [(line.flows[0], box.element)] if inside else []
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "drawn",
    [*(compile_declared(item) for item in PROCESSES), definition(EVERYTHING)],
    ids=[*(item.name for item in PROCESSES), "everything"],
)
def test_nothing_lies_on_anything_else(drawn: Definition, language: str) -> None:
    sheet = storyline(drawn, language)

    assert clashes(sheet) == []
    assert crossed(sheet) == []


def test_the_main_line_does_not_depend_on_the_order_in_which_ways_are_declared() -> None:
    process = next(item for item in PROCESSES if item.name == "demand_handling")
    shuffled = [
        msgspec.structs.replace(step, actions=dict(sorted(step.actions.items())))
        for step in process.steps
    ]
    sheet = storyline(
        compile_declared(msgspec.structs.replace(process, steps=tuple(shuffled))), "zh"
    )
    left = min(card.shape.x for card in sheet.cards)

    assert [card.shape.element for card in sheet.cards if card.shape.x == left] == [
        "intake", "accepting", "handling", "approval", "replied", "call_back",
    ]  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_every_way_is_a_line_or_is_written(process: object) -> None:
    compiled = compile_declared(process)
    sheet = storyline(compiled, "zh")
    shown = {flow for line in sheet.lines for flow in line.flows}
    shown |= {flow for aside in sheet.asides for flow in aside.flows}
    into_choice = {flow.id for flow in compiled.process.body.flows if flow.target.endswith(".next")}

    assert shown | into_choice == {flow.id for flow in compiled.process.body.flows}


def test_a_way_that_is_written_is_marked_when_it_was_taken() -> None:
    compiled = compile_declared(PROCESSES[0])
    back = "accepting.next-return"

    svg = etree.fromstring(draw(compiled, ["accepting", back], ["triage"]).encode())

    (written,) = [item for item in svg.iterfind(".//s:g", SPACES) if item.get("data-flow") == back]
    assert "bpmn-taken" in written.get("class")
    assert "✓" in "".join(written.itertext())


def test_who_has_a_step_and_how_long_it_has_waited_is_written_in_it() -> None:
    svg = draw(compile_declared(PROCESSES[0]), [], ["triage"], notes={"triage": "坐席 · 3 小时"})

    assert "坐席 · 3 小时" in svg


def test_a_diagram_that_an_author_drew_is_drawn_as_it_is() -> None:
    laid_out = with_diagram(definition(EVERYTHING))
    text = write(laid_out.document).decode()
    drawn_by_hand = text.replace("urn:pengcheng:processes:laid-out", "")
    assert drawn_by_hand != text

    storied = draw(laid_out)
    own = draw(definition_in(read(drawn_by_hand.encode())))

    assert 'data-flow="' in storied
    assert 'data-flow="' not in own
