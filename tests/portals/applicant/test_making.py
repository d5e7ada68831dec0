"""Making a case on i深圳: said, checked, sent once; nothing typed is lost, nobody is betrayed."""

import re

import pytest

from tests.city import City
from tests.portals.applicant.paper import (
    FORM,
    HTML,
    SAID,
    case_of,
    fields,
    get,
    made,
    picture,
    send,
)


def test_the_form_asks_first_what_happened_and_knows_who_asks(city: City) -> None:
    page = get(city, FORM).text

    assert "发生了什么？" in page
    assert 'value="示例·citizen"' in page


def test_an_empty_form_comes_back_with_the_fault_on_top_and_at_the_field(city: City) -> None:
    answer = city.client.post(
        FORM, data=fields(body="", place_address="梅亭路"), headers={**city.as_("citizen"), **HTML}
    )

    assert answer.status_code == 422
    assert answer.text.count("还没写发生了什么，一句话就行") == 2
    assert 'value="梅亭路"' in answer.text
    assert 'value="a-key-of-this-form-0001"' in answer.text


def test_a_wrong_telephone_is_told_where_it_stands(city: City) -> None:
    answer = city.client.post(
        FORM, data=fields(contact_telephone="12"), headers={**city.as_("citizen"), **HTML}
    )

    assert answer.status_code == 422
    assert 'id="contact_telephone-fault"' in answer.text
    assert SAID in answer.text


def test_everything_is_shown_before_it_is_sent(city: City) -> None:
    before = city.query("select count(*) from cases")

    page = city.client.post(
        FORM,
        data=fields(step=""),
        files=[("photos", ("drain.jpg", picture(), "image/jpeg"))],
        headers={**city.as_("citizen"), **HTML},
    ).text

    assert "核对后提交" in page
    assert SAID in page
    assert re.search(r'name="photos_kept" value="[0-9a-f-]{36}"', page)
    assert city.query("select count(*) from cases") == before


def test_going_back_to_change_keeps_every_word_and_photo(city: City) -> None:
    check = city.client.post(
        FORM, data=fields(), files=[("photos", ("a.jpg", picture(), "image/jpeg"))],
        headers={**city.as_("citizen"), **HTML},
    ).text  # fmt: skip
    kept = re.findall(r'name="photos_kept" value="([0-9a-f-]{36})"', check)

    page = city.client.post(
        FORM, data={**fields(step="edit"), "photos_kept": kept[0]},
        headers={**city.as_("citizen"), **HTML},
    ).text  # fmt: skip

    assert SAID in page
    assert kept[0] in page


def test_a_case_is_made_with_its_place_and_its_photo(city: City) -> None:
    answer = send(
        city, submission="with-a-photo-00001",
        files=[("photos", ("drain.jpg", picture(place=True), "image/jpeg"))],
    )  # fmt: skip
    code = answer.headers["location"].rsplit("/", 1)[1]

    rows = city.query(
        "select c.title, st_x(c.place), c.channel, f.photos, s.subject_id = c.id, s.owner_id "
        "from cases c join city.demand f on f.id = c.id join stored_file s on s.id = f.photos[1] "
        "where c.code = %s", code,
    )  # fmt: skip
    title, longitude, channel, photos, is_held, owner = rows[0]
    assert title == "梅亭路 3 号门口的雨水口堵了"
    assert (longitude, channel, len(photos), is_held, owner) == (114.05, "ishenzhen", 1, True, None)


def test_the_receipt_says_number_next_when_and_whom(city: City) -> None:
    code = made(city, "receipt-key-000001")

    page = get(city, f"/i/receipt/demand/{code}").text

    assert code in page
    assert "接下来" in page
    assert re.search(r"<time [^>]+>[^<]+</time> 前答复", page)
    assert "tel:12345" in page


def test_a_form_that_is_sent_twice_is_one_case(city: City) -> None:
    first, second = made(city, "twice-key-0000001"), made(city, "twice-key-0000001")

    assert first == second
    assert city.query("select count(*) from cases where code = %s", first) == [(1,)]


def test_a_guest_gets_a_receipt_code_that_opens_the_case_anywhere(city: City) -> None:
    answer = send(city, "guest", submission="guest-key-000001")

    assert answer.status_code == 200
    assert "查询码" in answer.text
    assert re.search(r"receipts=\w+\.[\w-]+; HttpOnly", answer.headers["set-cookie"])


@pytest.mark.parametrize("by", ["citizen", "guest"])
def test_an_anonymous_case_keeps_nobody_not_even_in_the_log_or_its_photos(
    city: City, by: str
) -> None:
    answer = send(
        city, by, submission=f"anonymous-{by}-0001", disclosure="anonymous",
        contact_name="王某", contact_telephone="13812345678",
        files=[("photos", ("a.jpg", picture(), "image/jpeg"))],
    )  # fmt: skip
    code = re.findall(r"SQ\d{14}", answer.text)[0]

    case = case_of(city, code)
    assert (case["author_id"], case["author_account_id"]) == (None, None)
    assert city.query("select actor_id from log where subject_id = %s::uuid", case["id"]) == [
        (None,)
    ]
    kept = city.query(
        "select contact_name, contact_telephone from city.demand where id = %s::uuid", case["id"]
    )
    assert kept == [(None, None)]
    assert city.query(
        "select owner_id from stored_file where subject_id = %s::uuid", case["id"]
    ) == [(None,)]


def test_a_picture_that_is_none_is_refused_and_the_words_stay(city: City) -> None:
    answer = city.client.post(
        FORM, data=fields(), files=[("photos", ("a.jpg", b"not a picture", "image/jpeg"))],
        headers={**city.as_("citizen"), **HTML},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "这种文件暂不收" in answer.text
    assert SAID in answer.text


def test_a_script_in_the_text_is_only_a_text(city: City) -> None:
    code = made(city, "script-key-000001", body="<script>alert(1)</script> 路灯不亮")

    page = get(city, f"/i/cases/demand/{code}").text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_sentence_that_was_searched_is_taken_into_the_form(city: City) -> None:
    assert "路灯三天不亮</textarea>" in get(city, f"{FORM}?say=路灯三天不亮").text


def test_hints_are_a_part_of_the_page_and_keep_nothing(city: City) -> None:
    before = city.query("select count(*) from log")

    answer = city.client.post(
        "/i/hints/demand_form", data=fields(), headers={**city.as_("guest"), **HTML}
    )

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert city.query("select count(*) from log") == before


def test_similar_matters_near_by_are_offered_with_their_number_of_people(city: City) -> None:
    made(city, "similar-key-00001", body="梅亭路积水，雨水口堵塞")
    city.query("update cases set category = null where open returning 1")

    answer = city.client.post(
        "/i/hints/demand_form", data=fields(body="这里积水好几天了，没有人来管"), headers=HTML
    )

    assert answer.status_code == 200
    assert answer.text.count("/i/public/demand/") <= 3


def test_a_portal_shows_only_forms_that_packs_declare_for_it(city: City) -> None:
    assert get(city, "/i/new/enterprise_demand_form").status_code == 404
    assert get(city, "/i/new/knowledge_form").status_code == 404
