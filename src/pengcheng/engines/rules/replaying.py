"""Replay: past decisions run again by their own versions, and the chain walked from end to end.

What was altered is found and named: a record whose hash is not that of its content, one that is
missing from the chain, a chain that is not the one the log speaks of, a version whose content is
not what was published, an outcome that the same inputs do not give.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from typing import Literal
from uuid import UUID

import msgspec

from pengcheng.engines.rules import _store
from pengcheng.engines.rules.deciding import again, is_same
from pengcheng.engines.rules.record import Record, chained
from pengcheng.engines.rules.service import Rules
from pengcheng.kernel.errors import PengchengError

CHUNK = 1_000
FINDINGS_MAX = 1_000

What = Literal["altered", "missing", "log", "version", "outcome", "end"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as it was kept; `code` is that of the case, as far as it is known."""

    what: What
    seq: int
    id: UUID | None = None
    code: str = ""
    rule: str = ""


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay saw. `findings` stops at `FINDINGS_MAX`; `found` counts all of them."""

    records: int
    run_again: int
    found: int
    findings: tuple[Finding, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was kept."""
        return self.found == 0


async def replay(rules: Rules, since: datetime | None = None) -> Replayed:
    """Walk the chain from an instant on. Reads in stretches, so that its memory does not grow."""
    walk = _Walk(rules)
    async for finding in walk.all(since):
        walk.found += 1
        if walk.found <= FINDINGS_MAX:
            walk.findings.append(finding)
    return Replayed(
        records=walk.records, run_again=walk.ran, found=walk.found, findings=tuple(walk.findings)
    )


class _Walk:
    """One walk along the chain."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.records = self.ran = self.found = 0
        self.findings: list[Finding] = []

    async def all(self, since: datetime | None) -> AsyncIterator[Finding]:
        """Every finding, in the order of the chain."""
        async with self._rules.database.reading() as work:
            first = await _store.first_since(work, since)
            digest = await _store.before(work, first)
            last, last_digest = await _store.end(work)
        at = first
        while at <= last:
            async with self._rules.database.reading() as work:
                found = await _store.stretch(work, at, CHUNK)
                records = [each for each in found if (each.seq or 0) <= last]
                top = records[-1].seq or last if records else last
                seals = dict(await _store.sealed(work, at, top))
            for finding in self._linked(records, at, top, digest):
                yield finding
            for finding in _sealed(records, seals):
                yield finding
            async for finding in self._run(records):
                yield finding
            digest = records[-1].hash if records else digest
            at = top + 1
            await asyncio.sleep(0)
        if first <= last and digest != last_digest:
            yield Finding(what="end", seq=last)

    def _linked(self, records: list[Record], first: int, last: int, digest: bytes) -> list[Finding]:
        """Records that are missing, and those whose hash is not that of their content."""
        self.records += len(records)
        present = [each.seq or 0 for each in records]
        found = [
            Finding(what="missing", seq=lost)
            for one, other in pairwise([first - 1, *present, last + 1])
            for lost in range(one + 1, min(other, one + 1 + FINDINGS_MAX))
        ]
        before, expected = digest, first
        for record in records:
            is_next = record.seq == expected and record.erased_at is None
            if is_next and chained(before, record) != record.hash:
                found.append(_finding("altered", record))
            before, expected = record.hash, (record.seq or 0) + 1
        return found

    async def _run(self, records: list[Record]) -> AsyncIterator[Finding]:
        """Decisions that do not come out as they were kept."""
        for record in records:
            if record.model_version is None or record.erased_at is not None:
                continue
            try:
                model = await self._rules.model(record.model_version)
                output, fired = again(model, record.rule, record.inputs, record.at)
            except PengchengError:
                yield _finding("version", record)
                continue
            self.ran += 1
            if not is_same(output, record.output) or fired != record.fired:
                yield _finding("outcome", record)


def _sealed(records: list[Record], seals: dict[int, bytes]) -> list[Finding]:
    return [
        _finding("log", record)
        for record in records
        if (sealed := seals.get(record.seq or 0)) is not None and sealed != record.hash
    ]


def _finding(what: What, record: Record) -> Finding:
    return Finding(
        what=what,
        seq=record.seq or 0,
        id=record.id,
        code=str(record.about.get("code", "")),
        rule=record.rule,
    )
