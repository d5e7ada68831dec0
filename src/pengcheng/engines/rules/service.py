"""Published models and kept decisions: publish, keep, read, run again.

`keep` works inside the caller's transaction, so that a decision and what follows from it are
durable together; who calls it has authorised.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.rules import _store
from pengcheng.engines.rules.counterfactuals import Counterfactual
from pengcheng.engines.rules.deciding import again, is_same, otherwise
from pengcheng.engines.rules.engine import Model
from pengcheng.engines.rules.files import read_dmn, write_dmn
from pengcheng.engines.rules.keeping import Json, from_text, to_text
from pengcheng.engines.rules.record import CHAIN_ID, NewRecord, Record, RuleVersion, chained
from pengcheng.ground.database import Database, Work
from pengcheng.kernel.authz import Actor, Scope
from pengcheng.kernel.errors import Absent, Refusal
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry
from pengcheng.kernel.time import Clock

VERSIONS_SHOWN_MAX = 1_000
JSON_FIELDS = ("about", "inputs", "sources", "output", "why")
MODELS_KEPT_MAX = 64


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """A past decision run again by its own version."""

    output: Json
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    is_equal: bool


class Rules:
    """The published decision models of a city and its decision records."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._models: dict[UUID, Model] = {}

    # ── versions ─────────────────────────────────────────────────────────────────────────

    async def publish(
        self, actor: Actor, name: str, model: Model, *, imports: Iterable[Model] = (),
        pack: str = "",
    ) -> RuleVersion:  # fmt: skip
        """Publish a model under a name. What is the newest version already stays it; a model with
        faults is refused with all of them. `imports`: every model that it rests on, each after
        those that it imports itself."""
        if model.faults:
            raise Refusal("rules.invalid", faults=model.faults, decision=name)
        used = tuple(write_dmn(each).decode() for each in imports)
        made = RuleVersion(
            id=new_id(), name=name, number=0, pack=pack, fingerprint=model.fingerprint,
            content=write_dmn(model).decode(), imports=used, published_at=self.clock.now(),
            published_by=actor.account_id,
        )  # fmt: skip
        _ = model.maximum_ages
        async with self.database.transaction(actor) as work:
            published = await _store.publish(work, made)
            if published.id == made.id:
                facts = {"name": name, "number": published.number, "fingerprint": made.fingerprint}
                await work.append(
                    Entry(
                        kind="rule.published",
                        subject_type="rule",
                        subject_id=made.id,
                        after=facts,
                    )
                )
        return published

    async def versions(self, scope: Scope) -> list[RuleVersion]:
        """Every published version, newest first of each name."""
        async with self.database.reading(scope.actor) as work:
            return await _store.versions(work, scope, VERSIONS_SHOWN_MAX)

    async def newest(self, name: str) -> RuleVersion:
        """The newest version of a name; `Absent` when none is published."""
        async with self.database.reading() as work:
            found = await _store.newest_of(work, name)
        if found is None:
            raise Absent("rules.unpublished", name=name)
        return found

    async def version(self, version_id: UUID) -> RuleVersion:
        """A version by its id; what a rule says is no secret among officials."""
        async with self.database.reading() as work:
            found = await _store.version(work, version_id)
        if found is None:
            raise Absent("rules.unpublished", name=str(version_id))
        return found

    async def model(self, version_id: UUID) -> Model:
        """The model of a version, compiled once in this process.

        `Refusal` `rules.version_altered` when its content is not what was published.
        """
        if version_id in self._models:
            return self._models[version_id]
        made = model_of_version(await self.version(version_id))
        if len(self._models) >= MODELS_KEPT_MAX:
            self._models.clear()
        self._models[version_id] = made
        return made

    # ── records ──────────────────────────────────────────────────────────────────────────

    async def subject_of(self, record_id: UUID) -> tuple[str, UUID]:
        """What a record is about, by which its reader's right is found; `Absent` otherwise."""
        async with self.database.reading() as work:
            found = await _store.subject_of(work, record_id)
        if found is None:
            raise Absent("decision.unknown")
        return found

    async def record(self, scope: Scope, record_id: UUID) -> Record:
        """A record; the scope must already hold its subject."""
        async with self.database.reading(scope.actor) as work:
            found = await _store.record(work, scope, record_id)
        if found is None:
            raise Absent("decision.unknown")
        return found

    async def run_again(self, record: Record) -> Again:
        """Run a past decision by its own version over what it kept; `Absent` without a model."""
        model = await self._model_of(record)
        output, fired = again(model, record.rule, record.inputs, record.at)
        equal = is_same(output, record.output) and fired == record.fired
        rows = tuple((each.decision, each.rows) for each in fired)
        return Again(output=output, rows=rows, is_equal=equal and await self.is_whole(record))

    async def otherwise(self, record: Record) -> tuple[Counterfactual, ...]:
        """What would have changed a decision, each found by running its own version."""
        model = await self._model_of(record)
        return otherwise(model, record.rule, record.inputs, record.at)

    async def is_whole(self, record: Record) -> bool:
        """Whether a record still has the hash that it was kept under."""
        if record.seq is None:
            return False
        if record.erased_at is not None:
            return True
        async with self.database.reading() as work:
            before = await _store.before(work, record.seq)
        return chained(before, record) == record.hash

    async def erase(self, work: Work, subjects: Sequence[UUID]) -> None:
        """Erase what the decisions about these were made of, as their retention ended."""
        await _store.erase(work, subjects, self.clock.now())

    async def _model_of(self, record: Record) -> Model:
        if record.erased_at is not None:
            raise Absent("decision.erased")
        if record.model_version is None:
            raise Absent("rules.no_model", rule=record.rule)
        return await self.model(record.model_version)


def model_of_version(version: RuleVersion) -> Model:
    """The model of a version; refuses a content that is not what was published."""
    imports: list[Model] = []
    for content in version.imports:
        imports.append(read_dmn(content.encode(), imports))
    model = read_dmn(version.content.encode(), imports)
    if _written(version, [model, *imports]) != version.fingerprint:
        raise Refusal("rules.version_altered", name=version.name, number=version.number)
    return model


def _written(version: RuleVersion, models: Sequence[Model]) -> str:
    """The fingerprint of the very bytes, so that it outlives a program that writes otherwise."""
    texts = [version.content, *version.imports]
    spaces = [model.definitions.namespace for model in models]
    written = sha256(version.content.encode())
    for _, text in sorted(zip(spaces, texts, strict=True)):
        written.update(text.encode())
    return written.hexdigest()


async def keep(work: Work, records: Sequence[NewRecord]) -> list[Record]:
    """Keep records at the end of the chain, with the versions that decided, in one transaction.

    The log says how far the chain goes now: with that, who rewrites the whole chain is found too.
    """
    if not records:
        return []
    asked = sorted({(each.rule, each.fingerprint) for each in records if each.fingerprint})
    versions = await _store.ids_of(work, asked) if asked else {}
    seq, digest = await _store.hold_end(work)
    made: list[Record] = []
    for each in records:
        seq += 1
        record = Record(
            **_as_json(each),
            id=new_id(),
            seq=seq,
            model_version=versions.get((each.rule, each.fingerprint)),
        )
        digest = chained(digest, record)
        made.append(msgspec.structs.replace(record, hash=digest))
    await _store.keep(work, made)
    await _store.move_end(work, seq, digest)
    await work.append(
        Entry(
            kind="decision.kept",
            subject_type="decision",
            subject_id=CHAIN_ID,
            after={"seq": seq, "hash": digest.hex(), "count": len(made)},
        )
    )
    return made


def _as_json(record: NewRecord) -> dict[str, Any]:
    """The fields of a record with what is kept as JSON just as it will be read again."""
    fields = msgspec.structs.asdict(record)
    stored = from_text(to_text({name: fields[name] for name in JSON_FIELDS}))
    return {**fields, **stored}
