"""SQL of trials that the worker runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.rules.keeping import from_text, to_text
from pengcheng.engines.rules.trial import Changed, Order, Report
from pengcheng.engines.rules.trial_asked import AskedTrial
from pengcheng.ground.database import Row, Work

_COLUMNS = """id, version_id, decision, content, orders::text as orders, since, asked_by, asked_at,
              state, done, total, changed, report::text as report, fault"""


async def ask(work: Work, trial: AskedTrial) -> None:
    """Write a trial that waits to be run."""
    await work.run(
        """insert into rule_trial (id, version_id, decision, content, orders, since, asked_by,
                                   asked_at, state, beat_at)
           values (%(id)s, %(version_id)s, %(decision)s, %(content)s, %(orders)s::jsonb, %(since)s,
                   %(asked_by)s, %(asked_at)s, 'waiting', %(asked_at)s)""",
        id=trial.id,
        version_id=trial.version_id,
        decision=trial.decision,
        content=trial.content,
        orders=msgspec.json.encode(trial.orders).decode(),
        since=trial.since,
        asked_by=trial.asked_by,
        asked_at=trial.asked_at,
    )


async def forget(work: Work, before: datetime) -> None:
    """Delete trials that were asked for earlier."""
    await work.run("delete from rule_trial where asked_at < %(before)s", before=before)


async def take(
    work: Work, now: datetime, dead_since: datetime, tries_max: int
) -> AskedTrial | None:
    """The next trial that waits, or whose worker died; one that killed several is given up."""
    await work.run(
        """update rule_trial set state = 'failed', fault = 'rules.trial_given_up'
           where state = 'running' and beat_at < %(dead)s and tries >= %(most)s""",
        dead=dead_since,
        most=tries_max,
    )
    row = await work.row(
        f"""update rule_trial set state = 'running', beat_at = %(now)s, tries = tries + 1,
                   done = 0, changed = 0
            where id = (select id from rule_trial
                        where state = 'waiting' or (state = 'running' and beat_at < %(dead)s)
                        order by asked_at limit 1 for update skip locked)
            returning {_COLUMNS}""",
        now=now,
        dead=dead_since,
    )
    if row is None:
        return None
    await work.run("delete from rule_trial_change where trial_id = %(id)s", id=row["id"])
    return _asked(row)


async def count(work: Work, decision: str, first: int) -> int:
    """How many decisions there are to try, from a place of the chain on."""
    return int(
        await work.value(
            """select count(*) from decision
               where rule = %(rule)s and model_version is not null and seq >= %(first)s""",
            rule=decision,
            first=first,
        )
    )


async def go_on(
    work: Work, trial_id: UUID, now: datetime, done: int, total: int, changed: Sequence[Changed]
) -> bool:
    """Note how far it is, and the cases that changed; False when it was stopped."""
    number = await work.value(
        """update rule_trial set beat_at = %(now)s, done = %(done)s, total = %(total)s,
                  changed = changed + %(more)s
           where id = %(id)s and state = 'running' returning changed""",
        id=trial_id,
        now=now,
        done=done,
        total=total,
        more=len(changed),
    )
    if number is None:
        return False
    first = number - len(changed) + 1
    await work.copy(
        "copy rule_trial_change (trial_id, n, decision_id, code, effect, before, after, fault)"
        " from stdin",
        [
            (trial_id, n, one.id, one.code, one.effect, to_text(one.before), to_text(one.after),
             one.fault)
            for n, one in enumerate(changed, first)
        ],
    )  # fmt: skip
    return True


async def end(work: Work, trial_id: UUID, state: str, report: Report | None, fault: str) -> None:
    """What came of it; a trial that was stopped stays so."""
    await work.run(
        """update rule_trial set state = %(state)s, report = %(report)s::jsonb, fault = %(fault)s
           where id = %(id)s and state = 'running'""",
        id=trial_id,
        state=state,
        report=msgspec.json.encode(report).decode() if report else None,
        fault=fault,
    )


async def stop(work: Work, trial_id: UUID) -> None:
    """Stop what waits or runs."""
    await work.run(
        """update rule_trial set state = 'stopped'
           where id = %(id)s and state in ('waiting', 'running')""",
        id=trial_id,
    )


async def asked(work: Work, trial_id: UUID) -> AskedTrial | None:
    """A trial by its id."""
    row = await work.row(f"select {_COLUMNS} from rule_trial where id = %(id)s", id=trial_id)
    return _asked(row) if row else None


async def latest(work: Work, version_id: UUID, limit: int) -> list[AskedTrial]:
    """The newest trials beside a version."""
    rows = await work.rows(
        f"""select {_COLUMNS} from rule_trial where version_id = %(version_id)s
            order by asked_at desc limit %(limit)s""",
        version_id=version_id,
        limit=limit,
    )
    return [_asked(row) for row in rows]


async def changes(work: Work, trial_id: UUID, after: int, limit: int) -> list[tuple[int, Changed]]:
    """The cases that changed, from a number on."""
    rows = await work.rows(
        """select n, decision_id as id, code, effect, before::text as before,
                  after::text as after, fault
           from rule_trial_change where trial_id = %(id)s and n > %(after)s
           order by n limit %(limit)s""",
        id=trial_id,
        after=after,
        limit=limit,
    )
    return [(row.pop("n"), _changed(row)) for row in rows]


def _changed(row: Row) -> Changed:
    return Changed(**{**row, "before": from_text(row["before"]), "after": from_text(row["after"])})


def _asked(row: Row) -> AskedTrial:
    report: Any = row["report"]
    return AskedTrial(
        **{
            **row,
            "orders": msgspec.json.decode(row["orders"], type=tuple[Order, ...]),
            "report": msgspec.json.decode(report, type=Report) if report else None,
        }
    )
