"""A beginning of a reply is offered only from an article that answers the matter."""

from datetime import date

from pengcheng.portals.shenzhengyi.knowing import Article, drafts


def article(code: str, score: float, *, expired: bool = False) -> Article:
    return Article(
        code=code, type="knowledge", title=code, answer="答复", valid_until=date(2027, 1, 1),
        expired=expired, score=score,
    )  # fmt: skip


def test_one_shared_word_makes_no_draft_of_an_article() -> None:
    found = drafts([article("K1", 0.15), article("K2", 0.6)], [], "您好。")

    assert [(one.code, one.text) for one in found] == [("K2", "您好。答复")]


def test_an_expired_article_makes_none_however_well_it_fits() -> None:
    assert drafts([article("K1", 2.0, expired=True)], [], "您好。") == []
