"""No one alters history unseen."""

import time
from uuid import UUID

import pytest

from pengcheng.ground import log_tree, merkle
from pengcheng.ground.crypto import Keys, PersonCipher
from pengcheng.ground.database import Database
from pengcheng.ground.log_tree import Findings, Root
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.errors import Absent
from pengcheng.kernel.ids import new_id
from pengcheng.kernel.log import Entry

pytestmark = pytest.mark.anyio
PERSON = UUID(int=7)


async def write(database: Database, count: int, *, person_id: UUID | None = None) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.append(
            *(
                Entry(
                    kind="case.accepted",
                    subject_type="case",
                    subject_id=new_id(),
                    after={"title": f"井盖 {number}", "weight": number / 7},
                    person_id=person_id,
                    personal={"name": "某人"} if person_id else None,
                )
                for number in range(count)
            )
        )


async def seal(database: Database) -> int:
    async with database.transaction(SYSTEM) as work:
        return await log_tree.seal(work)


async def root(database: Database) -> Root:
    async with database.reading() as work:
        found = await log_tree.root(work)
    assert found is not None
    return found


async def verify(database: Database, trusted: Root | None = None) -> Findings:
    async with database.reading() as work:
        return await log_tree.verify(work, trusted=trusted)


async def run(database: Database, statement: str, **values: object) -> None:
    async with database.transaction(SYSTEM) as work:
        await work.run(statement, **values)


@pytest.fixture
async def sealed(database: Database) -> Database:
    """A log of 700 entries, sealed in four uneven batches across the kept levels."""
    for count in (3, 253, 300, 144):
        await write(database, count)
        assert await seal(database) == count
    return database


async def test_what_was_sealed_verifies_and_nothing_is_sealed_twice(sealed: Database) -> None:
    assert await seal(sealed) == 0
    assert await verify(sealed) == Findings(checked=700)
    assert (await root(sealed)).size == 700


async def test_an_empty_log_verifies(database: Database) -> None:
    assert await seal(database) == 0
    assert await verify(database) == Findings(checked=0)


async def test_every_entry_is_proved_in_every_later_tree(sealed: Database) -> None:
    async with sealed.reading() as work:
        seqs = [seq for (seq,) in await work.tuples("select seq from log order by tx, seq")]
        for leaf, size in ((0, 3), (2, 256), (255, 256), (256, 700), (511, 556), (699, 700)):
            proof = await log_tree.inclusion(work, seqs[leaf], size=size)
            assert (proof.leaf, proof.size) == (leaf, size)
            assert merkle.is_included(
                leaf, size, content_hash=proof.content_hash, path=proof.path, root=proof.root
            )
            row = await work.row("select * from log where seq = %(seq)s", seq=seqs[leaf])
            assert merkle.leaf_hash(log_tree.canonical(row or {})) == proof.content_hash
        stored = dict(await work.tuples("select size, root from log_root"))
        assert (await log_tree.inclusion(work, seqs[0], size=256)).root == stored[256]
        with pytest.raises(Absent):
            await log_tree.inclusion(work, seqs[5], size=3)
        with pytest.raises(Absent):
            await log_tree.inclusion(work, 10**9)


async def test_growth_is_proved_between_any_two_sizes(sealed: Database) -> None:
    async with sealed.reading() as work:
        stored = dict(await work.tuples("select size, root from log_root"))
        for first, second in ((0, 700), (3, 256), (255, 257), (256, 700), (300, 699), (700, 700)):
            proof = await log_tree.consistency(work, first, second=second)
            assert merkle.is_consistent(
                first, second, first_root=proof.first_root, second_root=proof.second_root,
                path=proof.path,
            )  # fmt: skip
            assert stored.get(first, proof.first_root) == proof.first_root
        with pytest.raises(Absent):
            await log_tree.consistency(work, 3, second=701)


async def test_an_altered_entry_is_named(sealed: Database) -> None:
    await run(sealed, 'update log set after = \'{"title": "另一件事"}\' where seq = 300')
    found = await verify(sealed)
    assert (found.altered, found.broken_root) == ((300,), 556)
    assert not found.is_whole


@pytest.mark.parametrize(
    "change",
    [
        "actor_name = 'nobody'", "at = at - interval '1 microsecond'", "sensitivity = 1",
        "before = '{}'", "kind = 'case.closed'", "area_no = 5", "personal = 'x'",
    ],
)  # fmt: skip
async def test_no_column_can_be_altered_unseen(sealed: Database, change: str) -> None:
    await run(sealed, f"update log set {change} where seq = 300")
    assert (await verify(sealed)).altered == (300,)


async def test_an_entry_that_was_removed_or_put_in_is_named(sealed: Database) -> None:
    await run(sealed, "delete from log where seq = 20")
    await run(
        sealed,
        """insert into log (tx, kind, subject_type, subject_id, actor_kind)
           values ('1', 'case.accepted', 'case', gen_random_uuid(), 'system')""",
    )
    found = await verify(sealed)
    assert (found.missing, found.altered, len(found.added)) == ((20,), (), 1)


async def test_an_administrator_who_alters_leaf_and_entry_is_betrayed_by_a_root(
    sealed: Database,
) -> None:
    kept = await root(sealed)
    await run(sealed, "update log set kind = 'case.closed' where seq = 10")
    async with sealed.transaction(SYSTEM) as work:
        row = await work.row("select * from log where seq = 10")
        altered = merkle.leaf_hash(log_tree.canonical(row or {}))
        await work.run("update log_leaf set hash = %(hash)s where seq = 10", hash=altered)
    assert (await verify(sealed)).broken_root == 256
    # Even one who writes the whole tree anew is betrayed by a root that was kept elsewhere.
    await run(sealed, "truncate log_leaf, log_node, log_root")
    await seal(sealed)
    assert (await verify(sealed)).is_whole
    assert (await verify(sealed, trusted=kept)).broken_root == 700


async def test_a_destroyed_key_breaks_no_proof(database: Database, keys: Keys) -> None:
    await write(database, 5, person_id=PERSON)
    await seal(database)
    async with database.transaction(SYSTEM) as work:
        await PersonCipher(keys).destroy(work, [PERSON])
    assert await verify(database) == Findings(checked=5)


async def test_an_entry_whose_transaction_still_runs_is_not_passed_over(
    database: Database,
) -> None:
    async with database.transaction(SYSTEM) as slow:
        await slow.append(Entry(kind="a.slow", subject_type="case", subject_id=new_id()))
        await write(database, 4)
        assert await seal(database) == 0
    assert await seal(database) == 5
    assert await verify(database) == Findings(checked=5)


async def test_transactions_are_sealed_by_number_also_where_it_gains_a_digit(
    database: Database,
) -> None:
    await write(database, 4)
    # As texts "1000" stands before "999"; as numbers it does not.
    await run(database, "update log set tx = '99' where seq in (select min(seq) from log)")
    await run(database, "update log set tx = '100' where seq in (select max(seq) from log)")
    await run(database, "update log set tx = '9' where tx > '100'::xid8")

    assert await seal(database) == 4
    assert await seal(database) == 0
    assert (await verify(database)).is_whole


async def test_only_one_process_seals_at_a_time(database: Database) -> None:
    await write(database, 4)
    async with database.transaction(SYSTEM) as work:
        assert await log_tree.seal(work) == 4
        assert await seal(database) == 0
    assert (await root(database)).size == 4


@pytest.mark.slow
async def test_a_hundred_thousand_entries_are_sealed_within_seconds(database: Database) -> None:
    await run(
        database,
        """insert into log (kind, subject_type, subject_id, actor_kind, after, cause)
           select 'case.accepted', 'case', gen_random_uuid(), 'citizen',
                  jsonb_build_object('title', 'row ' || n, 'channel', 'web'), '{"rule": "r"}'
           from generate_series(1, 100000) n""",
    )
    began = time.process_time()
    while await seal(database):
        pass
    assert time.process_time() - began < 10  # our own work, whatever else the machine does
    assert (await root(database)).size == 100_000
