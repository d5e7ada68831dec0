"""Deadlines: how long a promise has left, through suspension, extension and new calendars.

A `Deadline` is a value that its holder stores with the case. Invariants: while it is not stopped
exactly one clock runs, its own or that of a suspension, and a suspension always ends; its instants
follow from its history and a calendar alone, so `recompute` may be called at any time; good, watch
and late mean the same on every screen (watch: under a fifth of the time left; late: past due).
"""

from pengcheng.engines.deadlines.logic import (
    SUSPENSION_DAYS_MAX,
    extend,
    recompute,
    resume,
    start,
    stop,
    suspend,
    suspended_time,
)
from pengcheng.engines.deadlines.model import Deadline, Light, Pause, State
from pengcheng.engines.deadlines.service import CALENDAR_ID, DAYS_MAX, Calendars

HUB = "business"

__all__ = [
    "CALENDAR_ID",
    "DAYS_MAX",
    "HUB",
    "SUSPENSION_DAYS_MAX",
    "Calendars",
    "Deadline",
    "Light",
    "Pause",
    "State",
    "extend",
    "recompute",
    "resume",
    "start",
    "stop",
    "suspend",
    "suspended_time",
]
