"""The workbench over HTTP: what is listed, what may be done, what two at once see."""

import io
import re

from openpyxl import load_workbook

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import at_unit, get, in_hand, post, step, version

LIST = "/e/list/workbench"


def test_a_guest_is_taken_to_the_sign_in_page(city: City) -> None:
    answer = get(city, "/e/", "guest")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?to=/e")


def test_a_citizen_is_told_that_this_door_is_for_officials(city: City) -> None:
    assert get(city, "/e/", "citizen").status_code == 403


def test_an_official_begins_with_the_work_in_hand(city: City) -> None:
    answer = get(city, "/e/")
    assert answer.headers["location"] == f"{LIST}?view=mine"
    page = get(city, answer.headers["location"]).text
    assert "在办" in page
    assert "本单位" in page


def test_a_case_in_hand_is_listed_with_its_time_left_and_late_ones_say_so(city: City) -> None:
    case = in_hand(city, "井盖松动了")
    city.query(
        "update cases set due_at = now() - interval '3 hours' where id = %s returning 1",
        case["id"],
    )
    page = get(city, f"{LIST}?view=mine").text
    assert "井盖松动了" in page
    assert "task-row--late" in page
    assert "超 3 小时" in page


def test_another_units_clerk_does_not_see_the_case(city: City) -> None:
    case = in_hand(city, "只有福田看得到")
    assert "只有福田看得到" not in get(city, f"{LIST}?view=unit", "clerk.nanshan").text
    assert get(city, f"{LIST}/{case['code']}", "clerk.nanshan").status_code == 404


def test_filters_stand_in_the_address_and_an_unknown_value_is_left_out(city: City) -> None:
    page = get(city, f"{LIST}?view=unit&state=late&channel=nonsense").text
    assert page.count('class="chip chip--chosen"') == 1
    assert "已超时" in page


def test_a_forged_cursor_is_refused(city: City) -> None:
    assert get(city, f"{LIST}?view=unit&cursor=AAAA").status_code == 422


def test_the_case_page_draws_exactly_the_verbs_that_may_be_done_now(city: City) -> None:
    case = at_unit(city, "请求签收")
    page = get(city, f"{LIST}/{case['code']}").text
    assert "act=accept" in page
    assert "act=approve" not in page
    chief = get(city, f"{LIST}/{case['code']}", "chief").text
    assert "act=accept" not in chief


def test_the_telephone_is_masked_on_the_page(city: City) -> None:
    case = in_hand(city, "号码要遮住")
    page = get(city, f"{LIST}/{case['code']}").text
    assert "138****0001" in page
    assert "13800000001" not in page


def test_script_in_a_text_is_only_text(city: City) -> None:
    case = in_hand(city, "<script>alert(1)</script>")
    page = get(city, f"{LIST}/{case['code']}").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_verb_is_done_and_told(city: City) -> None:
    case = at_unit(city, "签收这一件")
    answer = post(city, f"{LIST}/{case['code']}/do/accept?view=unit", version=version(city, case))
    assert answer.status_code == 303
    assert step(city, case) == "handling"
    assert "已办：签收" in get(city, answer.headers["location"]).text


def test_a_reply_without_words_is_refused_at_its_field(city: City) -> None:
    case = in_hand(city, "空答复")
    answer = post(city, f"{LIST}/{case['code']}/do/reply", version=version(city, case), body="")
    assert answer.status_code == 422
    assert "field__fault" in answer.text
    assert step(city, case) == "handling"


def test_of_two_officials_the_loser_is_told_and_loses_nothing(city: City) -> None:
    case = in_hand(city, "两人同时")
    seen = version(city, case)
    first = post(city, f"{LIST}/{case['code']}/do/reply", version=seen, body="已经疏通。")
    assert first.status_code == 303
    second = post(
        city, f"{LIST}/{case['code']}/do/transfer", "clerk2", version=seen,
        reason="应当由市里办，这段话不能丢",
        organisation_id=str(city.query("select id from organisation where key='water@city'")[0][0]),
    )  # fmt: skip
    assert second.status_code == 409
    assert "别人刚刚改动了这一件" in second.text
    assert "应当由市里办，这段话不能丢" in second.text
    assert step(city, case) == "approval"


def test_a_note_is_internal_and_stands_in_the_course(city: City) -> None:
    case = in_hand(city, "记一笔")
    path = f"{LIST}/{case['code']}"
    answer = post(city, f"{path}/do/note", version=version(city, case), body="今晚去现场看")
    assert answer.status_code == 303
    assert "今晚去现场看" in get(city, path).text
    rows = city.query("select visibility from message where case_id = %s", case["id"])
    assert rows == [("internal",)]


def test_a_unit_is_found_by_a_part_of_its_name(city: City) -> None:
    page = get(city, "/e/units?unit_text=nanshan").text
    assert "示例·water@nanshan" in page
    assert "没有这个名称" in get(city, "/e/units?unit_text=zzzz").text


def test_a_typed_name_that_means_several_units_asks_which(city: City) -> None:
    case = in_hand(city, "转给谁")
    answer = post(
        city, f"{LIST}/{case['code']}/do/transfer", version=version(city, case),
        unit_text="water", reason="不属于本局",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "示例·water@city" in answer.text
    assert step(city, case) == "handling"


def test_watching_a_case_puts_it_on_ones_own_list_and_supports_nobody(city: City) -> None:
    case = in_hand(city, "我要盯着")
    post(city, f"{LIST}/{case['code']}/watch", on="1")
    assert "我要盯着" in get(city, "/e/watched").text
    assert "我要盯着" not in get(city, "/e/watched", "clerk2").text
    page = get(city, f"{LIST}/{case['code']}").text
    assert "人关注" not in page
    post(city, f"{LIST}/{case['code']}/watch", on="0")
    assert "我要盯着" not in get(city, "/e/watched").text


def test_a_batch_does_each_on_its_own_and_tells_what_failed(city: City) -> None:
    fresh, changed = at_unit(city, "批量甲"), at_unit(city, "批量乙")
    picked = [f"{fresh['code']}:{version(city, fresh)}", f"{changed['code']}:1"]
    answer = post(city, f"{LIST}/batch/accept?view=unit", case=picked)
    assert answer.status_code == 303
    assert "done=1" in answer.headers["location"]
    assert changed["code"] in answer.headers["location"]
    assert (step(city, fresh), step(city, changed)) == ("handling", "accepting")
    page = get(city, answer.headers["location"]).text
    assert "办好 1 件，1 件没有办成" in page


def test_the_page_for_several_offers_what_they_share(city: City) -> None:
    case = in_hand(city, "指派给同事")
    picked = f"{case['code']}:{version(city, case)}"
    shown = post(city, f"{LIST}/chosen?view=unit", "chief", case=picked)
    assert shown.status_code == 200
    assert "指派" in shown.text
    assert "示例·clerk2" in shown.text


def test_export_is_what_is_shown_and_runs_nothing_in_a_spreadsheet(city: City) -> None:
    in_hand(city, "=HYPERLINK(evil)")
    text = get(city, "/e/export/workbench.csv?view=unit", "chief").content.decode("utf-8-sig")
    assert "'=HYPERLINK(evil)" in text
    book = load_workbook(
        io.BytesIO(get(city, "/e/export/workbench.xlsx?view=unit", "chief").content)
    )
    cells = [str(row[1]) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert "'=HYPERLINK(evil)" in cells
    assert get(city, "/e/export/workbench.csv?view=unit", "clerk").status_code == 403


def test_the_columns_of_an_export_are_chosen_and_stand_in_the_address(city: City) -> None:
    case = in_hand(city, "选列导出")
    taken = "select count(*) from access_record where action = 'export'"
    page = get(city, "/e/export/workbench?view=unit&column=unit&field=subject", "chief").text
    ticked = set(re.findall(r'name="(?:column|field)" value="(\w+)" checked', page))
    plain = "/e/export/workbench.csv?view=unit&column=unit&field=subject"
    before = city.query(taken)[0][0]

    lines = get(city, plain, "chief").content.decode("utf-8-sig").splitlines()
    between = city.query(taken)[0][0]
    get(city, f"{plain}&field=contact_telephone", "chief")

    assert ticked == {"unit", "subject"}
    assert "导出会记入查看记录" in page
    assert lines[0].startswith("编号,事项,承办单位,")
    assert len(lines[0].split(",")) == 4
    assert any(line.startswith(f"{case['code']},选列导出,示例·water@futian") for line in lines)
    assert (between, city.query(taken)[0][0]) == (before, before + 1)
    assert get(city, "/e/export/workbench", "clerk").status_code == 403


def test_the_process_is_drawn_with_the_path_taken(city: City) -> None:
    case = in_hand(city, "看流程")
    page = get(city, f"{LIST}/{case['code']}?tab=process").text
    assert "<svg" in page
    assert "bpmn-taken" in page
    assert "bpmn-waiting" in page


def test_who_read_a_case_is_shown_to_its_unit(city: City) -> None:
    case = in_hand(city, "谁看过")
    get(city, f"{LIST}/{case['code']}")
    page = get(city, f"{LIST}/{case['code']}?tab=readers").text
    assert "示例·clerk" in page


def test_a_number_typed_into_the_search_opens_the_case(city: City) -> None:
    case = in_hand(city, "按编号找")
    answer = get(city, f"/e/search?q={case['code']}")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(case["code"])


def test_every_page_says_the_same_in_english(city: City) -> None:
    case = in_hand(city, "In two languages")
    answer = city.client.get(
        f"{LIST}/{case['code']}?view=mine",
        headers=city.as_("clerk", cookie="language=en", accept="text/html"),
    )
    assert answer.status_code == 200
    assert "In hand" in answer.text
    assert "内部备注" not in answer.text
