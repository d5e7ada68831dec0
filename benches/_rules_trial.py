"""The trial of a new version over past decisions, on a private PostgreSQL that is thrown away.

The past is made by the engine itself: each decision is run and kept in the chain as in the city.
The trial reads it back through the store, and hands each changed case to a file.
"""

import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pengcheng.engines.rules import (
    Changed,
    Model,
    NewRecord,
    Rules,
    Trial,
    decide,
    keep,
    past_decisions,
)
from pengcheng.ground.database import Database, migrate
from pengcheng.kernel.authz import SYSTEM, Region, Scope
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.time import SystemClock
from pengcheng.ops import children, postgres, private_folder, system_account

MILLION = 1_000_000
BATCH = 2_000
MINUTES_MAX = 10
MEGABYTES_MAX = 200
DECISION = "outcome"
SCOPE = Scope(action="read", type="decision", regions=(Region(),), actor=SYSTEM)


def rows(
    work: Path, old: Model, new: Model, cases: list[dict[str, Any]], *, quick: bool
) -> list[dict[str, Any]]:
    """The rows of the bench: the time of a million, replay's beside it, and the memory it took."""
    count = 20_000 if quick else MILLION
    with _server(work) as url:
        migrate(url)
        took, changed, grown = asyncio.run(_measure(url, work, (old, new), cases, count))
    scaled = took * MILLION / count
    return [
        {
            "name": f"trial of a new version, a million decisions (measured on {count:,}, "
            f"{changed:,} changed cases named)",
            "value": round(scaled, 1),
            "unit": "s",
            "goal": f"< {MINUTES_MAX * 60} s",
        },
        {
            "name": "memory that the trial took beyond that of the program",
            "value": round(grown, 1),
            "unit": "MB",
            "goal": f"< {MEGABYTES_MAX} MB",
        },
    ]


async def _measure(
    url: str, work: Path, models: tuple[Model, Model], cases: list[dict[str, Any]], count: int
) -> tuple[float, int, float]:
    old, new = models
    database = Database(url, size=2)
    await database.open()
    rules = Rules(database, SystemClock())
    await rules.publish(SYSTEM, DECISION, old)
    await _fill(database, old, cases, count)
    before = _peak()
    begun = time.perf_counter()
    with (work / "changed.json").open("wb") as file:
        encoder = msgspec.json.Encoder()

        def note(changed: Changed) -> None:
            file.write(encoder.encode(changed) + b"\n")

        trial = Trial(new, DECISION, note)
        async for stretch in past_decisions(rules, SCOPE, DECISION):
            for past in stretch:
                trial.take(past)
    took = time.perf_counter() - begun
    await database.close()
    if trial.report.whole.decisions != count or not trial.report.whole.changed:
        raise SystemExit(f"the trial saw {trial.report.whole} of {count} decisions")
    return took, trial.report.whole.changed, _peak() - before


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _fill(database: Database, model: Model, cases: list[dict[str, Any]], count: int) -> None:
    """So many kept decisions, on the inputs of these cases in any order."""
    chance = random.Random(20240502)
    for first in range(0, count, BATCH):
        now = SystemClock().now()
        records = []
        for number in range(first, min(first + BATCH, count)):
            given = {**chance.choice(cases), "score": chance.randrange(0, 900)}
            run = decide(model, DECISION, given, now)
            about = {"code": f"B{number}", "area": str(given["district"]),
                     "category": str(given["kind"]), "organisation": str(number % 97)}  # fmt: skip
            records.append(
                NewRecord(
                    subject_type="bench", subject_id=new_id(), step="rule", rule=DECISION,
                    version="1", at=now, inputs=run.inputs, output=run.output,
                    why={"zh": run.why.zh, "en": run.why.en}, about=about,
                    fingerprint=run.fingerprint, sources=run.sources, fired=run.fired,
                    basis=run.basis,
                )
            )  # fmt: skip
        async with database.transaction(SYSTEM) as unit:
            await keep(unit, records)


@contextmanager
def _server(work: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory(dir=work) as folder:
        data = Path(folder)
        data.chmod(0o755)
        user = system_account.for_servers()
        cluster = postgres.cluster(data, user=user, settings=postgres.FORGETFUL)
        handle = private_folder.Handle(cluster.folder)
        child = children.start(postgres.program(cluster, handle, log=data / "postgres.log"))
        try:
            children.wait_for(lambda: postgres.is_ready(cluster, child.pid), 60)
            yield cluster.url_of("postgres")
        finally:
            child.ask()
            child.end()
            handle.close()
            private_folder.remove(cluster.sockets)
