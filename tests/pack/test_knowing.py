"""Which article answers a question, and how surely."""

from datetime import date

import pytest

from pengcheng.pack.knowing import Article, Knowing

CARD = Article(
    code="K1", question="居住证怎么办理？", answer="到社区窗口办理", words=("居住证", "办理"),
    valid_until=date(2026, 12, 31),
)  # fmt: skip
NOISE = Article(
    code="K2", question="夜间施工噪声找谁？", answer="找生态环境部门", words=("噪声", "施工")
)
KNOWING = Knowing([CARD, NOISE])


@pytest.mark.parametrize(
    ("subject", "body", "code"),
    [
        ("居住证怎么办理", "", "K1"),
        ("请问", "夜间施工噪声很大，居住证也没办", "K2"),
        ("路灯不亮", "三天了", None),
        ("", "", None),
    ],
)
def test_the_article_whose_words_are_there_answers(
    subject: str, body: str, code: str | None
) -> None:
    found, sure = KNOWING.best(subject, body)

    assert (found.code if found else None) == code
    assert (sure > 0) is (code is not None)


def test_the_question_itself_is_surer_than_one_of_its_words() -> None:
    _, asked = KNOWING.best("居住证怎么办理？", "")
    _, named = KNOWING.best("我的居住证丢了要报警吗", "")

    assert 0 < named < asked <= 1.0


def test_of_equals_the_first_is_taken() -> None:
    again = Article(code="K9", question=CARD.question, answer="别处", words=CARD.words)

    found, _ = Knowing([CARD, again]).best(CARD.question, "")

    assert found is not None
    assert found.code == "K1"


def test_an_article_is_expired_the_day_after_its_last() -> None:
    days = (date(2026, 12, 31), date(2027, 1, 1))

    assert [CARD.is_expired(day) for day in days] == [False, True]
    assert not NOISE.is_expired(date(2099, 1, 1))
