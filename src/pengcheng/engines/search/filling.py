"""Many new documents at once, for whoever loads an earlier system: `ground.loading`."""

from collections.abc import Sequence

from pengcheng.engines.search import _store
from pengcheng.engines.search.model import Document
from pengcheng.engines.search.tokens import vector_of
from pengcheng.ground.database import Work
from pengcheng.ground.loading import block_of, texts_of

DOCUMENTS = _store.TABLE
"""Whose indexes may be set aside meanwhile."""


def documents_block(documents: Sequence[Document]) -> bytes:
    """Documents that are not in the index yet as lines for `copy_documents`."""
    columns = [
        texts_of(getattr(item, name) for item in documents)
        for name in _store.COLUMNS
        if name != "tokens"
    ]
    tokens = texts_of(vector_of(item.title, item.text) for item in documents)
    columns.insert(_store.COLUMNS.index("tokens"), tokens)
    return block_of(columns)


async def copy_documents(work: Work, lines: bytes) -> None:
    """Put the documents that `documents_block` made into the index."""
    await _store.copy(work, lines)
