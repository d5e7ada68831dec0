"""What an official is told: of the unit's cases by number, of one's own webhooks; until read."""

from functools import partial

from pengcheng.edge import following
from pengcheng.engines.notices import NewNotice
from pengcheng.ground import subscriptions
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, post

PAGE = "/e/messages"


def hear(city: City) -> None:
    """What the background process makes of the log."""
    [told] = [one for one in following.subscribers(city.services) if one.name == "notices"]
    while city.run(subscriptions.advance, city.services.database, told):
        pass


def test_a_unit_is_told_of_its_case_by_number_until_it_is_read(fresh_city: City) -> None:
    case = at_unit(fresh_city, "雨水口堵了很久")
    hear(fresh_city)

    shown = get(fresh_city, PAGE).text
    elsewhere = get(fresh_city, PAGE, "clerk.nanshan").text

    assert f"/e/case/demand/{case['code']}" in shown
    assert "有事项分派到本单位" in shown
    assert "雨水口堵了很久" not in shown
    assert case["code"] not in elsewhere

    [(key,)] = fresh_city.query("select id::text from notice where organisation_no is not null")
    assert post(fresh_city, f"{PAGE}/read", ids=key).status_code == 303
    assert "全部标为已读" not in get(fresh_city, PAGE).text


def test_the_owner_of_a_webhook_that_was_given_up_is_told(fresh_city: City) -> None:
    city = fresh_city
    [(account,)] = city.query("select id from account where username = 'leader'")
    notice = NewNotice(
        kind="webhook_disabled", account_id=account, subject_id=account,
        facts={"host": "receiver.example", "reason": "410"},
    )  # fmt: skip

    async def give() -> None:
        async with city.services.database.transaction(following.SYSTEM) as work:
            await city.services.notices.add(work, [notice])

    city.run(partial(give))

    shown = get(city, PAGE, "leader").text
    assert "receiver.example" in shown
    assert f"/e/admin/webhooks/{account}" in shown
    assert "receiver.example" not in get(city, PAGE, "admin").text


def test_messages_are_for_officials_in_both_languages(city: City) -> None:
    headers = {**city.as_("clerk"), "accept": "text/html", "accept-language": "en"}

    assert "No messages" in city.client.get(PAGE, headers=headers).text
    assert "没有消息" in get(city, PAGE).text
    assert get(city, PAGE, "citizen").status_code == 403
