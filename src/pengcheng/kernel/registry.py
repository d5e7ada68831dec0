"""What packs declare, as frozen values that engines, edge and portals read.

The pack storey compiles declarations into a `Registry`; nothing below it knows a pack, a type or a
kind by name. A registry has a version; every process switches to the next one when it reads the
log entry `registry.changed`.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pengcheng.kernel.authz import INTERNAL, Right, Rights
from pengcheng.kernel.effects import Effect
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.indicators import Indicator
from pengcheng.kernel.recurring import Recurring
from pengcheng.kernel.time import Promise
from pengcheng.kernel.words import Words

Kind = Literal[
    "text", "long_text", "integer", "number", "boolean", "date", "instant", "code", "reference",
    "identity_number", "social_credit_code", "telephone", "email", "files", "json", "table",
]  # fmt: skip
JSON_KINDS = frozenset({"json", "table"})
"""Kinds whose values stand as JSON."""
Place = Literal["point", "line", "polygon"]
Role = Literal["object", "event", "case"]


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a code list; `parent` makes a tree of it."""

    code: str
    label: Words
    parent: str | None = None


class CodeList(msgspec.Struct, frozen=True, kw_only=True):
    """A named list of allowed values, in the order in which people read them."""

    name: str
    label: Words
    codes: tuple[Code, ...]

    def label_of(self, code: str) -> Words | None:
        return next((item.label for item in self.codes if item.code == code), None)


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One typed, indexed column of a declared type.

    `computed` is FEEL over the other attributes: nobody writes such a value. `stored_as` is its
    column where that is not called like the attribute: an attribute whose kind
    changed gets a new column. The objects engine writes it when it publishes a registry.

    With `many` its value is a list without repetition; of kind `table` it is a list of rows, each
    with a value for each of `columns`, whose computed ones are FEEL over the others of their row.
    Of both, `low` and `high` bound the number of entries.
    """

    name: str
    kind: Kind
    label: Words
    hint: Words | None = None
    required: bool = False
    code_list: str | None = None
    to: str | None = None
    unit: str | None = None
    source: str | None = None
    sensitivity: int = INTERNAL
    index: bool = False
    unique: bool = False
    search: bool = False
    low: float | None = None
    high: float | None = None
    length_max: int | None = None
    pattern: str | None = None
    default: Any = None
    computed: str | None = None
    stored_as: str | None = None
    many: bool = False
    columns: tuple["Attribute", ...] = ()

    @property
    def column(self) -> str:
        """The column in which its values stand."""
        return self.stored_as or self.name

    @property
    def is_list(self) -> bool:
        """Whether its value is a list: of values, or of rows."""
        return self.many or self.kind == "table"

    @property
    def follows(self) -> bool:
        """Whether it, or a column of it, is computed."""
        return self.computed is not None or any(item.computed for item in self.columns)


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A relation from records of one type to records of another, each edge true for a time.

    Without `many` a record has one at a time; `inverse` is what it is called from the other end;
    who does not reach `sensitivity` does not see its edges.
    """

    name: str
    label: Words
    to: str
    many: bool = False
    inverse: Words | None = None
    sensitivity: int = INTERNAL


class RecordRule(msgspec.Struct, frozen=True, kw_only=True):
    """What the attributes of a record must fulfil together: FEEL that may not be false. A breach
    is told with `message` at the attribute `at`."""

    name: str
    holds: str
    message: Words
    at: str


class RecordType(msgspec.Struct, frozen=True, kw_only=True):
    """A declared type: object, event kind or case kind. It becomes the table `city.<name>`.

    `rows` is a CSV file of the pack whose rows every new city begins with.
    """

    name: str
    role: Role
    pack: str
    label: Words
    attributes: tuple[Attribute, ...]
    place: Place | None = None
    code_pattern: str | None = None
    title: str | None = None
    history: bool = False
    retention_days: int | None = None
    sensitivity: int = INTERNAL
    found_in: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    rules: tuple[RecordRule, ...] = ()
    rows: str | None = None

    def attribute(self, name: str) -> Attribute | None:
        return next((item for item in self.attributes if item.name == name), None)

    def relation(self, name: str) -> Relation:
        """The declared relation; `Absent` when the type declares none of the name."""
        found = next((item for item in self.relations if item.name == name), None)
        if found is None:
            raise Absent("relation.unknown", type=self.name, relation=name)
        return found

    def column(self, name: str) -> str:
        """The column of a declared attribute; any other name stands for itself."""
        found = self.attribute(name)
        return found.column if found else name


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a declared process: who does it, within which time, and where each action leads.

    `stage` is what the applicant reads ("处理中"); `kind` "wait" waits for the applicant or time.
    """

    id: str
    label: Words
    stage: str
    kind: Literal["user", "service", "rule", "wait", "end"] = "user"
    role: str | None = None
    within: Promise | None = None
    actions: Mapping[str, str] = msgspec.field(default_factory=dict)


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A declared process in the short form; it compiles to the BPMN model of `processes`."""

    name: str
    label: Words
    version: int
    start: str
    steps: tuple[Step, ...]
    stages: tuple[tuple[str, Words], ...] = ()
    source: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def step(self, step_id: str) -> Step:
        found = next((step for step in self.steps if step.id == step_id), None)
        if found is None:
            raise Absent("process.step_unknown", process=self.name, step=step_id)
        return found


class CaseKind(msgspec.Struct, frozen=True, kw_only=True):
    """How cases of one declared kind run: process, automatic intake, bounds, numbering.

    `intake` names algorithms by step (analyse, place, similar, route); `bounds` caps what may
    repeat (returns, dispatches, reopenings, extensions, suspension_days).
    """

    type: str
    process: str
    code_prefix: str
    intake: Mapping[str, Any] = msgspec.field(default_factory=dict)
    bounds: Mapping[str, int] = msgspec.field(default_factory=dict)
    tables: Mapping[str, str] = msgspec.field(default_factory=dict)
    channels: tuple[str, ...] = ()
    evaluation: str | None = None
    effects: tuple[Effect, ...] = ()
    settings: Mapping[str, Any] = msgspec.field(default_factory=dict)


class EventKind(msgspec.Struct, frozen=True, kw_only=True):
    """How reports of one declared kind of event join into one event.

    `joins` is the case kind whose cases may join it; near in time (`within`) and place (`metres`),
    equal in the attributes `same`, and, where `similar` names an algorithm, at or above `above`.
    """

    type: str
    joins: str | None = None
    within: Promise | None = None
    metres: int | None = None
    same: tuple[str, ...] = ()
    at_least: int = 2
    similar: str | None = None
    above: float | None = None
    severity: str | None = None


class DecisionTable(msgspec.Struct, frozen=True, kw_only=True):
    """A decision table of rules.yaml: cells are FEEL unary tests, outputs FEEL expressions.

    A row is {"when": {input: test}, "then": {output: expression}, "basis": text}; an input without
    a test holds always, an output without an expression is null. `ages`: how old the data of an
    input may be, as ISO 8601 writes a length of time; `names` and `lists`: how people read a
    column, and of which code list its cells are, by its key.
    """

    name: str
    pack: str
    label: Words
    hit: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    version: int = 1
    ages: Mapping[str, str] = msgspec.field(default_factory=dict)
    names: Mapping[str, Words] = msgspec.field(default_factory=dict)
    lists: Mapping[str, str] = msgspec.field(default_factory=dict)


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A decision model of a pack's rules folder, as DMN 1.5 XML."""

    pack: str
    text: str


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """A list, form, map layer, desk or cockpit card of one portal, as declared."""

    name: str
    pack: str
    portal: str
    kind: str
    label: Words
    of: str | None = None
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue entry over a declared type."""

    name: str
    pack: str
    label: Words
    of: str
    sharing: str
    opening: str = "none"
    fields: tuple[str, ...] = ()
    basis: str = ""


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """A named function of a pack's logic.py: rows in, rows out."""

    name: str
    pack: str
    label: Words
    function: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a pack."""

    name: str
    label: Words
    version: str
    owner: str
    hub: str
    systems: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    summary: Words | None = None
    folder: str = ""


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """Everything declared, by name; `process_files` are BPMN 2.0 XML, run as they are; `laws` are
    processes that a newer version replaced, by "name@version": open cases may still run by them."""

    version: int = 0
    packs: Mapping[str, Pack] = msgspec.field(default_factory=dict)
    types: Mapping[str, RecordType] = msgspec.field(default_factory=dict)
    code_lists: Mapping[str, CodeList] = msgspec.field(default_factory=dict)
    case_kinds: Mapping[str, CaseKind] = msgspec.field(default_factory=dict)
    event_kinds: Mapping[str, EventKind] = msgspec.field(default_factory=dict)
    processes: Mapping[str, Process] = msgspec.field(default_factory=dict)
    process_files: Mapping[str, str] = msgspec.field(default_factory=dict)
    laws: Mapping[str, Process] = msgspec.field(default_factory=dict)
    tables: Mapping[str, DecisionTable] = msgspec.field(default_factory=dict)
    rule_files: Mapping[str, RuleFile] = msgspec.field(default_factory=dict)
    indicators: Mapping[str, Indicator] = msgspec.field(default_factory=dict)
    recurring: Mapping[str, Recurring] = msgspec.field(default_factory=dict)
    datasets: Mapping[str, Dataset] = msgspec.field(default_factory=dict)
    screens: Mapping[str, Screen] = msgspec.field(default_factory=dict)
    algorithms: Mapping[str, Algorithm] = msgspec.field(default_factory=dict)
    roles: Mapping[str, Words] = msgspec.field(default_factory=dict)
    rights: tuple[Right, ...] = ()
    words: Mapping[str, Words] = msgspec.field(default_factory=dict)

    def type_(self, name: str) -> RecordType:
        """The declared type; `Absent` when no pack declares it."""
        found = self.types.get(name)
        if found is None:
            raise Absent("type.unknown", type=name)
        return found

    def case_kind(self, name: str) -> CaseKind:
        """The declared case kind; `Absent` when no pack declares it."""
        found = self.case_kinds.get(name)
        if found is None:
            raise Absent("case_kind.unknown", kind=name)
        return found

    def event_joined_by(self, case_kind: str) -> str:
        """The declared kind of event that cases of a kind join; the case kind's own name where no
        pack declares one."""
        declared = (name for name, kind in self.event_kinds.items() if kind.joins == case_kind)
        return min(declared, default=case_kind)

    def law(self, kind: str, version: int) -> Process:
        """The process by which a case of a kind runs: of the version that it was accepted under or
        moved to, where that is kept; else the newest."""
        newest = self.processes[self.case_kind(kind).process]
        if version == newest.version:
            return newest
        return self.laws.get(f"{newest.name}@{version}", newest)

    def step_of(self, kind: str, step: str) -> Step | None:
        """A step by its id: of the newest version that has it."""
        newest = self.processes[self.case_kind(kind).process]
        older = [law for law in self.laws.values() if law.name == newest.name]
        among = [newest, *sorted(older, key=lambda law: -law.version)]
        return next((one for law in among for one in law.steps if one.id == step), None)

    def after(self, before: "Registry") -> "Registry":
        """This registry in place of an earlier one: processes of cases that a newer version
        replaces are kept, so that cases that are open under them go on."""
        laws = dict(before.laws)
        for kind in self.case_kinds.values():
            old, new = before.processes.get(kind.process), self.processes[kind.process]
            if old is not None and old.version != new.version:
                laws[f"{old.name}@{old.version}"] = old
        laws = {name: law for name, law in laws.items()
                if f"{law.name}@{law.version}" not in _newest(self)}  # fmt: skip
        return msgspec.structs.replace(self, laws=laws)

    def lookup_rights(self) -> Rights:
        """The rights table, indexed; make it once for each registry version."""
        return Rights(self.rights)


def _newest(registry: Registry) -> set[str]:
    return {f"{process.name}@{process.version}" for process in registry.processes.values()}
