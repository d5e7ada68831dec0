"""Following a case: where it is, adding to it, rating it, withdrawing it, having it done again."""

import pytest

from tests.city import City
from tests.portals.applicant.paper import (
    answered,
    dispatched,
    follow_log,
    get,
    made,
    picture,
    post,
    secret_of,
    send,
)


def own(code: str) -> str:
    return f"/i/cases/demand/{code}"


def version(city: City, code: str) -> int:
    return int(city.query("select version from cases where code = %s", code)[0][0])


def test_the_page_says_where_it_is_who_has_it_and_by_when(city: City) -> None:
    code = made(city, "status-key-000001")
    dispatched(city, code)

    page = get(city, own(code)).text

    assert "已分派给示例·water@futian，承诺" in page
    assert "前答复" in page
    assert "补充情况" in page
    assert "撤回诉求" in page


def test_its_steps_tell_when_and_its_reasons_speak_no_code(city: City) -> None:
    code = made(city, "steps-key-0000001")
    answered(city, code)

    page = get(city, own(code)).text

    bar = page.split('<ol class="step-bar')[1].split("</ol>")[0]
    assert bar.count("<time ") == 4
    assert "intake" not in page
    assert "{action" not in page


def test_while_materials_are_awaited_the_page_says_which_and_promises_no_day(city: City) -> None:
    code = made(city, "asked-key-0000001")
    case = dispatched(city, code)
    assert city.act("clerk", case, "accept").status_code == 200
    assert city.act("clerk", case, "suspend", reason="请补充楼牌的照片").status_code == 200

    page = get(city, own(code)).text

    assert "承办单位说：“请补充楼牌的照片”" in page
    assert "届时请您评价" not in page
    assert "届时" not in get(city, "/i/").text


def test_the_reply_stands_before_the_question_how_it_was(city: City) -> None:
    code = made(city, "order-key-0000001")
    answered(city, code)

    page = get(city, own(code)).text

    assert page.index("雨水口已疏通。") < page.index("这次办得怎么样？")


def test_an_english_reader_gets_the_names_of_categories(city: City) -> None:
    code = made(city, "english-key-00001")
    city.query(
        "update cases set category = '城乡建设/城市建设和市政管理/基础设施' "
        "where code = %s returning 1", code,
    )  # fmt: skip

    city.client.cookies.set("language", "en")
    page = get(city, f"/i/public/demand/{code}", "guest").text
    city.client.cookies.delete("language")

    assert "Infrastructure (text not public)" in page


def test_a_text_that_is_its_own_title_is_shown(city: City) -> None:
    code = made(city, "short-key-0000001", body="路灯不亮")

    assert '<p class="prose">路灯不亮</p>' in get(city, own(code)).text


def test_another_citizen_does_not_know_of_it(city: City) -> None:
    code = made(city, "private-key-00001")

    assert get(city, own(code), "citizen2").status_code == 404
    assert get(city, own(code), "guest").headers["location"] == f"/i/lookup?code={code}"


def test_an_official_is_a_citizen_here_and_sees_only_their_own(city: City) -> None:
    code = made(city, "official-key-0001")

    assert get(city, own(code), "operator").status_code == 404


def test_a_second_message_reaches_the_same_case_with_its_photo(city: City) -> None:
    code = made(city, "message-key-00001")

    answer = city.client.post(
        f"{own(code)}/message", data={"version": version(city, code), "body": "今天又积水了"},
        files=[("files", ("b.jpg", picture(), "image/jpeg"))],
        headers={**city.as_("citizen"), "accept": "text/html"}, follow_redirects=False,
    )  # fmt: skip

    assert answer.headers["location"] == f"{own(code)}?said=message"
    page = get(city, own(code)).text
    assert "今天又积水了" in page
    assert "/small?for=" in page


def test_an_empty_message_is_refused_at_its_field(city: City) -> None:
    code = made(city, "empty-key-0000001")

    answer = post(city, f"{own(code)}/message", version=version(city, code), body="")

    assert answer.status_code == 422
    assert 'id="body-fault"' in answer.text


def test_withdrawing_names_what_is_withdrawn_and_closes_it(city: City) -> None:
    code = made(city, "withdraw-key-0001")
    assert (
        "撤回“梅亭路 3 号门口的雨水口堵了”后就不再办理" in get(city, f"{own(code)}/withdraw").text
    )

    post(city, f"{own(code)}/withdraw", version=version(city, code))

    page = get(city, own(code)).text
    assert "已撤回，" in page
    assert "补充情况" not in page


def test_an_act_on_a_version_that_has_passed_changes_nothing(city: City) -> None:
    code = made(city, "stale-key-0000001")

    answer = post(city, f"{own(code)}/withdraw", version=99)

    assert answer.headers["location"] == f"{own(code)}?said=changed"
    assert city.query("select open from cases where code = %s", code) == [(True,)]


def test_a_reply_is_rated_in_five_grades_with_reasons(city: City) -> None:
    code = made(city, "rate-key-00000001")
    answered(city, code)
    page = get(city, own(code)).text
    assert "已答复，请您评价" in page
    assert "雨水口已疏通。" in page
    assert "互相推诿" in page

    done = post(city, f"{own(code)}/rate", version=version(city, code), grade="2",
                reasons=["slow", "unsolved"], body="等了太久")  # fmt: skip

    assert done.headers["location"] == f"{own(code)}?said=rate"
    rows = city.query(
        "select grade, reasons, comment from evaluation e join cases c on c.id = e.case_id "
        "where c.code = %s", code,
    )  # fmt: skip
    assert rows == [(2, ["slow", "unsolved"], "等了太久")]


def test_a_rating_without_a_grade_comes_back_with_what_was_typed(city: City) -> None:
    code = made(city, "nograde-key-00001")
    answered(city, code)

    answer = post(city, f"{own(code)}/rate", version=version(city, code), body="还行",
                  **{"from": "page"})  # fmt: skip

    assert answer.status_code == 422
    assert "请选一个满意程度" in answer.text
    assert "还行</textarea>" in answer.text


def test_it_is_done_again_once_when_its_author_says_why(city: City) -> None:
    code = made(city, "reopen-key-000001")
    answered(city, code)
    refused = post(city, f"{own(code)}/reopen", version=version(city, code), reason="")
    assert refused.status_code == 422

    post(city, f"{own(code)}/reopen", version=version(city, code), reason="还在积水")

    assert city.query("select step, reopenings from cases where code = %s", code) == [("triage", 1)]


def test_a_receipt_code_opens_the_case_and_lets_its_holder_act(city: City) -> None:
    page = send(city, "guest", submission="holder-key-000001").text
    secret = secret_of(page)
    code = page.split("SQ", 1)[1][:14]
    code = f"SQ{code}"
    city.client.cookies.clear()

    wrong = post(city, "/i/lookup", "guest", code=code, receipt="wrong")
    right = post(city, "/i/lookup", "guest", code=code.lower(), receipt=secret)

    assert wrong.status_code == 422
    assert right.headers["location"] == own(code)
    assert get(city, own(code), "guest").status_code == 200
    done = post(city, f"{own(code)}/message", "guest", version=version(city, code), body="补充")
    assert done.headers["location"] == f"{own(code)}?said=message"
    city.client.cookies.clear()


def test_its_author_reads_who_has_read_it(city: City) -> None:
    code = made(city, "readers-key-00001", contact_name="王某")
    case = dispatched(city, code)
    assert city.client.get(
        f"/api/v1/cases/demand/{case['id']}", headers=city.as_("clerk")
    ).status_code == 200  # fmt: skip

    page = get(city, own(code)).text

    assert "示例·water@futian查看" in page


def test_progress_is_told_to_its_author_and_to_the_unit(fresh_city: City) -> None:
    city = fresh_city
    code = made(city, "notices-key-00001")
    answered(city, code)
    follow_log(city)

    page = get(city, "/i/messages").text

    assert "示例·water@futian已答复，请您评价" in page
    assert "已分派给示例·water@futian" in page
    kinds = {row[0] for row in city.query("select kind from notice where organisation_no > 0")}
    assert "unit_dispatched" in kinds
    ids = ",".join(
        str(row[0])
        for row in city.query(
            "select id from notice where person_id > '00000000-0000-0000-0000-000000000000'"
        )
    )
    post(city, "/i/messages/read", ids=ids)
    assert "全部标为已读" not in get(city, "/i/messages").text


def test_a_reply_that_waits_for_approval_is_no_news_yet(fresh_city: City) -> None:
    city = fresh_city
    case = dispatched(city, made(city, "waiting-key-00001"))
    city.act("clerk", case, "accept")
    city.act("clerk", case, "reply", body="初稿")
    follow_log(city)

    assert "请您评价" not in get(city, "/i/messages").text


def test_what_was_said_is_found_by_its_author_alone(fresh_city: City) -> None:
    city = fresh_city
    code = made(city, "search-key-000001")
    dispatched(city, code)  # a case is found once it is taken in
    follow_log(city)

    assert f"/i/cases/demand/{code}" in get(city, "/i/search?q=雨水口").text
    assert code not in get(city, "/i/search?q=雨水口", "citizen2").text
    assert code not in get(city, "/i/search?q=雨水口", "guest").text


def test_a_public_matter_hides_its_author_and_is_joined(city: City) -> None:
    code = made(city, "public-key-000001", public_text="1",
                body="梅亭路积水，请联系 13812345678。")  # fmt: skip
    public = f"/i/public/demand/{code}"

    page = get(city, public, "guest").text

    assert "13812345678" not in page
    assert "示例·citizen" not in page
    done = post(city, f"{public}/follow", "citizen2")
    again = post(city, f"{public}/follow", "citizen2")
    assert done.headers["location"] == again.headers["location"] == f"{public}?said=follow"
    assert city.query("select count(*) from follower f join cases c on c.id = f.case_id "
                      "where c.code = %s", code) == [(1,)]  # fmt: skip


def test_a_text_that_is_not_public_is_not_told(city: City) -> None:
    code = made(city, "hidden-key-000001", body="不愿公开的内容在这里")

    page = get(city, f"/i/public/demand/{code}", "guest").text

    assert "不愿公开的内容" not in page
    assert "内容未公开" in page


def test_a_confidential_case_is_not_known_of_in_public(city: City) -> None:
    code = made(city, "secret-key-000001", disclosure="confidential")

    assert get(city, f"/i/public/demand/{code}", "citizen2").status_code == 404


@pytest.mark.parametrize("view", ["open", "to_rate", "closed", "all"])
def test_my_list_has_the_views_that_the_pack_declares(city: City, view: str) -> None:
    answer = get(city, f"/i/mine/my_demands?view={view}")

    assert answer.status_code == 200
    assert "我的诉求" in answer.text


def test_the_map_of_matters_near_by_has_a_list_that_says_the_same(city: City) -> None:
    code = made(city, "nearby-key-000001")

    page = get(city, "/i/near/near_demands?place_lon=114.05&place_lat=22.57", "guest").text

    assert page.count(f"/i/public/demand/{code}") >= 2
    assert "114.05" in page


def test_who_holds_a_receipt_code_learns_why_and_who_has_read_it(city: City) -> None:
    page = send(city, "guest", submission="receipt-why-000001", contact_name="王某").text
    code, secret = f"SQ{page.split('SQ', 1)[1][:14]}", secret_of(page)
    case = dispatched(city, code)
    city.query(
        """insert into decision (id, case_id, step, rule, version, inputs, output, why)
           values (gen_random_uuid(), %s, 'category', 'words', '1', '{}', '{}',
                   '{"zh": "因为写了雨水口", "en": "It says drain"}') returning 1""",
        case["id"],
    )
    city.client.get(f"/api/v1/cases/demand/{case['id']}", headers=city.as_("clerk"))
    post(city, "/i/lookup", "guest", code=code, receipt=secret)

    page = get(city, own(code), "guest").text
    city.client.cookies.clear()

    assert "因为写了雨水口" in page
    assert "示例·water@futian" in page.split("谁看过")[1]
