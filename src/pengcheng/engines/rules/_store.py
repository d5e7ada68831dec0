"""SQL of rule versions and decision records."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.rules.deciding import FiredRows
from pengcheng.engines.rules.keeping import from_text, to_text
from pengcheng.engines.rules.record import CHAIN_ID, Record, RuleVersion
from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Scope

_VERSION = "id, name, number, pack, fingerprint, content, imports, published_at, published_by"
_KEPT = """d.id, d.seq, d.subject_type, d.case_id as subject_id, d.step, d.rule, d.version,
           d.model_version, d.at, d.about::text as about, d.inputs::text as inputs,
           d.sources::text as sources, d.output::text as output, d.fired::text as fired,
           d.basis::text as basis, d.why::text as why, d.confidence, d.hash, d.undone_by,
           d.undone_at, d.erased_at, coalesce(v.fingerprint, '') as fingerprint"""
_COLUMNS = (
    "id", "case_id", "subject_type", "step", "rule", "version", "model_version", "at", "about",
    "inputs", "sources", "output", "fired", "basis", "why", "confidence", "seq", "hash",
)  # fmt: skip
_JSON = ("about", "inputs", "sources", "output", "fired", "basis", "why")


# ── versions ─────────────────────────────────────────────────────────────────────────────────


async def publish(work: Work, version: RuleVersion) -> RuleVersion:
    """The version under the next number of its name; the newest one when that is the same."""
    await work.run("select pg_advisory_xact_lock(hashtext(%(name)s))", name=f"rule:{version.name}")
    newest = await newest_of(work, version.name)
    if newest is not None and newest.fingerprint == version.fingerprint:
        return newest
    numbered = msgspec.structs.replace(version, number=newest.number + 1 if newest else 1)
    await work.run(
        f"""insert into rule_version ({_VERSION})
            values (%(id)s, %(name)s, %(number)s, %(pack)s, %(fingerprint)s, %(content)s,
                    %(imports)s, %(published_at)s, %(published_by)s)""",
        id=numbered.id,
        name=numbered.name,
        number=numbered.number,
        pack=numbered.pack,
        fingerprint=numbered.fingerprint,
        content=numbered.content,
        imports=list(numbered.imports),
        published_at=numbered.published_at,
        published_by=numbered.published_by,
    )
    return numbered


async def newest_of(work: Work, name: str) -> RuleVersion | None:
    """The newest version of a name."""
    row = await work.row(
        f"select {_VERSION} from rule_version where name = %(name)s order by number desc limit 1",
        name=name,
    )
    return _version(row) if row else None


async def version(work: Work, version_id: UUID) -> RuleVersion | None:
    """A version by its id."""
    row = await work.row(f"select {_VERSION} from rule_version where id = %(id)s", id=version_id)
    return _version(row) if row else None


async def versions(work: Work, scope: Scope, limit: int) -> list[RuleVersion]:
    """Every version, newest first of each name, with how many decisions it made."""
    if scope.is_empty:
        return []
    rows = await work.rows(
        f"""select {_VERSION},
                   (select count(*) from decision d where d.model_version = v.id) as decisions
            from rule_version v order by name, number desc limit %(limit)s""",
        limit=limit,
    )
    return [_version(row) for row in rows]


async def ids_of(work: Work, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    """The newest versions with these names and fingerprints."""
    rows = await work.rows(
        """select distinct on (name, fingerprint) name, fingerprint, id from rule_version
           where (name, fingerprint) in (select * from unnest(%(names)s::text[],
                                                              %(prints)s::text[]))
           order by name, fingerprint, number desc""",
        names=[name for name, _ in asked],
        prints=[fingerprint for _, fingerprint in asked],
    )
    return {(row["name"], row["fingerprint"]): row["id"] for row in rows}


def _version(row: Row) -> RuleVersion:
    return RuleVersion(**{**row, "imports": tuple(row["imports"])})


# ── the chain ────────────────────────────────────────────────────────────────────────────────


async def hold_end(work: Work) -> tuple[int, bytes]:
    """The end of the chain, held until this transaction ends."""
    row = await work.row("select seq, hash from decision_chain where id = 1 for update")
    return (row["seq"], bytes(row["hash"])) if row else (0, b"")


async def end(work: Work) -> tuple[int, bytes]:
    """The end of the chain as it is now."""
    row = await work.row("select seq, hash from decision_chain where id = 1")
    return (row["seq"], bytes(row["hash"])) if row else (0, b"")


async def move_end(work: Work, seq: int, digest: bytes) -> None:
    await work.run(
        "update decision_chain set seq = %(seq)s, hash = %(hash)s where id = 1",
        seq=seq,
        hash=digest,
    )


async def keep(work: Work, records: Sequence[Record]) -> None:
    """Write records that have their place in the chain."""
    await work.copy(
        f"copy decision ({', '.join(_COLUMNS)}) from stdin", [_copied(each) for each in records]
    )


def _copied(record: Record) -> tuple[Any, ...]:
    return (
        record.id, record.subject_id, record.subject_type, record.step, record.rule,
        record.version, record.model_version, record.at, to_text(record.about),
        to_text(record.inputs), to_text(record.sources), to_text(record.output),
        to_text(record.fired), to_text(record.basis), to_text(record.why), record.confidence,
        record.seq, record.hash,
    )  # fmt: skip


# ── records ──────────────────────────────────────────────────────────────────────────────────


async def record(work: Work, scope: Scope, record_id: UUID) -> Record | None:
    """A record by its id, of the type of subject that the scope speaks of."""
    if scope.is_empty:
        return None
    row = await work.row(
        f"""select {_KEPT} from decision d left join rule_version v on v.id = d.model_version
            where d.id = %(id)s and d.subject_type = %(type)s""",
        id=record_id,
        type=scope.type,
    )
    return _record(row) if row else None


async def subject_of(work: Work, record_id: UUID) -> tuple[str, UUID] | None:
    """The type and id of what a record is about, so that its reader's right can be found."""
    row = await work.row(
        "select subject_type, case_id from decision where id = %(id)s and case_id is not null",
        id=record_id,
    )
    return (row["subject_type"], row["case_id"]) if row else None


async def before(work: Work, seq: int) -> bytes:
    """The hash that stands before a place in the chain."""
    found = await work.value("select hash from decision where seq = %(seq)s", seq=seq - 1)
    return bytes(found) if found is not None else b""


async def first_since(work: Work, since: datetime | None) -> int:
    """The first place in the chain at or after an instant; past the end when there is none."""
    found = await work.value(
        """select coalesce(min(seq), (select seq + 1 from decision_chain where id = 1))
           from decision where seq is not null
             and (%(since)s::timestamptz is null or at >= %(since)s)""",
        since=since,
    )
    return int(found)


async def stretch(work: Work, first: int, limit: int) -> list[Record]:
    """The next records of the chain from a place on."""
    rows = await work.rows(
        f"""select {_KEPT} from decision d left join rule_version v on v.id = d.model_version
            where d.seq >= %(first)s order by d.seq limit %(limit)s""",
        first=first,
        limit=limit,
    )
    return [_record(row) for row in rows]


async def past(
    work: Work, scope: Scope, rule: str, first: int, limit: int
) -> list[tuple[Any, ...]]:
    """Past runs of a rule from a place on: seq, id, at, about, inputs, output (texts of JSON)."""
    if scope.is_empty:
        return []
    return await work.tuples(
        """select seq, id, at, about::text, inputs::text, output::text from decision
           where rule = %(rule)s and model_version is not null and seq >= %(first)s
             and erased_at is null
           order by seq limit %(limit)s""",
        rule=rule,
        first=first,
        limit=limit,
    )


async def erase(work: Work, subjects: Sequence[UUID], now: datetime) -> None:
    """Take from decisions what they were made of and what they said, and from trials what came of
    them; who decided and the hash stay, so that the chain goes on."""
    await work.run(
        """update rule_trial_change set before = null, after = null
           where decision_id in (select id from decision where case_id = any(%(ids)s))""",
        ids=list(subjects),
    )
    await work.run(
        """update decision set inputs = '{}', output = '{}', why = '{}', sources = '{}',
                  erased_at = %(now)s
           where case_id = any(%(ids)s) and erased_at is null""",
        ids=list(subjects),
        now=now,
    )


async def sealed(work: Work, first: int, last: int) -> list[tuple[int, bytes]]:
    """What the log, which nobody can alter unseen, says of the chain between two places."""
    rows = await work.rows(
        """select (after->>'seq')::bigint as seq, after->>'hash' as hash from log
           where subject_id = %(chain)s and kind = 'decision.kept'
             and (after->>'seq')::bigint between %(first)s and %(last)s order by 1""",
        chain=CHAIN_ID,
        first=first,
        last=last,
    )
    return [(row["seq"], bytes.fromhex(row["hash"])) for row in rows]


def _record(row: Row) -> Record:
    read = {name: from_text(row[name]) for name in _JSON}
    read["fired"] = tuple(
        FiredRows(each["decision"], tuple(each["rows"])) for each in read["fired"]
    )
    read["basis"] = tuple(read["basis"])
    return Record(**{**row, **read, "hash": bytes(row["hash"] or b"")})
