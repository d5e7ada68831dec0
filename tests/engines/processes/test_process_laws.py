"""What holds for every process: it ends, tokens are conserved, a replay gives the same state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pengcheng.engines.processes import (
    Command,
    Complete,
    FeelConditions,
    Program,
    Reached,
    State,
    TimerDue,
    advance,
    check,
    prepare,
    read,
    start,
    write,
)
from pengcheng.kernel.errors import Conflict
from tests.engines.processes.process_play import NOON, definition, flows

MOVES_MAX = 2_000
CONDITIONS = FeelConditions()

Block = Any


def blocks() -> st.SearchStrategy[Block]:
    """Structured processes: what begins with a split ends with its join."""
    leaf = st.sampled_from([("user",), ("service",), ("manual",), ("timer",), ("late",)])

    def more(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
        several = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            st.tuples(st.just("sequence"), several),
            st.tuples(st.sampled_from(["exclusive", "parallel", "inclusive"]), several),
            st.tuples(st.just("sub"), st.tuples(inner)),
            st.tuples(st.just("repeat"), st.tuples(inner)),
            st.tuples(st.just("each"), st.tuples(inner)),
        )

    return st.recursive(leaf, more, max_leaves=12)


class Building:
    """Turns a block into XML; each part has one way in and one way out."""

    def __init__(self) -> None:
        self.nodes: list[str] = []
        self.links: list[str] = []
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def node(self, tag: str, inner: str = "", attributes: str = "") -> str:
        name = self.name()
        self.nodes.append(f'<{tag} id="{name}" {attributes}>{inner}</{tag}>')
        return name

    def build(self, block: Block) -> tuple[str, str]:
        kind, *rest = block
        return _BUILDERS[kind](self, kind, *rest)

    def sequence(self, kind: str, parts: list[Block]) -> tuple[str, str]:
        ends = [self.build(part) for part in parts]
        self.links += [f"{a[1]}>{b[0]}" for a, b in pairwise(ends)]
        return ends[0][0], ends[-1][1]

    def split(self, kind: str, parts: list[Block]) -> tuple[str, str]:
        fork, join = self.name(), self.name()
        ends = [self.build(part) for part in parts]
        default = f'default="{fork}-{ends[-1][0]}"' * (kind != "parallel")
        self.nodes.append(f'<{kind}Gateway id="{fork}" {default}/><{kind}Gateway id="{join}"/>')
        conditions = [f": modulo(n, {2 + number}) = 0" for number in range(len(ends) - 1)] + [""]
        plain = [""] * len(ends)
        chosen = {"parallel": plain}.get(kind, conditions)
        for (first, last), condition in zip(ends, chosen, strict=True):
            self.links += [f"{fork}>{first}{condition}", f"{last}>{join}"]
        return fork, join

    def sub(self, kind: str, parts: tuple[Block]) -> tuple[str, str]:
        name = self.node("subProcess", _body(self, parts[0]))
        return name, name

    def each(self, kind: str, parts: tuple[Block]) -> tuple[str, str]:
        loop = (
            "<multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"
            "</multiInstanceLoopCharacteristics>"
        )
        name = self.node("subProcess", _body(self, parts[0]) + loop)
        return name, name

    def repeat(self, kind: str, parts: tuple[Block]) -> tuple[str, str]:
        """Done again until the person at its end says it is enough."""
        first, last = self.build(parts[0])
        enter, gate = self.node("exclusiveGateway"), self.name()
        ask = self.node("userTask")
        self.nodes.append(f'<exclusiveGateway id="{gate}" default="{gate}-{enter}"/>')
        leave = self.node("manualTask")
        self.links += [f"{enter}>{first}", f"{last}>{ask}", f"{ask}>{gate}", f"{gate}>{enter}"]
        self.links.append(f"{gate}>{leave}: n > 3")
        return enter, leave

    def leaf(self, kind: str) -> tuple[str, str]:
        timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        tag, inner = {
            "user": ("userTask", ""),
            "service": ("serviceTask", ""),
            "manual": ("manualTask", ""),
            "timer": ("intermediateCatchEvent", timer),
        }[kind]
        name = self.node(tag, inner)
        return name, name

    def late(self, kind: str) -> tuple[str, str]:
        """A task whose timer, when due, takes over."""
        timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
        task = self.node("userTask")
        event = self.node("boundaryEvent", timer, f'attachedToRef="{task}"')
        join = self.node("exclusiveGateway")
        self.links += [f"{task}>{join}", f"{event}>{join}"]
        return task, join


_BUILDERS: dict[str, Callable[..., tuple[str, str]]] = {
    "sequence": Building.sequence,
    **dict.fromkeys(("exclusive", "parallel", "inclusive"), Building.split),
    "sub": Building.sub,
    "each": Building.each,
    "repeat": Building.repeat,
    "late": Building.late,
    **dict.fromkeys(("user", "service", "manual", "timer"), Building.leaf),
}


def _body(outer: Building, block: Block) -> str:
    inner = Building()
    inner.count = outer.count * 100 + 1
    first, last = inner.build(block)
    begin, end = inner.node("startEvent"), inner.node("endEvent")
    links = [f"{begin}>{first}", *inner.links, f"{last}>{end}"]
    return "".join(inner.nodes) + flows(*links)


def later(number: int) -> datetime:
    """The instant of the nth command; every timer set before it is due."""
    return NOON + timedelta(hours=2 * number)


def _moves(state: State) -> list[Command]:
    """Everything that the world could say next."""
    open_: list[Command] = [
        Complete(item.id, {"n": Random(item.id).randrange(7)})
        for item in state.positions.values()
        if item.kind in ("task", "service")
    ]
    return open_ + [TimerDue(item.id) for item in state.waits.values() if item.kind == "timer"]


def _run(program: Program, choices: list[int]) -> tuple[State, list[Command], list[Any]]:
    """Plays to the end; the world chooses by the numbers, then always the first."""
    state, effects = start(program, {"n": 0}, NOON)
    told: list[Command] = []
    seen = list(effects)
    while state.status == "running" and len(told) < MOVES_MAX:
        moves = _moves(state)
        assert moves, f"nothing can move: {state.positions}"
        number = choices[len(told)] if len(told) < len(choices) else len(told)
        command = moves[number % len(moves)]
        told.append(command)
        state, effects = advance(program, state, command, later(len(told)))
        seen += effects
        assert not any(item.kind == "parked" for item in state.positions.values())
    return state, told, seen


@settings(max_examples=150, deadline=None)
@given(blocks(), st.lists(st.integers(0, 50), max_size=30))
def test_a_structured_process_passes_the_check_and_always_ends(
    block: Block, choices: list[int]
) -> None:
    one = definition(_body(Building(), block))
    faults = {item.code for item in check(one, CONDITIONS) if item.grade == "fault"}
    assert faults == set()
    program = prepare(one, CONDITIONS)
    state, told, seen = _run(program, choices)
    assert (state.status, len(told) < MOVES_MAX) == ("ended", True)
    assert (state.positions, state.waits, list(state.scopes)) == ({}, {}, [0])
    ends = [item for item in seen if isinstance(item, Reached) and item.scope == 0]
    last = program.interiors["p"].starts
    assert sum(item.node == state.outcome for item in ends) == 1
    assert sum(item.node == last[0] for item in ends) == 1


@settings(max_examples=60, deadline=None)
@given(blocks(), st.lists(st.integers(0, 50), max_size=30))
def test_a_replay_of_the_same_commands_gives_the_same_state_also_across_storage(
    block: Block, choices: list[int]
) -> None:
    one = definition(_body(Building(), block))
    program = prepare(one, CONDITIONS)
    final, told, seen = _run(program, choices)
    again = prepare(type(one)(read(write(one.document)), one.process_id), CONDITIONS)
    state, effects = start(again, {"n": 0}, NOON)
    replayed = list(effects)
    for number, command in enumerate(told, 1):
        stored = msgspec.json.encode(state)
        state = msgspec.json.decode(stored, type=State)
        state, effects = advance(again, state, command, later(number))
        replayed += effects
    assert state == final
    assert replayed == seen


@settings(max_examples=60, deadline=None)
@given(blocks(), st.integers(0, 50))
def test_a_command_told_twice_has_its_effect_once(block: Block, choice: int) -> None:
    program = prepare(definition(_body(Building(), block)), CONDITIONS)
    state, _ = start(program, {"n": 0}, NOON)
    moves = _moves(state)[choice % max(len(_moves(state)), 1) :][:1]
    for command in moves:
        after, _ = advance(program, state, command, later(1))
        assert _again(program, after, command) == after


def _again(program: Program, state: State, command: Command) -> State:
    try:
        return advance(program, state, command, later(1))[0]
    except Conflict:
        return state
