"""A trial that somebody asked for, as it is kept until it is forgotten."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from pengcheng.engines.rules.trial import Order, Report

State = Literal["waiting", "running", "done", "stopped", "failed"]


class AskedTrial(msgspec.Struct, frozen=True, kw_only=True):
    """`content` is the DMN that is tried beside a published version; `done` of `total` decisions
    are tried; `changed` cases are kept by number; `report` when it is done; `fault` a code."""

    id: UUID
    version_id: UUID
    decision: str
    content: str
    orders: tuple[Order, ...]
    since: datetime
    asked_by: UUID | None
    asked_at: datetime
    state: State = "waiting"
    done: int = 0
    total: int = 0
    changed: int = 0
    report: Report | None = None
    fault: str = ""
