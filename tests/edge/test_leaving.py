"""Closing one's own account: what goes at once, what stays until when, and the end of the last."""

from typing import Any

from pengcheng.edge import retention
from tests.city import PASSWORD, City

NAME, TELEPHONE, IDENTITY = "甲标记注销", "13912347654", "440304199001011234"
CONTACT = "13912348765"
CLOSING = "/api/v1/session/closing"
HTML = {"accept": "text/html"}


def known(city: City, name: str = "citizen") -> str:
    """The person of an account, as somebody whom the city knows well."""
    rows = city.query(
        """update person set name = %s, telephone = %s, identity_number = %s
           where id = (select person_id from account where username = %s) returning id::text""",
        NAME, TELEPHONE, IDENTITY, name,
    )  # fmt: skip
    person: str = rows[0][0]
    return person


def demand(city: City, **more: Any) -> dict[str, Any]:
    fields = {
        "subject": "路灯不亮", "body": "梅亭路口的路灯不亮", "contact_name": NAME,
        "contact_telephone": CONTACT,
    }  # fmt: skip
    return city.send_case("citizen", fields=fields, **more)


def person_row(city: City, person: str) -> tuple[Any, ...]:
    found = "select name, telephone, identity_number from person where id = %s"
    return city.query(found, person)[0]


def key_of(city: City, person: str) -> list[tuple[Any, ...]]:
    return city.query("select wrapped is null from person_key where person_id = %s", person)


def test_without_matters_everything_of_a_person_goes_at_once(fresh_city: City) -> None:
    city, person = fresh_city, known(fresh_city)
    told = city.client.get(CLOSING, headers=city.as_("citizen")).json()
    assert told == {"stays": [], "until": None}
    refused = city.client.post(CLOSING, json={}, headers=city.as_("citizen"))
    assert refused.status_code == 422
    done = city.client.post(CLOSING, json={"sure": True}, headers=city.as_("citizen"))

    assert done.status_code == 200, done.text
    assert person_row(city, person) == ("", None, None)
    assert key_of(city, person) == [(True,)]
    assert city.client.get(CLOSING, headers=city.as_("citizen")).status_code == 401
    again = city.client.post("/api/v1/session", json={"username": "citizen", "password": PASSWORD})
    assert again.status_code == 401
    told_of = "select kind from log where kind in ('account.closed', 'person.identity_erased')"
    assert len(city.query(told_of)) == 2


def test_matters_go_on_without_a_name_until_the_last_has_ended(fresh_city: City) -> None:
    city, person = fresh_city, known(fresh_city)
    first, second = demand(city), demand(city)
    stays = city.client.get(CLOSING, headers=city.as_("citizen")).json()
    assert [(one["kind"], one["open"], one["kept"]) for one in stays["stays"]] == [("demand", 2, 0)]
    assert stays["until"] is None
    done = city.client.post(CLOSING, json={"sure": True}, headers=city.as_("citizen"))

    assert done.status_code == 200, done.text
    assert person_row(city, person) == (NAME, None, None)
    assert key_of(city, person) == [(False,)]
    seen = city.client.get(f"/api/v1/cases/demand/{first['code']}", headers=city.as_("operator"))
    assert seen.status_code == 200
    for word in (NAME, CONTACT, person):
        assert word not in seen.text

    close = """update cases set open = false, step = 'closed', stage = 'closed', clock = 'stopped',
                      next_at = null, closed_at = now() - interval '11 years' where id = %s
               returning 1"""
    city.query(close, first["id"])
    assert city.run(retention.end_all, city.services) == 1
    assert key_of(city, person) == [(False,)]
    city.query(close, second["id"])
    assert city.run(retention.end_all, city.services) == 1
    assert key_of(city, person) == [(True,)]
    assert person_row(city, person) == ("", None, None)


def test_the_page_says_what_stays_and_asks_once_more(fresh_city: City) -> None:
    city = fresh_city
    known(city)
    demand(city)
    me = city.client.get("/i/me", headers=city.as_("citizen", **HTML))
    assert "/i/me/close" in me.text
    page = city.client.get("/i/me/close", headers=city.as_("citizen", **HTML))
    assert "诉求 1 件正在办理" in page.text
    unsure = city.client.post("/i/me/close", data={}, headers=city.as_("citizen", **HTML))
    assert unsure.status_code == 422
    assert city.query("select 1 from account where closed_at is not null") == []
    sure = city.client.post(
        "/i/me/close", data={"sure": "yes"}, headers=city.as_("citizen", **HTML),
        follow_redirects=False,
    )  # fmt: skip
    assert (sure.status_code, sure.headers["location"]) == (303, "/i/closed")
    assert "账号已注销" in city.client.get("/i/closed", headers=HTML).text
    assert len(city.query("select 1 from account where closed_at is not null")) == 1


def test_an_official_does_not_close_an_account_of_the_city(fresh_city: City) -> None:
    city = fresh_city
    refused = city.client.post(CLOSING, json={"sure": True}, headers=city.as_("clerk"))

    assert refused.status_code == 422
    assert refused.json()["code"] == "account.not_yours_to_close"
    page = city.client.get("/i/me/close", headers=city.as_("clerk", **HTML))
    assert "不能自行注销" in page.text
