"""Rules: decision models of DMN 1.5, read, written, compiled once and evaluated often.

`read_dmn(bytes)` and `table(...)` give a `Model`; `Model.evaluate` gives a decision's value,
`Model.explain` also what each decision read and which rows fired; `why` tells it to people,
`counterfactuals` what would have changed it. That half is pure: no clock but the one given.

`decide` runs a model over facts with their sources and ages, and `keep` records it in the caller's
transaction, at the end of a chain of hashes. `Rules` publishes versions and reads records;
`replay` runs past decisions again by their own versions and finds what was altered; `Trial` runs
a new version over past decisions before it is published; `Trials` lets the worker do it for who
asked on a page.
Invariants: a table from a file and one from plain rows run in the same engine; a recorded decision
replays to the same bit; a published version never changes.
"""

from pengcheng.engines.rules.ages import EXTENSION, Fact, maximum_age_element
from pengcheng.engines.rules.builder import Column, Row, definitions_of, table
from pengcheng.engines.rules.counterfactuals import Counterfactual, counterfactuals
from pengcheng.engines.rules.deciding import Decided, FiredRows, decide
from pengcheng.engines.rules.engine import Explained, Model
from pengcheng.engines.rules.files import read_dmn, write_dmn
from pengcheng.engines.rules.keeping import kept, revived
from pengcheng.engines.rules.model import Decision, Definitions, TableBox
from pengcheng.engines.rules.past import past_decisions
from pengcheng.engines.rules.record import NewRecord, Record, RuleVersion
from pengcheng.engines.rules.replaying import Finding, Replayed, replay
from pengcheng.engines.rules.running import Step
from pengcheng.engines.rules.service import Again, Rules, keep
from pengcheng.engines.rules.tables import Fired
from pengcheng.engines.rules.telling import why
from pengcheng.engines.rules.trial import Changed, Order, Past, Report, Tally, Trial
from pengcheng.engines.rules.trial_asked import AskedTrial
from pengcheng.engines.rules.trials import Trials
from pengcheng.engines.rules.words import WORDS

HUB = "business"

__all__ = [
    "EXTENSION",
    "HUB",
    "WORDS",
    "Again",
    "AskedTrial",
    "Changed",
    "Column",
    "Counterfactual",
    "Decided",
    "Decision",
    "Definitions",
    "Explained",
    "Fact",
    "Finding",
    "Fired",
    "FiredRows",
    "Model",
    "NewRecord",
    "Order",
    "Past",
    "Record",
    "Replayed",
    "Report",
    "Row",
    "RuleVersion",
    "Rules",
    "Step",
    "TableBox",
    "Tally",
    "Trial",
    "Trials",
    "counterfactuals",
    "decide",
    "definitions_of",
    "keep",
    "kept",
    "maximum_age_element",
    "past_decisions",
    "read_dmn",
    "replay",
    "revived",
    "table",
    "why",
    "write_dmn",
]
