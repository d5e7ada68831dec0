"""Sentences in two languages, filled from facts."""

from pengcheng.kernel.words import Words

SAYS = Words("可用：{allowed}。", "Allowed: {allowed}.")


def test_a_list_is_told_with_the_commas_of_the_language() -> None:
    assert SAYS.fill("zh", {"allowed": ["a", "b"]}) == "可用：a、b。"
    assert SAYS.fill("en", {"allowed": ("a", "b")}) == "Allowed: a, b."


def test_words_among_the_facts_are_told_in_the_language_of_the_sentence() -> None:
    facts = {"allowed": [Words("红", "red"), Words("绿", "green")]}
    assert SAYS.fill("zh", facts) == "可用：红、绿。"
    assert SAYS.fill("en", facts) == "Allowed: red, green."


def test_a_name_that_is_not_among_the_facts_stays_as_it_stands() -> None:
    assert SAYS.fill("en", {}) == "Allowed: {allowed}."
