"""What an official is told: of the unit's cases, of one's own webhooks; until it is read."""

from functools import partial
from uuid import UUID

import pytest

from pengcheng.edge import following
from pengcheng.engines.notices import NewNotice
from pengcheng.ground import subscriptions
from pengcheng.kernel.authz import SYSTEM
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, post

PAGE = "/e/messages"


def hear(city: City) -> None:
    """What the background process makes of the log."""
    [told] = [one for one in following.subscribers(city.services) if one.name == "notices"]
    while city.run(subscriptions.advance, city.services.database, told):
        pass


def test_a_unit_is_told_what_happened_to_its_case_until_it_is_read(fresh_city: City) -> None:
    case = at_unit(fresh_city, "雨水口堵了很久")
    hear(fresh_city)

    shown = get(fresh_city, PAGE).text
    elsewhere = get(fresh_city, PAGE, "clerk.nanshan").text

    assert f'<a href="/e/case/demand/{case["code"]}">雨水口堵了很久</a>' in shown
    assert "分派到本单位。请签收，按时答复" in shown
    assert "期限" in shown
    assert case["code"] not in elsewhere

    [(key,)] = fresh_city.query("select id::text from notice where organisation_no is not null")
    assert post(fresh_city, f"{PAGE}/read", ids=key).status_code == 303
    assert "全部标为已读" not in get(fresh_city, PAGE).text
    assert case["code"] not in get(fresh_city, f"{PAGE}?show=unread").text


@pytest.mark.parametrize(
    ("disclosure", "told"), [("anonymous", "匿名诉求，"), ("confidential", "保密诉求，")]
)
def test_what_an_author_keeps_to_themselves_is_told_by_its_category(
    fresh_city: City, disclosure: str, told: str
) -> None:
    city = fresh_city
    case = at_unit(city, "举报食堂后厨的人是我邻居")
    city.query(
        "update cases set disclosure = %s where id = %s returning id", disclosure, case["id"]
    )
    hear(city)

    shown = get(city, PAGE).text

    assert f">{told}" in shown
    assert "举报食堂后厨" not in shown
    kept = city.query("select facts::text from notice where organisation_no is not null")
    assert [row for row in kept if "举报食堂后厨" in row[0]] == []


def test_a_case_that_went_to_another_unit_is_told_by_its_number_only(fresh_city: City) -> None:
    city = fresh_city
    case = at_unit(city, "路灯不亮")
    hear(city)
    city.query(
        """update cases set organisation_no = o.no, organisation_id = o.id from organisation o
           where o.key = 'water@nanshan' and cases.id = %s returning 1""",
        case["id"],
    )

    shown = get(city, PAGE).text

    assert case["code"] in shown
    assert "路灯不亮" not in shown
    assert "请签收" not in shown


def test_what_happened_to_one_case_stands_together(fresh_city: City) -> None:
    city = fresh_city
    case = at_unit(city, "井盖松动")
    hear(city)

    no = city.query("select organisation_no from cases where id = %s", case["id"])[0][0]

    async def give() -> None:
        async with city.services.database.transaction(SYSTEM) as work:
            facts = {"case_kind": "demand", "code": case["code"], "disclosure": "open"}
            notice = NewNotice(
                kind="unit_past_due", subject_id=UUID(case["id"]), organisation_no=no, facts=facts
            )
            await city.services.notices.add(work, [notice])

    city.run(give)

    shown = get(city, PAGE).text

    assert shown.count(f'href="/e/case/demand/{case["code"]}"') == 1
    assert "已超期。请马上答复" in shown
    assert "之前还有 1 条" in shown


def test_the_owner_of_a_webhook_that_was_given_up_is_told(fresh_city: City) -> None:
    city = fresh_city
    [(account,)] = city.query("select id from account where username = 'leader'")
    notice = NewNotice(
        kind="webhook_disabled", account_id=account, subject_id=account,
        facts={"host": "receiver.example", "reason": "410"},
    )  # fmt: skip

    async def give() -> None:
        async with city.services.database.transaction(SYSTEM) as work:
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
