"""The pack language: folders of declarations in, a registry or every fault out.

`load` gives the registry that engines, edge and portals read, or one Refusal with all faults;
`check` reports faults, grades and what is missing. Loading reads files and nothing else; the
Python of a pack runs only when `functions` is asked for. A pack's own code imports this door only.
"""

from collections.abc import Sequence
from pathlib import Path

from pengcheng.engines.algorithms import (
    Answer,
    Classifier,
    Explanation,
    Found,
    Gazetteer,
    Hit,
    Lesson,
    Likeness,
    Place,
    Rarity,
    Settings,
    Terms,
    Text,
    Trace,
    Trained,
    WordRules,
    alike,
    explain,
    judged,
    keys_of,
    masked,
    normalised,
    rows_of,
    rules_of,
    threshold_for,
    to_bytes,
    trace,
    train,
    without,
)
from pengcheng.kernel.registry import Registry
from pengcheng.pack.calling import (
    algorithms_in,
    labelled_in,
    model,
    model_path,
    shipped,
    table,
)
from pengcheng.pack.checking import PackReport, Report, check, with_needs
from pengcheng.pack.faults import PackFault, refusal
from pengcheng.pack.loading import read_packs
from pengcheng.pack.logic_file import algorithm, forget, functions
from pengcheng.pack.samples import SampleRow, first_rows, sample_rows
from pengcheng.pack.scaffold import new_pack
from pengcheng.pack.schemas import json_schemas, write_schemas
from pengcheng.pack.stories import CaseGiven, CaseSeen, Story, StoryCity, stories_of
from pengcheng.pack.story_trial import Failure, play_story
from pengcheng.pack.tables_run import decide, dmn_of, model_of

__all__ = [
    "Answer",
    "CaseGiven",
    "CaseSeen",
    "Classifier",
    "Explanation",
    "Failure",
    "Found",
    "Gazetteer",
    "Hit",
    "Lesson",
    "Likeness",
    "PackFault",
    "PackReport",
    "Place",
    "Rarity",
    "Report",
    "SampleRow",
    "Settings",
    "Story",
    "StoryCity",
    "Terms",
    "Text",
    "Trace",
    "Trained",
    "WordRules",
    "algorithm",
    "algorithms_in",
    "alike",
    "check",
    "decide",
    "dmn_of",
    "explain",
    "find",
    "first_rows",
    "forget",
    "functions",
    "json_schemas",
    "judged",
    "keys_of",
    "labelled_in",
    "load",
    "masked",
    "model",
    "model_of",
    "model_path",
    "new_pack",
    "normalised",
    "play_story",
    "rows_of",
    "rules_of",
    "sample_rows",
    "shipped",
    "stories_of",
    "table",
    "threshold_for",
    "to_bytes",
    "trace",
    "train",
    "with_needs",
    "without",
    "write_schemas",
]


def find(root: Path) -> list[Path]:
    """The pack folders beneath a folder, by name."""
    return sorted(path.parent for path in root.glob("*/pack.yaml"))


def load(folders: Sequence[Path]) -> Registry:
    """The registry of these packs together; a Refusal `pack.invalid` that carries every fault."""
    loaded = read_packs(folders)
    if loaded.faults:
        raise refusal(loaded.faults.found)
    return loaded.registry
