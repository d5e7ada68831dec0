"""Seeds of the knowledge base: short answers to common consultations, marked 示例知识."""

from datetime import date
from pathlib import Path

from pengcheng.ops.sample import _content
from pengcheng.ops.sample.model import Article


def knowledge(pack: Path) -> tuple[Article, ...]:
    """Every article, in the order of the file; codes follow that order."""
    document = _content.document(pack, "knowledge.yaml")
    updated: date = document["updated"]
    return tuple(
        Article(
            code=f"K{number:04}",
            question=entry["q"],
            title_en=entry["en"],
            answer=entry["a"],
            words=tuple(str(entry["words"]).split()),
            level1=entry["l1"],
            level2=entry["l2"],
            organisation_key=entry["org"],
            updated=updated,
        )
        for number, entry in enumerate(document["articles"], start=1)
    )
