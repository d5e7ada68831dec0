"""Stories: given, when, then in YAML; the tests of a pack, and the examples of its manual.

    story: {zh: 堵了的下水道, en: A blocked drain}
    given:
      actors: {li: {role: citizen}, wang: {role: clerk, organisation: water}}
      cases: {drain: {kind: demand, by: li, fields: {subject: 下水道堵了, body: 路口积水}}}
    steps:
      - when: {does: dispatch, to: drain, by: system, with: {unit: water}}
        then: {step: accepting, owner: water}
      - when: {decides: urgency, given: {kind: complaint}}
        then: {gives: {urgency: ordinary, watch: false}}

What needs no city (decisions, algorithms, validation, the way through a process, who may act) runs
at `pengcheng check`; all of it runs on a `StoryCity`.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta

from pengcheng.kernel.registry import Registry
from pengcheng.kernel.words import Words
from pengcheng.pack.faults import Faults, shown
from pengcheng.pack.names import Compiling, Names
from pengcheng.pack.nodes import BYTES_MAX, Document, read_yaml
from pengcheng.pack.shapes import Name, Span, Text
from pengcheng.pack.shapes_work import AlgorithmName
from pengcheng.pack.tables import read_text
from pengcheng.pack.walk import walk

SYSTEM = "system"
WHENS = ("does", "passes", "decides", "calls", "checks")


class ActorShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who acts: a role, held in an organisation (its key) for an area (its division code)."""

    role: Name
    organisation: Name | None = None
    area: Annotated[str, Meta(pattern=r"^[0-9]{12,15}$", examples=["440304000000"])] | None = None


class CaseGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case that an actor brings."""

    kind: Name
    by: Name
    fields: dict[Name, Any] = {}
    channel: Text | None = None
    disclosure: Literal["open", "anonymous", "confidential"] = "open"
    area: Annotated[str, Meta(pattern=r"^[0-9]{12,15}$", examples=["440304000000"])] | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is so before the story begins."""

    now: Text | None = None
    actors: dict[Name, ActorShape] = {}
    records: dict[Name, list[dict[Name, Any]]] = {}
    cases: dict[Name, CaseGiven] = {}


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens: one of an act, time that passes, a decision, a call, a check of values."""

    does: Name | None = None
    to: Name | None = None
    by: Name = SYSTEM
    with_: dict[Name, Any] = msgspec.field(default_factory=dict, name="with")
    passes: Span | None = None
    decides: Name | None = None
    given: dict[Name, Any] = {}
    calls: AlgorithmName | None = None
    rows: list[dict[str, Any]] = []
    checks: Name | None = None
    values: dict[str, Any] = {}


class Then(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be so afterwards; only what is written is looked at."""

    step: Name | None = None
    stage: Name | None = None
    open: bool | None = None
    outcome: Name | None = None
    owner: Name | None = None
    clock: Literal["running", "suspended", "stopped"] | None = None
    due: Text | None = None
    seen_by: list[Name] = []
    hidden_from: list[Name] = []
    refused: Text | None = None
    gives: Any = None
    faults: dict[str, str] | None = None


class StoryStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One when and its then."""

    when: When
    then: Then


class StoryFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """stories/<name>.yaml: one story."""

    story: Words
    given: Given = Given()
    steps: Annotated[list[StoryStep], Meta(min_length=1, max_length=100)]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A story as read, with its file for pointing at lines."""

    name: str
    pack: str
    told: StoryFile
    document: Document

    def at(self, index: int, *path: str) -> tuple[str, int]:
        return self.document.at("steps", index, *path)


class CaseSeen(msgspec.Struct, frozen=True, kw_only=True):
    """How a case stands, as a `StoryCity` tells it."""

    step: str
    stage: str
    open: bool
    outcome: str | None = None
    owner: str | None = None
    clock: str | None = None
    due: str | None = None


class StoryCity(Protocol):
    """A city in which stories are played; names are those of the story."""

    async def set_now(self, at: str) -> None:
        """Set the clock (RFC 3339)."""

    async def give_actor(self, name: str, actor: ActorShape) -> None:
        """Make an account with its post."""

    async def give_record(self, type_name: str, values: dict[str, Any]) -> None:
        """Write a record of a declared type."""

    async def give_case(self, name: str, case: CaseGiven) -> None:
        """Let an actor bring a case. What the city does with it by itself is told `by: system`."""

    async def act(self, actor: str, action: str, case: str, values: dict[str, Any]) -> str | None:
        """Act on a case; None when done, else the code of the refusal."""

    async def pass_time(self, span: str) -> None:
        """Move the clock on and let what falls due happen."""

    async def state(self, case: str) -> CaseSeen:
        """How a case stands."""

    async def sees(self, actor: str, case: str) -> bool:
        """Whether an actor may know of a case."""


def read_stories(folder: Path, compiling: Compiling) -> list[Story]:
    """The stories of a pack that are sound; faults are noted."""
    found = []
    for path in sorted((folder / "stories").glob("*.yaml")):
        text = read_text(path, folder, compiling.faults, limit=BYTES_MAX)
        if text is None:
            continue
        document = read_yaml(text, shown(path, folder), compiling.faults)
        if document is None:
            if not text.strip():
                compiling.faults.add((shown(path, folder), 1), "file.empty")
            continue
        before = Faults()
        told = walk(document, StoryFile, before)
        compiling.faults.extend(before.found)
        if told is not None and not before:
            story = Story(name=path.stem, pack=compiling.pack, told=told, document=document)
            _check(story, compiling)
            found.append(story)
    return found


def stories_of(registry: Registry, pack: str) -> list[Story]:
    """The stories of a loaded pack, to be played in a city; those with faults are left out."""
    faults = Faults()
    compiling = Compiling(pack, (), Names(faults), faults, ())
    return read_stories(Path(registry.packs[pack].folder), compiling)


def _check(story: Story, compiling: Compiling) -> None:
    given, document = story.told.given, story.document
    for name, actor in given.actors.items():
        at = document.at("given", "actors", name, "role")
        compiling.need("role", actor.role, at, given_by_engines=("guest",))
    for name in given.records:
        compiling.need("type", name, document.at("given", "records", name))
    for name, case in given.cases.items():
        at = document.at("given", "cases", name)
        compiling.need("case kind", case.kind, at)
        compiling.one_of("role", case.by, (*given.actors, SYSTEM), at)
    for index, step in enumerate(story.told.steps):
        _check_when(story, index, step, compiling)


def _check_when(story: Story, index: int, step: StoryStep, compiling: Compiling) -> None:
    when, given = step.when, story.told.given
    at = story.at(index, "when")
    said = [name for name in WHENS if getattr(when, name) is not None]
    if len(said) != 1:
        compiling.faults.add(at, "story.needs", names=", ".join(WHENS))
    if when.decides is not None:
        compiling.need("table", when.decides, at)
    if when.calls is not None:
        compiling.need("algorithm", when.calls, at)
    if when.checks is not None:
        compiling.need("type", when.checks, at)
    actors = (*given.actors, SYSTEM)
    for name in (when.by, *step.then.seen_by, *step.then.hidden_from):
        compiling.one_of("role", name, actors, at)
    if when.does is not None:
        compiling.one_of("field", when.to or "", given.cases, story.at(index, "when", "to"))
