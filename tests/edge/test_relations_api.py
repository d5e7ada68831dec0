"""Relations over REST: added, ended, withdrawn, listed from both ends, as files."""

from typing import Any

from tests.city import City

AT = "2026-03-01T00:00:00+08:00"


def article(city: City, code: str) -> str:
    body = {"code": code, "question": f"{code}怎么办？", "answer": "打 12345。"}
    made = city.client.post("/api/v1/knowledge_article", json=body, headers=city.as_("admin"))
    assert made.status_code == 201, made.text
    return f"/api/v1/knowledge_article/{code}/relations"


def duty(city: City, code: str) -> str:
    body = {"code": code, "level1": "城乡建设", "organisation_key": "water", "level": "city",
            "deadline": "ordinary", "level3": code}  # fmt: skip
    made = city.client.post("/api/v1/duty", json=body, headers=city.as_("admin"))
    assert made.status_code == 201, made.text
    return code


def ask(city: City, path: str, by: str = "admin", **query: Any) -> Any:
    return city.client.get(path, params=query, headers=city.as_(by))


def codes(city: City, path: str, **query: Any) -> list[str]:
    return [item["code"] for item in ask(city, path, **query).json()["items"]]


def test_a_relation_is_added_listed_from_both_ends_ended_and_withdrawn(city: City) -> None:
    own, water = article(city, "KR1"), duty(city, "DR1")
    body = {"to": water, "valid_from": AT}
    added = city.client.post(f"{own}/duties", json=body, headers=city.as_("admin"))
    edge = f"{own}/duties/{added.json()['edge']}"
    back = f"/api/v1/duty/{water}/relations"

    kinds = [item["relation"] for item in ask(city, back).json()["items"]]
    seen = [codes(city, f"{own}/duties"), codes(city, f"{back}/knowledge_article.duties")]
    before = codes(city, f"{own}/duties", at="2026-02-01T00:00:00+08:00")
    ended = city.client.patch(edge, json={}, headers=city.as_("admin"))
    after = codes(city, f"{own}/duties"), codes(city, f"{own}/duties", at="all")
    gone = city.client.delete(edge, headers=city.as_("admin"))

    assert kinds == ["knowledge_article.duties"]
    assert seen == [[water], ["KR1"]]
    assert (before, after) == ([], ([], [water]))
    assert (added.status_code, ended.status_code, gone.status_code) == (201, 204, 204)
    assert codes(city, f"{own}/duties", at="all") == []


def test_who_may_not_change_the_record_relates_it_to_nothing(city: City) -> None:
    own, water = article(city, "KR2"), duty(city, "DR2")
    sent = city.client.post(f"{own}/duties", json={"to": water}, headers=city.as_("citizen"))

    assert sent.status_code == 404
    assert codes(city, f"{own}/duties") == []


def test_what_is_wrong_is_told_by_its_field(city: City) -> None:
    own, water = article(city, "KR3"), duty(city, "DR3")

    def refused(**body: Any) -> tuple[int, list[tuple[str, str]]]:
        sent = city.client.post(f"{own}/duties", json=body, headers=city.as_("admin"))
        found = sent.json()["faults"]
        return sent.status_code, [(one["path"], one["code"]) for one in found]

    assert refused() == (422, [("/to", "field.required")])
    assert refused(to="nowhere") == (422, [("/to", "reference.unknown")])
    assert refused(to=water, valid_from="yesterday") == (422, [("/valid_from", "instant.form")])
    assert refused(to=water, valid_from=AT, valid_to=AT) == (422, [("/valid_to", "relation.order")])
    assert ask(city, f"{own}/owners").status_code == 404


def test_edges_go_out_as_a_file_and_come_in_again(city: City) -> None:
    article(city, "KR4")
    first, second = duty(city, "DR4"), duty(city, "DR5")
    every = "/api/v1/knowledge_article/relations/duties"
    lines = ["from,to,valid_from,valid_to", f"KR4,{first},{AT},", f"KR4,{second},,", "KR4,DR9,,"]
    headers = city.as_("admin", content_type="text/csv")

    def send(query: str, *rows: str) -> Any:
        content = "\n".join(rows).encode()
        return city.client.post(f"{every}/import{query}", content=content, headers=headers)

    refused, taken = send("", *lines), send("?mode=valid", *lines)
    file = ask(city, every, format="csv").text
    again = send("?mode=valid", *file.removeprefix("\ufeff").splitlines())

    assert (refused.status_code, refused.json()["added"]) == (422, 0)
    assert (taken.json()["added"], [one["row"] for one in taken.json()["faults"]]) == (2, [3])
    assert f"KR4,{first},2026-02-28T16:00:00+00:00,," in file
    assert {one["code"] for one in again.json()["faults"]} == {"relation.twice"}
    pages = [ask(city, every, limit=1).json()]
    pages.append(ask(city, every, limit=1, cursor=pages[0]["next"]).json())
    told = [page["items"][0]["to_code"] for page in pages]
    assert len(set(told)) == 2
