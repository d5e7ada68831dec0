"""What an official sees first: the work that waits, its first case beside it, nothing twice."""

import re

from pengcheng.kernel.areas import area_span
from pengcheng.portals.categories import last_text, levels_of
from pengcheng.portals.shenzhengyi import knowing
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, in_hand

PHONE = {"user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile"}
LIST = "/e/list/workbench"


def answered(city: City, title: str) -> dict[str, object]:
    """A case in the clerk's hands that was answered: its author's rating is awaited."""
    case = in_hand(city, title)
    city.query(
        """update cases set step = 'replied', stage = 'replied', replied_at = now()
           where id = %s returning 1""",
        case["id"],
    )
    return case


def test_a_desk_opens_with_the_first_case_that_waits_and_a_telephone_with_the_list(
    city: City,
) -> None:
    case = in_hand(city, "梅亭路雨水口堵了")
    desk = get(city, "/e/")
    phone = city.client.get("/e/", headers={**city.as_("clerk"), **PHONE}, follow_redirects=False)

    assert desk.headers["location"] == f"{LIST}/{case['code']}?view=mine"
    assert phone.headers["location"] == f"{LIST}?view=mine"
    assert f'href="{LIST}?view=mine"' in get(city, desk.headers["location"]).text


def test_where_nothing_is_in_hand_the_first_view_with_work_opens(fresh_city: City) -> None:
    case = at_unit(fresh_city, "河堤栏杆坏了")

    assert get(fresh_city, "/e/").headers["location"] == f"{LIST}/{case['code']}?view=to_accept"


def test_what_was_answered_is_no_longer_in_hand_and_has_a_view_of_its_own(city: City) -> None:
    case, done = in_hand(city, "梅亭路积水"), answered(city, "自来水发黄")
    hand = get(city, f"{LIST}?view=mine").text
    after = get(city, f"{LIST}?view=answered").text

    assert str(case["code"]) in hand
    assert str(done["code"]) not in hand
    assert str(done["code"]) in after
    assert "已答复</td>" in after


def test_a_list_whose_views_stand_in_the_navigation_is_not_named_again(city: City) -> None:
    in_hand(city)
    shown = get(city, f"{LIST}?view=mine").text
    items = re.findall(r'class="side-nav__item" href="([^"]*)"', shown)

    assert f"{LIST}?view=mine" in items
    assert LIST not in items


def test_who_holds_a_case_and_how_often_it_was_sent_are_columns(city: City) -> None:
    in_hand(city)
    shown = get(city, f"{LIST}?view=unit&columns=account,dispatches").text

    assert "经办人</th>" in shown
    assert "分拨次数</th>" in shown
    ((name,),) = city.query(
        """select p.name from account a join person p on p.id = a.person_id
           where a.username = 'clerk'"""
    )
    assert f'case-table__more">{name}</td>' in shown
    assert re.search(r'case-table__more">1</td>', shown)


def test_categories_have_names_in_english_at_each_level(city: City) -> None:
    registry = city.services.registry
    path = "城乡建设/城市建设和市政管理/公共汽车"

    assert levels_of(registry, "demand", path, "zh") == path.split("/")
    english = levels_of(registry, "demand", path, "en")
    assert english[0] == "Urban and rural construction"
    assert all(name.isascii() for name in english)
    assert last_text(registry, "demand", None, "en") == ""


def test_a_place_named_in_the_text_leads_to_its_own_unit(city: City) -> None:
    city.run(city.services.areas.load)
    found = knowing.area_named(city.services, "梅林街道中康路下雨积水")
    low, high = area_span("440304007000")

    assert found is not None
    assert low <= area_span(found)[0] < high
    assert knowing.area_named(city.services, "路灯不亮") is None
    told = get(city, "/e/desk/operator_desk/help?body=福田区自来水停水，请修", "operator").text
    assert "water@futian" in told
