"""The shape of the files that say what a pack is and what it holds: pack, objects, events, words.

A struct is at once the schema that `walk` checks nodes against, what `check --schemas` writes as
JSON Schema for editors, and the value that `compiling` reads. Unknown keys are refused everywhere.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pengcheng.kernel.record_values import TABLE_COLUMNS_MAX
from pengcheng.kernel.registry import Kind, Place
from pengcheng.kernel.words import Words

Name = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$", description="lower case, digits, underscores")
]
CodeText = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
Feel = Annotated[str, Meta(min_length=1, max_length=2000, description="an expression in FEEL")]
Span = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,4} (minute|hour|day|working hour|working day)s?$",
        examples=["2 hours", "5 working days"],
    ),
]
Age = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,3} (minute|hour|day)s?$",
        description="how old the data of an input may be when something is decided by them",
        examples=["30 days"],
    ),
]
Keep = Annotated[
    str,
    Meta(pattern=r"^[1-9][0-9]{0,2} (day|month|year)s?$", examples=["10 years", "90 days"]),
]
CsvFile = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_/-]*\.csv$", examples=["categories.csv"])]
Sensitivity = Literal["public", "internal", "personal", "sealed"]
SENSITIVITY = {"public": 1, "internal": 2, "personal": 3, "sealed": 4}
ColumnKind = Literal[
    "text", "integer", "number", "boolean", "date", "instant", "code", "reference",
    "identity_number", "social_credit_code", "telephone", "email",
]  # fmt: skip
"""Kinds whose values fit into a cell."""
Hub = Literal["base", "data", "capability", "business", "security"]
FoundIn = Literal["list", "map", "search", "open_data"]


class PackFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """pack.yaml: the head of a pack."""

    name: Name
    label: Words
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+){0,2}$", examples=["1.0"])]
    owner: Text
    hub: Hub
    summary: Words
    systems: list[
        Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", examples=["water-gates"])]
    ] = []
    basis: list[Text] = []
    needs: list[Name] = []
    libraries: list[Name] = []


class CodeFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes read from columns of a CSV file; `parents` lists the columns of a tree's levels."""

    file: CsvFile
    code: Name
    zh: Name
    en: Name | None = None
    parent: Name | None = None


class CodeShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code with its label; `parent` makes a tree."""

    zh: Text
    en: Text
    parent: CodeText | None = None


class CodeListShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named list of allowed values: written here, or read from a file of the pack."""

    name: Words
    codes: dict[CodeText, CodeShape] = {}
    from_: CodeFrom | None = msgspec.field(default=None, name="from")


class ColumnShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of a table: `is` says its kind; the other keys suit some kinds only. `computed` is
    FEEL over the other columns of its row."""

    is_: ColumnKind = msgspec.field(name="is")
    name: Words
    hint: Words | None = None
    required: bool = False
    list_: Name | None = msgspec.field(default=None, name="list")
    to: Name | None = None
    unit: Text | None = None
    min: float | None = None
    max: float | None = None
    length: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    pattern: Text | None = None
    default: Any = None
    computed: Feel | None = None


class AttributeShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attribute: `is` says its kind; the other keys suit some kinds only. `computed` is FEEL
    over the other attributes: people read such a value and do not write it. With `many` its value
    is a list; `is: table` has `columns`. Of both, `min` and `max` bound the number of entries."""

    is_: Kind = msgspec.field(name="is")
    name: Words
    hint: Words | None = None
    required: bool = False
    many: bool = False
    list_: Name | None = msgspec.field(default=None, name="list")
    to: Name | None = None
    columns: Annotated[dict[Name, ColumnShape], Meta(max_length=TABLE_COLUMNS_MAX)] = {}
    unit: Text | None = None
    source: Text | None = None
    sensitivity: Sensitivity | None = None
    index: bool = False
    unique: bool = False
    search: bool = False
    min: float | None = None
    max: float | None = None
    length: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    pattern: Text | None = None
    default: Any = None
    computed: Feel | None = None


class RelationShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A relation to records of an object type, each edge true for a time: one at a time, or
    `many`; `inverse` is what it is called from the other end."""

    name: Words
    to: Name
    many: bool = False
    inverse: Words | None = None
    sensitivity: Sensitivity = "internal"


class RuleShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the attributes of a record must fulfil together: FEEL that may not be false, and what
    is told at the attribute `at` (without it: the last that it names) when it is."""

    holds: Feel
    message: Words
    at: Name | None = None


class TypeShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object type: what is true of a thing in the city."""

    name: Words
    attributes: Annotated[dict[Name, AttributeShape], Meta(min_length=1, max_length=120)]
    place: Place | None = None
    code: Text | None = None
    title: Name | None = None
    history: bool = False
    keep: Keep | None = None
    sensitivity: Sensitivity = "internal"
    found_in: list[FoundIn] = []
    rows: CsvFile | None = None
    relations: dict[Name, RelationShape] = {}
    rules: dict[Name, RuleShape] = {}


class ObjectsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """objects.yaml: object types and code lists."""

    types: dict[Name, TypeShape] = {}
    code_lists: dict[Name, CodeListShape] = {}


class MergeShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When reports are one matter: near in place and time, and equal in these attributes."""

    within: Span
    metres: Annotated[int, Meta(ge=0, le=100_000)] | None = None
    same: list[Name] = []
    at_least: Annotated[int, Meta(ge=2, le=1000)] = 2
    similar: Text | None = None
    above: Annotated[float, Meta(ge=0, le=1)] | None = None


class EventShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of event: something that happened or was observed, with place and time."""

    name: Words
    attributes: dict[Name, AttributeShape] = {}
    place: Place | None = None
    code: Text | None = None
    title: Name | None = None
    keep: Keep | None = None
    sensitivity: Sensitivity = "internal"
    severity: Name | None = None
    joins: Name | None = None
    merge: MergeShape | None = None


class EventsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """events.yaml: kinds of event and how reports of one matter join."""

    events: dict[Name, EventShape] = {}


class WordsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """words.yaml: labels and messages by dotted key."""

    words: dict[
        Annotated[
            str, Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", examples=["greeting.day"])
        ],
        Words,
    ] = {}
