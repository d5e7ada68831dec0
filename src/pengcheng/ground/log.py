"""Reading the log: by subject for a timeline, by position for a subscriber.

A position is (tx, seq): the transaction that wrote the entry, then its number. Only entries of
transactions older than the oldest still running are given out, so nothing can later appear before
a position that a reader has passed.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.ground.database import Row, Work
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.errors import Fault, invalid
from pengcheng.kernel.log import SEALED, LoggedEntry

BATCH_MAX = 1000
WINDOW_MAX = 10_000
"""How far one look for entries of rare kinds goes."""

TIMELINE_MAX = 1000
NUMBER_MAX = 2**63 - 1

# Ordered by `log.tx`, the column: a bare `tx` would be the number made of it in the answer, and
# every entry would be sorted by it where the index has them in order.
_COLUMNS = """seq, at, kind, subject_type, subject_id, actor_kind, actor_id, actor_name, area_no,
              organisation_no, sensitivity, before, after, cause, visibility, person_id,
              case when jsonb_exists(after, '@sealed') then personal end as personal"""


# A position enters as a subquery, so that the planner does not guess from it. A pair is guessed by
# its first number alone: of a load of millions in one transaction it would expect no entry beyond
# a position within it, and sort them all at each look where the index has them in order.
_AFTER = "(tx, seq) > ((select %(tx)s::text::xid8), %(seq)s)"
_UNTIL = "(tx, seq) <= ((select %(to_tx)s::text::xid8), %(to_seq)s)"
_FINISHED = "tx < pg_snapshot_xmin(pg_current_snapshot())"


class Position(msgspec.Struct, frozen=True, order=True):
    """A place in the log; `text` is what an outside reader keeps ("tx-seq")."""

    tx: int = 0
    seq: int = 0

    @property
    def text(self) -> str:
        return f"{self.tx}-{self.seq}"


def to_position(text: str) -> Position:
    """The position that a reader sends back; refused when it is not one."""
    tx, _, seq = text.partition("-")
    is_pair = text.isascii() and tx.isdecimal() and seq.isdecimal() and len(text) <= 40
    if not is_pair or max(int(tx), int(seq)) > NUMBER_MAX:
        raise invalid(Fault(path="/cursor", code="cursor_invalid"))
    return Position(int(tx), int(seq))


class Positioned(msgspec.Struct, frozen=True):
    """An entry with its position."""

    position: Position
    entry: LoggedEntry


def to_entry(row: Row) -> LoggedEntry:
    """A row of the log as a value."""
    fields: dict[str, Any] = {name: row[name] for name in LoggedEntry.__struct_fields__}
    fields["cause"] = fields["cause"] or {}
    return LoggedEntry(**fields)


async def after(
    work: Work,
    position: Position,
    *,
    limit: int = BATCH_MAX,
    kinds: tuple[str, ...] = (),
    to: Position | None = None,
) -> list[Positioned]:
    """The next finished entries after a position (up to and with `to`), oldest first."""
    wanted = "and kind = any(%(kinds)s)" if kinds else ""
    until = f"and {_UNTIL}" if to else ""
    rows = await work.rows(
        f"""select tx::text::bigint as tx, {_COLUMNS} from log
            where {_AFTER} {until} and {_FINISHED} {wanted}
            order by log.tx, log.seq limit {int(limit)}""",
        tx=str(position.tx),
        seq=position.seq,
        to_tx=str(to.tx) if to else "0",
        to_seq=to.seq if to else 0,
        kinds=list(kinds),
    )
    await _open(work, rows)
    return [Positioned(Position(row["tx"], row["seq"]), to_entry(row)) for row in rows]


async def entry(work: Work, seq: int) -> Positioned | None:
    """The finished entry with this number."""
    place = await position_of(work, seq)
    row = place and await work.row(
        f"""select {_COLUMNS} from log
            where tx = %(tx)s::text::xid8 and seq = %(seq)s and {_FINISHED}""",
        tx=str(place.tx),
        seq=seq,
    )
    if not place or not row:
        return None
    await _open(work, [row])
    return Positioned(place, to_entry(row))


async def position_of(work: Work, seq: int) -> Position | None:
    """Where the entry with this number stands: among the sealed ones, which are known by their
    numbers, or among those that came since."""
    tx = await work.value("select tx::text::bigint from log_leaf where seq = %(seq)s", seq=seq)
    if tx is None:
        tx = await work.value(
            """select tx::text::bigint from log
               where (tx, seq) > (
                       coalesce((select tx from log_root order by size desc limit 1), '0'::xid8),
                       coalesce((select seq from log_root order by size desc limit 1), 0))
                 and seq = %(seq)s""",
            seq=seq,
        )
    return Position(tx, seq) if tx is not None else None


async def window(
    work: Work, position: Position, to: Position | None = None
) -> tuple[Position, int]:
    """Where the next `WINDOW_MAX` finished entries of any kind (up to and with `to`) end, and how
    many they are."""
    until = f"and {_UNTIL}" if to else ""
    row = await work.row(
        f"""select tx::text::bigint as tx, seq, count(*) over () as entries from (
                select tx, seq from log where {_AFTER} {until} and {_FINISHED}
                order by tx, seq limit {WINDOW_MAX}) next
            order by next.tx desc, next.seq desc limit 1""",
        tx=str(position.tx),
        seq=position.seq,
        to_tx=str(to.tx) if to else "0",
        to_seq=to.seq if to else 0,
    )
    return (Position(row["tx"], row["seq"]), row["entries"]) if row else (position, 0)


async def head(work: Work) -> Position:
    """The position of the newest finished entry."""
    row = await work.row(
        """select tx::text::bigint as tx, seq from log
           where tx < pg_snapshot_xmin(pg_current_snapshot())
           order by log.tx desc, log.seq desc limit 1"""
    )
    return Position(row["tx"], row["seq"]) if row else Position()


async def timeline(work: Work, scope: Scope, subject_id: UUID) -> list[LoggedEntry]:
    """Every entry about one subject, oldest first; the scope must already hold the subject."""
    if scope.is_empty:
        return []
    rows = await work.rows(
        f"""select {_COLUMNS} from log where subject_id = %(id)s
            order by seq limit %(limit)s""",
        id=subject_id,
        limit=TIMELINE_MAX,
    )
    await _open(work, rows)
    return [to_entry(row) for row in rows]


async def _open(work: Work, rows: Sequence[Row]) -> None:
    """Put what is sealed beside `after` into it; where the key is destroyed there is nothing."""
    marked = [row for row in rows if row["after"] and SEALED in row["after"]]
    there = [row for row in marked if row["personal"] is not None and work.cipher is not None]
    values = [(row["person_id"], bytes(row["personal"])) for row in there]
    plain = await work.cipher.open_all(work, values) if work.cipher and values else []
    opened = dict(zip(map(id, there), plain, strict=True))
    for row in marked:
        after = {name: value for name, value in row["after"].items() if name != SEALED}
        found = opened.get(id(row))
        row["after"] = {**after, **msgspec.json.decode(found)} if found else after
