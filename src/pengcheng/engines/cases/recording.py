"""The automatic steps of an intake as decision records, at the end of the city's chain."""

from collections.abc import Iterable
from datetime import datetime

from pengcheng.engines.cases.intake import Outcome, Step
from pengcheng.engines.rules import NewRecord, keep
from pengcheng.ground.database import Work


async def keep_steps(work: Work, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Keep every step of these cases. The last thing of a transaction, since it holds the end of
    the chain until all is durable."""
    await keep(work, [_record(item, step, now) for item in outcomes for step in item.steps])


def _record(outcome: Outcome, step: Step, now: datetime) -> NewRecord:
    run = step.decided
    return NewRecord(
        subject_type=outcome.case.kind,
        subject_id=outcome.case.id,
        step=step.step,
        rule=step.rule,
        version=step.version,
        at=run.at if run else now,
        inputs=step.inputs,
        output=step.output,
        why=step.why,
        about=outcome.about,
        confidence=step.confidence,
        fingerprint=run.fingerprint if run else "",
        sources=run.sources if run else {},
        fired=run.fired if run else (),
        basis=run.basis if run else (),
    )
