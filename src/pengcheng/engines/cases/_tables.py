"""Columns of the engine's tables, and rows as values."""

from typing import Any

import msgspec

from pengcheng.engines.cases.model import Case, CaseLine, Message, Task
from pengcheng.engines.deadlines import Deadline
from pengcheng.ground.database import Row, json_text
from pengcheng.ground.scope import Columns

CASE_SCOPE = Columns(
    area="c.area_no",
    organisation="c.organisation_no",
    owner="c.author_id",
    assignee="c.account_id",
    sensitivity="c.sensitivity",
    attributes=("c.channel", "c.category", "c.step", "c.stage", "c.disclosure", "c.kind"),
)
TASK_SCOPE = Columns(
    area="t.area_no", organisation="t.organisation_no", assignee="t.account_id", sensitivity=None
)

CASE_FIELDS = tuple(name for name in Case.__struct_fields__ if name not in {"point", "deadline"})
CASE_COLUMNS = ", ".join(
    [*(f"c.{name}" for name in CASE_FIELDS), "c.deadline", "st_x(c.place) as lon",
     "st_y(c.place) as lat"]
)  # fmt: skip
LINE_FIELDS = CaseLine.__struct_fields__
LINE_COLUMNS = ", ".join(f"c.{name}" for name in LINE_FIELDS)
TASK_FIELDS = Task.__struct_fields__
TASK_COLUMNS = ", ".join(f"t.{name}" for name in TASK_FIELDS)
MESSAGE_FIELDS = Message.__struct_fields__
MESSAGE_COLUMNS = ", ".join(f"m.{name}" for name in MESSAGE_FIELDS)


def to_case(row: Row) -> Case:
    """A row of `CASE_COLUMNS` as a value."""
    longitude, latitude = row.pop("lon"), row.pop("lat")
    row["deadline"] = msgspec.convert(row["deadline"], Deadline)
    row["point"] = (longitude, latitude) if longitude is not None else None
    return Case(**row)


def to_line(row: tuple[Any, ...]) -> CaseLine:
    """A row of `LINE_COLUMNS` as a value."""
    return CaseLine(**dict(zip(LINE_FIELDS, row, strict=True)))


def to_task(row: Row) -> Task:
    """A row of `TASK_COLUMNS` as a value."""
    return Task(**row)


def to_message(row: Row) -> Message:
    """A row of `MESSAGE_COLUMNS` as a value."""
    return Message(**{**row, "files": tuple(row["files"])})


def case_values(case: Case) -> dict[str, Any]:
    """The parameters that write a case."""
    values = {name: getattr(case, name) for name in CASE_FIELDS}
    values["deadline"] = json_text(case.deadline)
    values["lon"], values["lat"] = case.point or (None, None)
    return values
