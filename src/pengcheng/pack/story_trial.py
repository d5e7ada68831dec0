"""Runs what a story can show without a city; and plays a whole story on a `StoryCity`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from pengcheng.engines.feel import from_python
from pengcheng.engines.records import judged
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import Registry, Step
from pengcheng.pack.compiling_types import promise
from pengcheng.pack.known import EXPIRE
from pengcheng.pack.stories import SYSTEM, CaseSeen, Story, StoryCity, StoryStep, Then
from pengcheng.pack.tables_run import decide

CITY_ONLY = ("owner", "clock", "due")
"""What only a city can show: an owner, a clock, a deadline; and who sees what."""


class Failure(msgspec.Struct, frozen=True):
    """A sentence of a story that does not hold; `index` is its step."""

    index: int
    wanted: str
    got: str


def try_story(
    story: Story, registry: Registry, functions: Callable[[], Mapping[str, Callable[..., Any]]]
) -> list[Failure]:
    """Every sentence that fails of those that need no city."""
    at = {
        name: registry.processes[registry.case_kinds[case.kind].process].start
        for name, case in story.told.given.cases.items()
    }
    failures: list[Failure] = []
    for index, step in enumerate(story.told.steps):
        when = step.when
        if when.decides is not None:
            output = decide(registry.tables[when.decides], when.given)
            failures += _compared(index, from_python(step.then.gives), output)
        elif when.calls is not None:
            given = functions()[when.calls](when.rows)
            failures += _contained(index, step.then.gives, msgspec.to_builtins(given))
        elif when.checks is not None:
            type_ = registry.type_(when.checks)
            _, faults = judged(type_, when.values, code_lists=registry.code_lists)
            found = {fault.path: fault.code for fault in faults}
            failures += _compared(index, step.then.faults or {}, found)
        elif when.to is not None or when.passes is not None:
            failures += _walked(story, registry, at, index, step)
    return failures


def _walked(
    story: Story, registry: Registry, at: dict[str, str], index: int, step: StoryStep
) -> Iterator[Failure]:
    """One act on the way through the declared process, as roles and rights allow it."""
    name = step.when.to or next(iter(at), "")
    case = story.told.given.cases.get(name)
    if case is None:
        return
    process = registry.processes[registry.case_kinds[case.kind].process]
    refused = None
    if step.when.passes is not None:
        at[name] = _passed(process.step(at[name]), step.when.passes)
    else:
        refused = _refused(story, registry, process.step(at[name]), case.kind, step)
        leads = process.step(at[name]).actions
        at[name] = at[name] if refused else leads.get(step.when.does or "", at[name])
    now = process.step(at[name])
    is_end = now.kind == "end"
    seen = CaseSeen(
        step=now.id, stage=now.stage, open=not is_end, outcome=now.id if is_end else None
    )
    yield from _expected(index, step.then, seen, refused, leaving_out=CITY_ONLY)


def _passed(step: Step, span: str) -> str:
    """Where a case is after a time, as far as one waiting step can tell."""
    passed = promise(span)
    within = step.within
    over = within and within.unit == passed.unit and passed.amount > within.amount
    return step.actions[EXPIRE] if over and EXPIRE in step.actions else step.id


def _refused(
    story: Story, registry: Registry, step: Step, kind: str, told: StoryStep
) -> str | None:
    action = told.when.does or ""
    actor = story.told.given.actors.get(told.when.by)
    role = SYSTEM if actor is None else actor.role
    rights = registry.lookup_rights()
    if not rights.of(role, action, kind) and role != SYSTEM:
        return "forbidden"
    declared = {
        one
        for process_step in registry.processes[registry.case_kinds[kind].process].steps
        for one in process_step.actions
    }
    return "case.action_not_now" if action in declared and action not in step.actions else None


def _expected(
    index: int, then: Then, seen: CaseSeen, refused: str | None, *, leaving_out: tuple[str, ...]
) -> Iterator[Failure]:
    if then.refused != refused:
        yield Failure(index, f"refused: {then.refused}", f"refused: {refused}")
    for name in ("step", "stage", "open", "outcome", "owner", "clock", "due"):
        wanted, got = getattr(then, name), getattr(seen, name)
        if name not in leaving_out and wanted is not None and wanted != got:
            yield Failure(index, f"{name}: {wanted}", f"{name}: {got}")


def _compared(index: int, wanted: Any, got: Any) -> list[Failure]:
    return [] if wanted == got else [Failure(index, _shown(wanted), _shown(got))]


def _contained(index: int, wanted: Any, got: Any) -> list[Failure]:
    """Rows of which each holds at least what is wanted of it."""
    rows = wanted if isinstance(wanted, list) else [wanted]
    found = got if isinstance(got, list) else [got]
    pairs = list(zip(rows, found, strict=False))
    holds = len(rows) == len(found) and all(
        all(one.get(key) == value for key, value in row.items())
        for row, one in pairs
        if isinstance(row, dict) and isinstance(one, dict)
    )
    return [] if holds else [Failure(index, _shown(wanted), _shown(got))]


def _shown(value: Any) -> str:
    return str(value)[:500]


async def play_story(story: Story, city: StoryCity) -> list[Failure]:
    """Every sentence about cases that fails when the story is played in a city."""
    given = story.told.given
    if given.now is not None:
        await city.set_now(given.now)
    for name, actor in given.actors.items():
        await city.give_actor(name, actor)
    for type_name, rows in given.records.items():
        for values in rows:
            await city.give_record(type_name, values)
    for name, case in given.cases.items():
        await city.give_case(name, case)
    failures: list[Failure] = []
    for index, step in enumerate(story.told.steps):
        failures += await _played(index, step, city, first_case=next(iter(given.cases), None))
    return failures


async def _played(
    index: int, step: StoryStep, city: StoryCity, *, first_case: str | None
) -> list[Failure]:
    when, then = step.when, step.then
    case = when.to or first_case
    if case is None or (when.does is None and when.passes is None):
        return []
    refused = None
    if when.passes is not None:
        await city.pass_time(when.passes)
    elif when.does is not None:
        try:
            refused = await city.act(when.by, when.does, case, dict(when.with_))
        except Refusal as refusal:
            refused = refusal.code
    failures = list(_expected(index, then, await city.state(case), refused, leaving_out=()))
    wanted = {**dict.fromkeys(then.seen_by, True), **dict.fromkeys(then.hidden_from, False)}
    for name, visible in wanted.items():
        found = await city.sees(name, case)
        if found is not visible:
            words = {True: "seen", False: "hidden"}
            told = f"{case} by {name}: "
            failures.append(Failure(index, told + words[visible], told + words[found]))
    return failures
