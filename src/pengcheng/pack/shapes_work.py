"""The shape of the files that say how a pack works: processes, rules, rights, screens.

See `shapes` for what a shape is.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pengcheng.kernel.authz import Over
from pengcheng.kernel.registry import Place
from pengcheng.kernel.words import Words
from pengcheng.pack.shapes import (
    Age,
    AttributeShape,
    CodeText,
    Feel,
    Keep,
    Name,
    RuleShape,
    Sensitivity,
    Span,
    Text,
)

Portal = Literal["ishenzhen", "shenqi", "shenzhengyi", "shenzhihui", "www", "studio"]
Sharing = Literal["unconditional", "conditional", "none"]
Bound = Annotated[int, Meta(ge=0, le=10_000)]
AlgorithmName = Annotated[
    str,
    Meta(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", examples=["citizen_demands.category"]),
]


BpmnName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\.bpmn$", examples=["handling.bpmn"])]


class ActionShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people may do at some steps: its label, what it asks for, which bound it counts."""

    name: Words
    asks: list[Name] = []
    counts: Name | None = None
    basis: Text | None = None


class StepShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step: who does it, within which time, where each action leads."""

    name: Words
    stage: Name
    kind: Literal["user", "service", "rule", "wait", "end"] = "user"
    role: Name | None = None
    within: Span | None = None
    actions: dict[Name, Name] = {}


class UpgradeShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of cases that are open under an older version: old step to new step where names
    differ, and the steps that are finished under the older version."""

    from_: Annotated[int, Meta(ge=1)] = msgspec.field(name="from")
    steps: dict[Name, Name] = {}
    stays: list[Name] = []


class ProcessShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A process: `start` and `steps` in the short form, which compiles to the BPMN model of the
    processes engine, or `file`, a BPMN 2.0 file beside it that says them."""

    name: Words
    version: Annotated[int, Meta(ge=1)] = 1
    start: Name = ""
    stages: dict[Name, Words]
    actions: dict[Name, ActionShape] = {}
    steps: Annotated[dict[Name, StepShape], Meta(max_length=200)] = {}
    file: BpmnName | None = None
    upgrades: list[UpgradeShape] = []
    basis: list[Text] = []


class EffectShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an action does to objects: it `creates` a record of a type, or `changes` the one that a
    field of the case names; `set` gives attributes by FEEL over the fields of the case."""

    name: Words
    on: Name
    when: Feel | None = None
    creates: Name | None = None
    changes: Name | None = None
    set: Annotated[dict[Name, Feel], Meta(min_length=1, max_length=120)]
    keeps: Name | None = None
    place: bool = False
    owned: bool = False


class CaseShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of case that runs by the process of this file."""

    type: Name
    name: Words
    code: Text
    fields: Annotated[dict[Name, AttributeShape], Meta(min_length=1, max_length=120)]
    rules: dict[Name, RuleShape] = {}
    place: Place | None = None
    title: Name | None = None
    keep: Keep | None = None
    history: bool = False
    sensitivity: Sensitivity = "internal"
    intake: dict[Name, AlgorithmName] = {}
    effects: dict[Name, EffectShape] = {}
    bounds: dict[Name, Bound] = {}
    tables: dict[Name, Name] = {}
    channels: list[CodeText] = []
    evaluation: Name | None = None
    settings: dict[Name, Any] = {}


class ProcessFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """processes/<name>.yaml: one process, and the kind of case that runs by it."""

    process: ProcessShape
    case: CaseShape | None = None


class InputShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An input of a decision table: FEEL over the facts; `list` makes its cells codes."""

    value: Feel
    name: Words | None = None
    max_age: Age | None = None
    list_: Name | None = msgspec.field(default=None, name="list")


class OutputShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An output of a decision table; `list` makes its cells codes, else they are FEEL."""

    name: Words | None = None
    list_: Name | None = msgspec.field(default=None, name="list")


Cell = str | int | float | bool | list[CodeText]


class RowShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row: when these cells hold, then these values; a row may cite its basis."""

    when: dict[Name, Cell] = {}
    then: dict[Name, Cell]
    basis: Text | None = None


class TableShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision table (DMN 1.5 hit policies by name)."""

    name: Words
    hit: Literal["unique", "first", "any", "priority", "collect", "rule_order", "output_order"]
    inputs: Annotated[dict[Name, Feel | InputShape], Meta(min_length=1, max_length=40)]
    outputs: Annotated[dict[Name, OutputShape], Meta(min_length=1, max_length=20)]
    rows: Annotated[list[RowShape], Meta(max_length=2000)]
    version: Annotated[int, Meta(ge=1)] = 1


class RulesFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rules.yaml: decision tables."""

    tables: dict[Name, TableShape] = {}


class DatasetShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A catalogue entry over a declared type, with its conditions of sharing and opening."""

    name: Words
    of: Name
    sharing: Sharing
    opening: Sharing = "none"
    fields: list[Name] = []
    basis: Text


class DatasetsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """datasets.yaml: catalogue entries."""

    datasets: dict[Name, DatasetShape] = {}


class RightShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a role reaches with one action on one type."""

    over: Over
    sensitivity: Sensitivity = "internal"
    where: dict[Name, list[CodeText]] = {}
    basis: Text | None = None


TypeOrAll = Annotated[str, Meta(pattern=r"^(\*|[a-z][a-z0-9_]{0,47})$", examples=["demand", "*"])]


class RightsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rights.yaml: type, action, role, reach: a table that a lawyer can read."""

    roles: dict[Name, Words] = {}
    rights: dict[TypeOrAll, dict[Name, dict[Name, RightShape | list[RightShape]]]] = {}


class ViewShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A saved view of a list: its name and its filters."""

    name: Words
    where: dict[Name, str | list[str]] = {}
    sort: list[Annotated[str, Meta(pattern=r"^-?[a-z][a-z0-9_]*$", examples=["-due_at"])]] = []


class PageShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One page of a form: one question or one tight group."""

    name: Words
    fields: Annotated[list[Name], Meta(min_length=1, max_length=12)]
    hint: Words | None = None


class ScreenShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list, form, board, map layer, desk, page, cockpit card or report of one portal."""

    portal: Portal
    kind: Literal["list", "form", "board", "map", "desk", "page", "card", "report"]
    name: Words
    of: Name | None = None
    question: Words | None = None
    columns: list[Name] = []
    filters: list[Name] = []
    sort: list[Annotated[str, Meta(pattern=r"^-?[a-z][a-z0-9_]*$", examples=["-due_at"])]] = []
    views: dict[Name, ViewShape] = {}
    pages: list[PageShape] = []
    lanes: Name | None = None
    colour: Name | None = None
    title: Name | None = None
    panels: list[Name] = []
    actions: list[Name] = []
    batch: list[Name] = []
    indicator: Name | None = None
    by: Name | None = None
    chart: Literal["figure", "line", "bar", "map", "flow", "table"] | None = None
    opens: Name | None = None
    roles: list[Name] = []
    every: Literal["day", "week"] | None = None
    at: Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["07:30"])] | None = None
    icon: Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", examples=["message-report"])] | None = None
    order: Annotated[int, Meta(ge=0, le=1000)] = 100


class ScreensFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """screens.yaml: what each portal shows; layout lives here and only here."""

    screens: dict[Name, ScreenShape] = {}
