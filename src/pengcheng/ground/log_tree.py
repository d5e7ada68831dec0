"""The log sealed into a Merkle tree, so that no one can alter history unseen.

`seal` gives finished entries their leaf in (tx, seq) order and stores a root for each batch. The
leaf of an entry is the hash of `canonical(row)`: sealed personal values enter as ciphertext, so a
destroyed key breaks no proof. Perfect nodes are kept from level 8 on; what lies below is made from
at most 256 leaves. `verify` recomputes everything from the entries and names what was altered; who
kept an earlier root elsewhere needs to trust nobody (`consistency`). Always SHA-256 (RFC 9162).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from pengcheng.ground import log, merkle
from pengcheng.ground.database import Row, Work
from pengcheng.ground.loading import copy_block
from pengcheng.ground.log import Position
from pengcheng.ground.merkle import Frontier, Node, Span
from pengcheng.kernel.errors import Absent

SEAL_MAX = 20_000
"""Entries of one call; a million take about fifty calls."""

SEAL_STEP = 1_000
VERIFY_BATCH = 10_000
FOUND_MAX = 1_000
KEPT_LEVEL = 8

_LOCK = 0x70636C6F67
_FIELDS = (
    "seq", "at", "kind", "subject_type", "subject_id", "actor_kind", "actor_id", "actor_name",
    "request_id", "area_no", "organisation_no", "sensitivity", "visibility", "before", "after",
    "cause", "person_id", "personal",
)  # fmt: skip
_ENTRY = ", ".join(f"log.{name}" for name in _FIELDS)
_encode = msgspec.json.Encoder(order="deterministic").encode


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The root of the tree over the first `size` entries, as it was sealed."""

    size: int
    root: bytes
    at: datetime


class Inclusion(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, checked by `merkle.is_included`, that an entry stands in the log."""

    leaf: int
    size: int
    content_hash: bytes
    path: tuple[bytes, ...]
    root: bytes


class Consistency(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, checked by `merkle.is_consistent`, that the log grew only by appending."""

    first: int
    second: int
    first_root: bytes
    second_root: bytes
    path: tuple[bytes, ...]


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found: numbers (seq) of entries that are not as they were sealed, that are
    gone, or that were put in later; and the first sealed root that the entries do not make."""

    checked: int
    altered: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    broken_root: int | None = None

    @property
    def is_whole(self) -> bool:
        return not (self.altered or self.missing or self.added or self.broken_root is not None)


def canonical(row: Row) -> bytes:
    """The bytes of an entry that its leaf covers: JSON of every column but `tx` in UTF-8, keys
    sorted, no spaces, instants in UTC, `personal` in base64."""
    told: dict[str, Any] = {name: row[name] for name in _FIELDS}
    told["at"] = told["at"].astimezone(UTC)
    return _encode(told)


async def seal(work: Work, limit: int = SEAL_MAX) -> int:
    """Seal the next finished entries; how many. Zero when there are none, or another process is
    sealing. Runs in the caller's transaction, in steps between which others get their turn."""
    if not await work.value("select pg_try_advisory_xact_lock(%(lock)s)", lock=_LOCK):
        return 0
    last = await work.row("select size, tx::text, seq from log_root order by size desc limit 1")
    size = last["size"] if last else 0
    tx, seq = (last["tx"], last["seq"]) if last else ("0", 0)
    frontier = Frontier(size, await _hashes(work, merkle.perfect_nodes((0, size))))
    leaves: list[tuple[int, str, int, bytes]] = []
    nodes: list[tuple[int, int, bytes]] = []
    while len(leaves) < limit:
        rows = await _unsealed(work, tx, seq, min(SEAL_STEP, limit - len(leaves)))
        if not rows:
            break
        for row in rows:
            tx, seq = row["tx"], row["seq"]
            made = merkle.leaf_hash(canonical(row))
            leaves.append((frontier.size, tx, seq, made))
            completed = frontier.append(made)
            nodes.extend((*node, hash_) for node, hash_ in completed if node[0] >= KEPT_LEVEL)
    if not leaves:
        return 0
    # Only now does this transaction write, so that it holds no reader of the log back for long.
    lines = "".join(f"{leaf}\t{tx}\t{seq}\t\\\\x{made.hex()}\n" for leaf, tx, seq, made in leaves)
    await copy_block(work, "log_leaf", ("leaf", "tx", "seq", "hash"), lines.encode())
    await work.copy("copy log_node (level, at, hash) from stdin", nodes)
    await work.run(
        """insert into log_root (size, root, tx, seq)
           values (%(size)s, %(root)s, %(tx)s::text::xid8, %(seq)s)""",
        size=frontier.size,
        root=frontier.root,
        tx=tx,
        seq=seq,
    )
    return len(leaves)


async def _unsealed(work: Work, tx: str, seq: int, limit: int) -> list[Row]:
    # In order of the columns, not of the text in the output; why a subquery: see `log.after`.
    return await work.rows(
        f"""select log.tx::text, {_ENTRY} from log
            where (tx, seq) > ((select %(tx)s::text::xid8), %(seq)s)
              and tx < pg_snapshot_xmin(pg_current_snapshot())
            order by log.tx, log.seq limit {limit}""",
        tx=tx,
        seq=seq,
    )


async def root(work: Work) -> Root | None:
    """The newest sealed root; None before the first."""
    row = await work.row("select size, root, at from log_root order by size desc limit 1")
    return Root(**row) if row else None


async def inclusion(work: Work, seq: int, *, size: int | None = None) -> Inclusion:
    """The proof for an entry in the newest sealed tree, or in the one of `size`. `Absent` while
    the entry is not sealed in it. Whether the asker may know of the entry, the caller decides."""
    newest = await _size(work, size)
    row = await work.row("select leaf, hash from log_leaf where seq = %(seq)s", seq=seq)
    if row is None or row["leaf"] >= newest:
        raise Absent("log.not_sealed")
    leaf = row["leaf"]
    path = await _span_hashes(work, [*merkle.inclusion_ranges(leaf, newest), (0, newest)])
    return Inclusion(
        leaf=leaf, size=newest, content_hash=row["hash"], path=tuple(path[:-1]), root=path[-1]
    )


async def covered(work: Work, seq: int) -> bytes:
    """The bytes that the leaf of an entry covers. `Absent` when there is no such entry."""
    at = await log.position_of(work, seq) or Position()
    row = await work.row(
        f"select {_ENTRY} from log where tx = %(tx)s::text::xid8 and seq = %(seq)s",
        tx=str(at.tx),
        seq=seq,
    )
    if row is None:
        raise Absent("log.not_sealed")
    return canonical(row)


async def consistency(work: Work, first: int, *, second: int | None = None) -> Consistency:
    """The proof that the tree of `second` entries (else the newest) begins with that of `first`.
    `Absent` when no tree of that size is sealed yet."""
    newest = await _size(work, second)
    if not 0 <= first <= newest:
        raise Absent("log.not_sealed")
    spans = merkle.consistency_ranges(first, newest)
    path = await _span_hashes(work, [*spans, (0, first), (0, newest)])
    return Consistency(
        first=first, second=newest, first_root=path[-2], second_root=path[-1], path=tuple(path[:-2])
    )


async def verify(work: Work, *, trusted: Root | None = None) -> Findings:
    """Recompute the tree from the entries and compare it with all that was sealed, and with a
    root that was kept elsewhere. Reads the whole log; lists end at `FOUND_MAX`."""
    roots = dict(await work.tuples("select size, root from log_root order by size"))
    if trusted is not None:
        roots = {**roots, trusted.size: trusted.root}
    frontier = Frontier()
    altered: list[int] = []
    missing: list[int] = []
    broken: int | None = None
    while batch := await _sealed_batch(work, frontier.size):
        for row in batch:
            is_there = row["kind"] is not None
            made = merkle.leaf_hash(canonical(row)) if is_there else row["hash"]
            if not is_there:
                missing.append(row["sealed_seq"])
            elif made != row["hash"]:
                altered.append(row["seq"])
            for _ in frontier.append(made):
                pass
            sealed = roots.pop(frontier.size, None)
            if broken is None and sealed is not None and sealed != frontier.root:
                broken = frontier.size
    if broken is None and any(size > 0 for size in roots):
        broken = min(size for size in roots if size > 0)
    return Findings(
        checked=frontier.size,
        altered=tuple(altered[:FOUND_MAX]),
        missing=tuple(missing[:FOUND_MAX]),
        added=tuple(await _added(work)),
        broken_root=broken,
    )


async def _sealed_batch(work: Work, leaf: int) -> list[Row]:
    """Leaves in order, each with its entry if that is still there."""
    return await work.rows(
        f"""select log_leaf.hash, log_leaf.seq as sealed_seq, {_ENTRY}
            from log_leaf left join log on log.tx = log_leaf.tx and log.seq = log_leaf.seq
            where leaf >= %(leaf)s order by leaf limit %(limit)s""",
        leaf=leaf,
        limit=VERIFY_BATCH,
    )


async def _added(work: Work) -> list[int]:
    """Entries that stand before the end of the tree and are not in it."""
    rows = await work.tuples(
        """select log.seq from log, (select tx, seq from log_root order by size desc limit 1) last
           where (log.tx, log.seq) <= (last.tx, last.seq)
             and not exists (select from log_leaf
                             where log_leaf.seq = log.seq and log_leaf.tx = log.tx)
           order by log.seq limit %(limit)s""",
        limit=FOUND_MAX,
    )
    return [seq for (seq,) in rows]


async def _size(work: Work, wanted: int | None) -> int:
    newest = await root(work)
    size = newest.size if newest else 0
    if wanted is None:
        return size
    if not 0 <= wanted <= size:
        raise Absent("log.not_sealed")
    return wanted


async def _span_hashes(work: Work, spans: Sequence[Span]) -> list[bytes]:
    nodes = [node for span in spans for node in merkle.perfect_nodes(span)]
    known = dict(zip(nodes, await _hashes(work, nodes), strict=True))
    return [merkle.span_hash(span, known.__getitem__) for span in spans]


async def _hashes(work: Work, nodes: Sequence[Node]) -> list[bytes]:
    """The hashes of perfect nodes: kept ones are read, lower ones made from their leaves."""
    kept = [node for node in nodes if node[0] >= KEPT_LEVEL]
    low = [node for node in nodes if node[0] < KEPT_LEVEL]
    found: dict[Node, bytes] = {}
    if kept:
        rows = await work.tuples(
            """select level, at, hash from log_node
               where (level, at) in (select * from unnest(%(levels)s::int[], %(ats)s::bigint[]))""",
            levels=[level for level, _ in kept],
            ats=[at for _, at in kept],
        )
        found = {(level, at): made for level, at, made in rows}
    if low:
        leaves = dict(
            await work.tuples(
                """select leaf, hash
                   from unnest(%(lows)s::bigint[], %(highs)s::bigint[]) as span (low, high)
                   join log_leaf on leaf >= low and leaf < high""",
                lows=[at << level for level, at in low],
                highs=[(at + 1) << level for level, at in low],
            )
        )
        found |= {node: _made(node, leaves) for node in low}
    return [found[node] for node in nodes]


def _made(node: Node, leaves: dict[int, bytes]) -> bytes:
    level, at = node
    row = [leaves[leaf] for leaf in range(at << level, (at + 1) << level)]
    while len(row) > 1:
        row = [merkle.node_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]
