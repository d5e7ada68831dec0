"""Rules: decision models of DMN 1.5, read, written, compiled once and evaluated often.

`read_dmn(bytes)` and `table(...)` give a `Model`; `Model.evaluate` gives a decision's value,
`Model.explain` also what each decision read and which rows fired; `why` tells it to people,
`counterfactuals` what would have changed it. Pure: no clock but the one given, no store.
Invariant: a table from a file and one from plain rows run in the same engine.
"""

from pengcheng.engines.rules.builder import Column, Row, definitions_of, table
from pengcheng.engines.rules.counterfactuals import Counterfactual, counterfactuals
from pengcheng.engines.rules.engine import Explained, Model
from pengcheng.engines.rules.files import read_dmn, write_dmn
from pengcheng.engines.rules.model import Definitions
from pengcheng.engines.rules.running import Step
from pengcheng.engines.rules.tables import Fired
from pengcheng.engines.rules.why import why
from pengcheng.engines.rules.words import WORDS

__all__ = [
    "WORDS",
    "Column",
    "Counterfactual",
    "Definitions",
    "Explained",
    "Fired",
    "Model",
    "Row",
    "Step",
    "counterfactuals",
    "definitions_of",
    "read_dmn",
    "table",
    "why",
    "write_dmn",
]
