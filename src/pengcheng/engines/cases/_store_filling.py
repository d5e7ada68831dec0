"""SQL of filling: what was said in past cases, and how they were rated, by COPY."""

from collections.abc import Iterable

from pengcheng.engines.cases._tables import MESSAGE_FIELDS
from pengcheng.engines.cases.model import Case, Evaluation, Message
from pengcheng.ground.database import Work, json_text
from pengcheng.kernel.ids import new_id

_RATED = ("id", "case_id", "organisation_no", "area_no", "source", "grade", "reasons", "comment",
          "facts", "at")  # fmt: skip


async def copy_messages(work: Work, said: Iterable[Message]) -> None:
    await work.copy(
        f"copy message ({', '.join(MESSAGE_FIELDS)}) from stdin",
        (
            tuple(
                list(value) if isinstance(value, tuple) else value
                for value in (getattr(item, name) for name in MESSAGE_FIELDS)
            )
            for item in said
        ),
    )


async def copy_evaluations(work: Work, rated: Iterable[tuple[Case, object, Evaluation]]) -> None:
    """Ratings of cases, each with its instant."""
    await work.copy(
        f"copy evaluation ({', '.join(_RATED)}) from stdin",
        (
            (
                new_id(), case.id, case.organisation_no, case.area_no, given.source, given.grade,
                list(given.reasons), given.comment, json_text(given.facts), at,
            )
            for case, at, given in rated
        ),
    )  # fmt: skip
