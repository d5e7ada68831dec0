"""Cases (办件, 诉求, 案件) and tasks (任务): one piece of work from acceptance to its outcome.

Invariants: an accepted case is durable before its sender is answered; at every moment an open case
has one owner, one running clock (a suspension runs its own, bounded one) and a reachable end;
returns, dispatches, extensions and reopenings are bounded; two who act at once: one wins, the other
is told. Anonymous cases keep no identity; confidential ones keep it sealed. When the retention that
a kind declares has ended, what was said and by whom is erased and what figures count stays. No kind
is known by name here: what a verb means is `logic`, where it may lead is the declared process.
"""

from pengcheng.engines.cases import logic
from pengcheng.engines.cases.acting import Acting
from pengcheng.engines.cases.bulk import Bulk, Exported
from pengcheng.engines.cases.counted import (
    counted_events,
    event_names,
    events_after,
    events_joined,
    events_of_ids,
)
from pengcheng.engines.cases.ending import Ending, Stays
from pengcheng.engines.cases.filling import Filling, Happened, PastCase, Rated
from pengcheng.engines.cases.finding import Similar, earlier_of, is_watched, similar, watch
from pengcheng.engines.cases.flow import passed
from pengcheng.engines.cases.intake import Analysis, Analyst, Candidate, SameMatter
from pengcheng.engines.cases.learning import Learning, Taught
from pengcheng.engines.cases.matter import MatterQuery, PublicMatter, publicly
from pengcheng.engines.cases.matters import Matters, codes_of
from pengcheng.engines.cases.model import (
    Accepted,
    Action,
    Case,
    CaseLine,
    CasePage,
    CaseQuery,
    Evaluation,
    Message,
    NewCase,
    PublicCase,
    Task,
)
from pengcheng.engines.cases.opening import open_within, still_open
from pengcheng.engines.cases.overseeing import Overseeing
from pengcheng.engines.cases.receipts import ByReceipt, told_by_receipt
from pengcheng.engines.cases.service import AUTHOR_VERBS, SIDE_VERBS, Cases
from pengcheng.engines.cases.splitting import Splitting
from pengcheng.engines.cases.standings import EventLine, Flow, Standing, Standings
from pengcheng.engines.cases.taking_over import (
    promise_until,
    steps_open,
    take_over,
    waits_for_author,
)
from pengcheng.engines.cases.tasking import TASK_KINDS, Tasking
from pengcheng.engines.cases.undoing import TO_A_PERSON, UNDOABLE, filed_under
from pengcheng.engines.cases.upgrading import (
    CaseUpgrade,
    CaseUpgrades,
    CaseVerdict,
    Judged,
    StepVerdict,
    declared_mapping,
)
from pengcheng.engines.cases.viewing import EARLIER, CaseView, TimelineEntry, facts_of
from pengcheng.engines.cases.working import Intake, put_off, recompute, sweep

HUB = "business"

__all__ = [
    "AUTHOR_VERBS",
    "EARLIER",
    "HUB",
    "SIDE_VERBS",
    "TASK_KINDS",
    "TO_A_PERSON",
    "UNDOABLE",
    "Accepted",
    "Acting",
    "Action",
    "Analysis",
    "Analyst",
    "Bulk",
    "ByReceipt",
    "Candidate",
    "Case",
    "CaseLine",
    "CasePage",
    "CaseQuery",
    "CaseUpgrade",
    "CaseUpgrades",
    "CaseVerdict",
    "CaseView",
    "Cases",
    "Ending",
    "Evaluation",
    "EventLine",
    "Exported",
    "Filling",
    "Flow",
    "Happened",
    "Intake",
    "Judged",
    "Learning",
    "MatterQuery",
    "Matters",
    "Message",
    "NewCase",
    "Overseeing",
    "PastCase",
    "PublicCase",
    "PublicMatter",
    "Rated",
    "SameMatter",
    "Similar",
    "Splitting",
    "Standing",
    "Standings",
    "Stays",
    "StepVerdict",
    "Task",
    "Tasking",
    "Taught",
    "TimelineEntry",
    "codes_of",
    "counted_events",
    "declared_mapping",
    "earlier_of",
    "event_names",
    "events_after",
    "events_joined",
    "events_of_ids",
    "facts_of",
    "filed_under",
    "is_watched",
    "logic",
    "open_within",
    "passed",
    "promise_until",
    "publicly",
    "put_off",
    "recompute",
    "similar",
    "steps_open",
    "still_open",
    "sweep",
    "take_over",
    "told_by_receipt",
    "waits_for_author",
    "watch",
]
