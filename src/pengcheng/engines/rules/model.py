"""The nouns of DMN 1.5: what a file says, before anything is compiled."""

from typing import Literal

import msgspec

HitPolicy = Literal["UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"]
Aggregation = Literal["SUM", "COUNT", "MIN", "MAX"]
HIT_POLICIES: tuple[HitPolicy, ...] = (
    "UNIQUE",
    "FIRST",
    "PRIORITY",
    "ANY",
    "COLLECT",
    "RULE ORDER",
    "OUTPUT ORDER",
)
AGGREGATIONS: tuple[Aggregation, ...] = ("SUM", "COUNT", "MIN", "MAX")

# Named limits; what goes past them is refused when it is read or built.
FILE_BYTES_MAX = 8 * 1024 * 1024
ELEMENTS_MAX = 200_000
XML_DEPTH_MAX = 200
ROWS_MAX = 5_000
COLUMNS_MAX = 200
DECISIONS_MAX = 2_000


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What every element may carry. `extra` keeps, as XML, what this engine does not interpret;
    `vendor` the attributes of other vocabularies ("{namespace}name")."""

    id: str = ""
    label: str = ""
    description: str = ""
    vendor: tuple[tuple[str, str], ...] = ()
    extra: tuple[str, ...] = ()


class Box(Part, frozen=True, kw_only=True):
    """A boxed expression; `type` is the type that its value is brought to."""

    type: str = ""


class LiteralBox(Box, frozen=True, kw_only=True):
    """A FEEL text."""

    text: str = ""
    language: str = ""


class InputClause(Part, frozen=True, kw_only=True):
    """An input column: the expression that is tested, and the values it may take."""

    expression: str = ""
    type: str = ""
    values: str = ""


class OutputClause(Part, frozen=True, kw_only=True):
    """An output column: its values in order of priority, and what it is when no row fires."""

    name: str = ""
    type: str = ""
    values: str = ""
    default: str = ""


class Rule(Part, frozen=True, kw_only=True):
    """A row: a cell of unary tests for each input, a cell of FEEL for each output."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: tuple[str, ...] = ()


class TableBox(Box, frozen=True, kw_only=True):
    """A decision table."""

    inputs: tuple[InputClause, ...] = ()
    outputs: tuple[OutputClause, ...] = ()
    rules: tuple[Rule, ...] = ()
    annotations: tuple[str, ...] = ()
    hit_policy: HitPolicy = "UNIQUE"
    aggregation: Aggregation | None = None
    orientation: str = ""
    output_label: str = ""


class EntryBox(Part, frozen=True, kw_only=True):
    """An entry of a boxed context; one without a name is the result."""

    name: str = ""
    type: str = ""
    value: Box


class ContextBox(Box, frozen=True, kw_only=True):
    """A boxed context."""

    entries: tuple[EntryBox, ...] = ()


class InvocationBox(Box, frozen=True, kw_only=True):
    """A call of a function by the names of its parameters."""

    function: Box
    bindings: tuple[tuple[str, Box | None], ...] = ()


class FunctionBox(Box, frozen=True, kw_only=True):
    """A function definition; `kind` is FEEL, Java or PMML, of which FEEL runs."""

    kind: str = "FEEL"
    parameters: tuple[tuple[str, str], ...] = ()
    body: Box | None = None


class ListBox(Box, frozen=True, kw_only=True):
    """A boxed list."""

    items: tuple[Box, ...] = ()


class RelationBox(Box, frozen=True, kw_only=True):
    """A list of contexts with the same names."""

    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[Box, ...], ...] = ()


class ConditionalBox(Box, frozen=True, kw_only=True):
    """A boxed `if`."""

    condition: Box
    then: Box
    otherwise: Box


class FilterBox(Box, frozen=True, kw_only=True):
    """A boxed filter."""

    source: Box
    match: Box


class IteratorBox(Box, frozen=True, kw_only=True):
    """A boxed `for`, `some` or `every`."""

    kind: Literal["for", "some", "every"]
    variable: str
    source: Box
    body: Box


class Element(Part, frozen=True, kw_only=True):
    """A named element of the decision requirements graph and the variable that holds its value."""

    name: str
    type: str = ""
    variable_id: str = ""


class InputData(Element, frozen=True, kw_only=True):
    """What comes from outside."""


class Decision(Element, frozen=True, kw_only=True):
    """A decision; what it requires are references (`#id` or `namespace#id`)."""

    question: str = ""
    answers: str = ""
    inputs: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    logic: Box | None = None


class KnowledgeModel(Element, frozen=True, kw_only=True):
    """A business knowledge model: a function that decisions may call."""

    knowledge: tuple[str, ...] = ()
    function: FunctionBox | None = None


class DecisionService(Element, frozen=True, kw_only=True):
    """Decisions behind one door: a function of its input decisions and input data."""

    outputs: tuple[str, ...] = ()
    encapsulated: tuple[str, ...] = ()
    input_decisions: tuple[str, ...] = ()
    input_data: tuple[str, ...] = ()


class ItemDefinition(Part, frozen=True, kw_only=True):
    """A declared type."""

    name: str
    type: str = ""
    is_collection: bool = False
    allowed_values: str = ""
    constraint: str = ""
    components: tuple["ItemDefinition", ...] = ()
    is_function: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    result: str = ""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Another model, whose elements are known here as members of `name`."""

    name: str
    namespace: str
    kind: str = ""
    location: str = ""
    id: str = ""


class Definitions(Part, frozen=True, kw_only=True):
    """All that one file says."""

    name: str
    namespace: str
    imports: tuple[Import, ...] = ()
    types: tuple[ItemDefinition, ...] = ()
    inputs: tuple[InputData, ...] = ()
    decisions: tuple[Decision, ...] = ()
    knowledge: tuple[KnowledgeModel, ...] = ()
    services: tuple[DecisionService, ...] = ()
    exporter: str = ""
    expression_language: str = ""
    type_language: str = ""
