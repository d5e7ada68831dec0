"""The relations of a record on its page: seen from both ends, added, ended, refused in words."""

import re

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import get, post


def begin(city: City, number: int) -> tuple[str, str]:
    """An article and a duty, by their pages."""
    body = {"code": f"KP{number}", "question": f"第 {number} 问？", "answer": "见指南。"}
    city.client.post("/api/v1/knowledge_article", json=body, headers=city.as_("admin"))
    body = {"code": f"DP{number}", "level1": "城乡建设", "organisation_key": "water",
            "level": "city", "deadline": "ordinary", "level3": f"职责 {number}"}  # fmt: skip
    city.client.post("/api/v1/duty", json=body, headers=city.as_("admin"))
    return f"/e/records/knowledge_article/KP{number}", f"/e/records/duty/DP{number}"


def test_a_relation_is_added_and_ended_on_the_page_of_a_record(city: City) -> None:
    article, duty = begin(city, 1)
    form = f"{article}/relations/duties"
    added = post(city, form, "admin", act="add", to="DP1", **{"from": "2026-03-01"})
    page, other = get(city, article, "admin").text, get(city, duty, "admin").text
    (edge,) = re.findall(r'name="edge" value="([^"]+)"', page)
    ended = post(city, form, "admin", act="end", edge=edge)
    after, every = (get(city, f"{article}{at}", "admin").text for at in ("", "?at=all"))

    assert (added.status_code, ended.status_code) == (303, 303)
    assert added.headers["location"].startswith(f"{article}?said=related")
    assert 'href="/e/records/duty/DP1">职责 1' in page
    assert "2026-03-01 起" in page
    assert "有关的知识" in other
    assert 'href="/e/records/knowledge_article/KP1"' in other
    assert form not in other
    assert 'href="/e/records/duty/DP1"' not in after
    assert "2026-03-01 至" in every


def test_a_relation_that_cannot_be_is_told_where_it_was_typed(city: City) -> None:
    article, _ = begin(city, 2)
    form = f"{article}/relations/duties"

    wrong = post(city, form, "admin", act="add", to="DP-none", **{"from": "someday"})
    unknown = post(city, form, "admin", act="add", to="DP-none")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "DP-none" in unknown.text
    assert "所指的记录不存在" in unknown.text


def test_who_only_reads_sees_relations_and_no_form(city: City) -> None:
    article, _ = begin(city, 3)
    form = f"{article}/relations/duties"
    post(city, form, "admin", act="add", to="DP3")

    page = get(city, article, "clerk").text
    sent = post(city, form, "clerk", act="add", to="DP1")

    assert 'href="/e/records/duty/DP3"' in page
    assert form not in page
    assert sent.status_code in {403, 404}
