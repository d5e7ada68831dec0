"""Lists of cases: columns that are chosen, views that are kept, boards, one press for one line."""

import re

import pytest

from pengcheng.engines.identity.views import KEPT_MAX
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, in_hand, post, step, version

LIST = "/e/list/workbench"


def heads(page: str) -> list[str]:
    return re.findall(r'<th scope="col">([^<]*)</th>', page)


def titles(page: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a[^>]*>([^<]*)</a>', page)


def test_a_view_of_returned_cases_holds_only_those(fresh_city: City) -> None:
    back, fresh = at_unit(fresh_city, "退回来的"), fresh_city.send_case()
    fresh_city.query("update cases set step = 'triage' where id = %s returning 1", fresh["id"])
    assert fresh_city.act("clerk", back, "return", reason="不归我们管").status_code == 200
    assert step(fresh_city, back) == "triage"

    assert titles(get(fresh_city, "/e/list/triage?view=returned", "operator").text) == ["退回来的"]
    assert len(titles(get(fresh_city, "/e/list/triage?view=waiting", "operator").text)) == 2


def test_a_list_shows_the_columns_that_its_address_names(city: City) -> None:
    case = in_hand(city, "看列")
    declared = get(city, f"{LIST}?view=unit").text
    assert heads(declared)[:2] == ["时限", "事项"]
    assert "编号" in heads(declared)

    chosen = get(city, f"{LIST}?view=unit&column=channel&column=unit&column=nonsense").text
    assert heads(chosen) == ["时限", "事项", "渠道", "承办单位"]
    assert "columns=channel%2Cunit" in chosen
    assert case["code"] not in re.sub(r'(href|value)="[^"]*"', "", chosen)
    assert heads(get(city, f"{LIST}?view=unit&columns=channel,unit").text) == heads(chosen)


def test_a_view_is_kept_under_a_name_and_seen_by_nobody_else(city: City) -> None:
    asked = "view=unit&state=unanswered&columns=code%2Cunit&order=accepted"
    page = get(city, f"{LIST}?{asked}")
    assert f"/e/views/workbench?{asked.split('&')[0]}" in page.text.replace("&amp;", "&")
    assert "存成视图" in page.text
    assert "存成视图" in get(city, f"/e/views/workbench?{asked}").text

    kept = post(city, f"/e/views/workbench?{asked}", name="迟了的")
    assert kept.status_code == 303
    assert "视图已存下" in get(city, kept.headers["location"]).text
    listed = get(city, LIST).text.replace("&amp;", "&")
    found = re.search(r'href="([^"]*)"[^>]*>迟了的</a>', listed)
    assert found is not None
    again = get(city, found.group(1)).text
    assert heads(again) == ["时限", "事项", "编号", "承办单位"]
    assert "迟了的" not in get(city, LIST, "clerk2").text


def test_a_kept_view_is_taken_away_and_brought_back(city: City) -> None:
    post(city, "/e/views/workbench?view=unit", name="要去掉的", by="clerk2")
    page = get(city, "/e/views", "clerk2").text
    drop = re.findall(r'action="(/e/views/drop/[^"]+)"', page)
    assert len(drop) == 1
    assert post(city, drop[0], "chief").status_code == 404

    gone = get(city, post(city, drop[0], "clerk2").headers["location"], "clerk2").text
    assert "要去掉的" not in re.sub(r'action="[^"]*"', "", gone)
    undo = re.search(r'action="(/e/views/again[^"]+)"', gone)
    assert undo is not None
    post(city, undo.group(1).replace("&amp;", "&"), "clerk2")
    assert "要去掉的" in get(city, "/e/views", "clerk2").text


@pytest.mark.parametrize("name", ["", "名" * 41])
def test_a_name_that_is_none_or_too_long_is_told_of(city: City, name: str) -> None:
    answer = post(city, "/e/views/workbench?view=unit", name=name)

    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_views_are_kept_up_to_a_number(fresh_city: City) -> None:
    for n in range(KEPT_MAX):
        post(fresh_city, "/e/views/workbench?view=unit", name=f"视图 {n}")

    assert post(fresh_city, "/e/views/workbench?view=unit", name="再一个").status_code == 422
    assert post(fresh_city, "/e/views/workbench?view=mine", name="视图 3").status_code == 303


def test_a_declared_board_has_a_lane_for_each_stage_and_its_list_beside(city: City) -> None:
    in_hand(city, "在处理的")
    board = get(city, "/e/list/supervision", "supervisor").text
    lanes = re.findall(r'class="lane__title"[^>]*>([^<]*?) <', board)
    assert "处理中" in lanes
    assert "在处理的" in board

    listed = get(city, "/e/list/supervision?as=list", "supervisor").text
    assert 'class="lane' not in listed
    assert "在处理的" in titles(listed)


def test_the_button_of_a_line_acts_on_that_line_alone(city: City) -> None:
    first, second = at_unit(city, "先签这件"), at_unit(city, "不签这件")
    page = get(city, f"{LIST}?view=to_accept").text
    only = f"{first['code']}:{version(city, first)}"
    assert f'value="{only}"' in page
    assert "data-swipe-act" in page

    ticked = f"{second['code']}:{version(city, second)}"
    done = post(city, f"{LIST}/batch/accept?view=to_accept", only=only, case=ticked)
    assert done.status_code == 303
    assert (step(city, first), step(city, second)) == ("handling", "accepting")


def test_the_process_of_a_case_leads_to_the_time_that_each_step_took(city: City) -> None:
    case = in_hand(city, "看流程")
    page = get(city, f"{LIST}/{case['code']}?view=unit&tab=process").text

    assert "<svg" in page
    assert f'href="/e/cases/demand/{case["code"]}/process"' in page
