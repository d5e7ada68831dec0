"""COPY of cases of an earlier system: lines for every table that a case stands in."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from pengcheng.engines.cases import _store_accept, _store_lines
from pengcheng.engines.cases._store_lines import Columns
from pengcheng.engines.cases._tables import MESSAGE_FIELDS
from pengcheng.engines.cases.accepting import Arrival
from pengcheng.engines.cases.model import Message
from pengcheng.engines.search import DOCUMENTS, copy_documents
from pengcheng.ground.database import Work
from pengcheng.ground.loading import block_of, copy_block, copy_log, make_months, texts_of
from pengcheng.kernel.registry import RecordType

TABLES = ("cases", "message", "evaluation", "log", DOCUMENTS)
_RATING = ("id", "case_id", "organisation_no", "area_no", "source", "grade", "reasons", "comment",
           "facts", "at")  # fmt: skip


class Block(msgspec.Struct, frozen=True):
    """Cases that are ready, and the lines of each table; `cases` still lacks what is sealed, for
    which keys of persons are asked."""

    arrivals: Sequence[Arrival]
    cases: Columns
    fields: bytes
    messages: bytes
    ratings: bytes
    documents: bytes
    log: bytes
    months: Sequence[date]


def message_block(said: Sequence[Message]) -> bytes:
    return block_of(texts_of(getattr(item, name) for item in said) for name in MESSAGE_FIELDS)


def rating_block(rated: Sequence[tuple[Any, ...]]) -> bytes:
    """Ratings as tuples in the order of the columns, `facts` as JSON text."""
    return block_of(texts_of(column) for column in zip(*rated, strict=True))


async def copy(work: Work, type_: RecordType, block: Block) -> None:
    """Put the cases into every table."""
    sealed = await _store_accept.sealed(work, block.arrivals)
    await _store_lines.copy_cases(work, block.cases, sealed)
    await _store_lines.copy_fields(work, type_, block.fields)
    await copy_block(work, "message", MESSAGE_FIELDS, block.messages)
    await copy_block(work, "evaluation", _RATING, block.ratings)
    await copy_documents(work, block.documents)
    await make_months(work, block.months)
    await copy_log(work, block.log)
