"""Search (检索): full text over cases and records, within the asker's scope.

Chinese is found by overlapping pairs of characters (bigrams, as in Lucene's CJK analysis): no
dictionary, nothing missed, the same tokens in every process. The index follows the log.
"""

from pengcheng.engines.search._store import matching
from pengcheng.engines.search.filling import DOCUMENTS, copy_documents, documents_block
from pengcheng.engines.search.model import Document, Hit
from pengcheng.engines.search.service import Search
from pengcheng.engines.search.tokens import tokens_of

HUB = "capability"

__all__ = [
    "DOCUMENTS",
    "HUB",
    "Document",
    "Hit",
    "Search",
    "copy_documents",
    "documents_block",
    "matching",
    "tokens_of",
]
