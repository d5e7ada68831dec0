"""Processes (流程中心): BPMN 2.0 read, checked, drawn and run.

Pure: `read`/`write` files, `compile_short` a pack's YAML form, `check` before publishing,
`prepare` once for each version, then `start` and `advance` give (state, effects). A `State` is a
plain value: storing it with its effects in one transaction makes a step durable. The same
commands at the same instants give the same state. A step that cannot go on is parked, never lost.
"""

from pengcheng.engines.processes.case_steps import CaseForm, CaseStep, case_form, stands
from pengcheng.engines.processes.checking import check, must_run
from pengcheng.engines.processes.conditions import FeelConditions
from pengcheng.engines.processes.drawing import DRAWING_CSS, draw
from pengcheng.engines.processes.instance import (
    About,
    Answer,
    Answered,
    Asked,
    Decide,
    Instance,
    InstanceLine,
    OpenTask,
    OutsideCall,
    ParkedStep,
    PublishedProcess,
    Version,
)  # fmt: skip
from pengcheng.engines.processes.layout import with_diagram
from pengcheng.engines.processes.migrating import (
    Mapped,
    PositionVerdict,
    migrate,
    step_verdicts,
    verdict_of,
    verdicts,
)  # fmt: skip
from pengcheng.engines.processes.model import Definition, Document
from pengcheng.engines.processes.overview import InstanceView, Overview, PathStep
from pengcheng.engines.processes.program import Conditions, Program, prepare
from pengcheng.engines.processes.reading import definition_in, read
from pengcheng.engines.processes.run import Beginning, advance, beginnings, start
from pengcheng.engines.processes.service import Processes, facts_of
from pengcheng.engines.processes.short import compile_declared, compile_short
from pengcheng.engines.processes.single import TOKEN, one_token, standing_at
from pengcheng.engines.processes.state import (
    ActivitiesOffered,
    Begin,
    Cancel,
    Change,
    Command,
    Complete,
    DecisionAsked,
    Effect,
    ErrorThrown,
    Escalate,
    EscalationThrown,
    Fail,
    InstanceEnded,
    MessageArrived,
    MessageSent,
    Park,
    Position,
    ProcessCalled,
    Reached,
    Retry,
    ServiceCalled,
    SignalArrived,
    SignalThrown,
    State,
    StepParked,
    TaskCreated,
    TaskWithdrawn,
    TimerDue,
    Wait,
    WaitStarted,
    WaitStopped,
)  # fmt: skip
from pengcheng.engines.processes.supported import Finding
from pengcheng.engines.processes.times import parse_instant
from pengcheng.engines.processes.together import Together
from pengcheng.engines.processes.trial import Step, try_out
from pengcheng.engines.processes.trial_lines import lines_of
from pengcheng.engines.processes.upgrading import UpgradeCount, Upgrades
from pengcheng.engines.processes.words import WORDS
from pengcheng.engines.processes.working import Worker
from pengcheng.engines.processes.writing import write

HUB = "business"
__all__ = [
    "DRAWING_CSS",
    "HUB",
    "TOKEN",
    "WORDS",
    "About",
    "ActivitiesOffered",
    "Answer",
    "Answered",
    "Asked",
    "Begin",
    "Beginning",
    "Cancel",
    "CaseForm",
    "CaseStep",
    "Change",
    "Command",
    "Complete",
    "Conditions",
    "Decide",
    "DecisionAsked",
    "Definition",
    "Document",
    "Effect",
    "ErrorThrown",
    "Escalate",
    "EscalationThrown",
    "Fail",
    "FeelConditions",
    "Finding",
    "Instance",
    "InstanceEnded",
    "InstanceLine",
    "InstanceView",
    "Mapped",
    "MessageArrived",
    "MessageSent",
    "OpenTask",
    "OutsideCall",
    "Overview",
    "Park",
    "ParkedStep",
    "PathStep",
    "Position",
    "PositionVerdict",
    "ProcessCalled",
    "Processes",
    "Program",
    "PublishedProcess",
    "Reached",
    "Retry",
    "ServiceCalled",
    "SignalArrived",
    "SignalThrown",
    "State",
    "Step",
    "StepParked",
    "TaskCreated",
    "TaskWithdrawn",
    "TimerDue",
    "Together",
    "UpgradeCount",
    "Upgrades",
    "Version",
    "Wait",
    "WaitStarted",
    "WaitStopped",
    "Worker",
    "advance",
    "beginnings",
    "case_form",
    "check",
    "compile_declared",
    "compile_short",
    "definition_in",
    "draw",
    "facts_of",
    "lines_of",
    "migrate",
    "must_run",
    "one_token",
    "parse_instant",
    "prepare",
    "read",
    "standing_at",
    "stands",
    "start",
    "step_verdicts",
    "try_out",
    "verdict_of",
    "verdicts",
    "with_diagram",
    "write",
]  # fmt: skip
