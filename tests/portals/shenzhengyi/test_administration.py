"""Administration: accounts, posts, organisations, calendar, declared types, parked work, import."""

import io
from typing import Any

import pytest
from openpyxl import Workbook

from tests.city import PASSWORD, City
from tests.portals.shenzhengyi.desk_paper import get, post, unit

PAGES = ("organisations", "accounts", "posts", "roles", "calendar", "parked")


def sheet(*lines: str) -> dict[str, Any]:
    """A CSV file as a browser sends it."""
    return {"file": ("rows.csv", "\n".join(lines).encode(), "text/csv")}


@pytest.mark.parametrize("page", PAGES)
def test_administration_is_for_administrators(city: City, page: str) -> None:
    assert get(city, f"/e/admin/{page}", "admin").status_code == 200
    assert get(city, f"/e/admin/{page}", "clerk").status_code == 403


def test_an_account_is_added_with_a_one_time_password_that_signs_in(city: City) -> None:
    answer = post(
        city, "/e/admin/accounts/new", "admin", username="new.clerk", name="示例·新人",
        role="clerk", organisation="water@futian",
    )  # fmt: skip
    assert answer.status_code == 200
    password = answer.text.split("密码</dt><dd>")[1].split("</dd>")[0].strip()
    session = city.run(city.services.identity.sign_in, "new.clerk", password)
    assert session.actor.holds("clerk")
    kinds = city.query("select kind from log where kind = 'account.opened'")
    assert kinds


def test_a_wrong_account_is_told_field_by_field(city: City) -> None:
    answer = post(
        city, "/e/admin/accounts/new", "admin", username="clerk", name="", role="emperor",
        organisation="nowhere",
    )  # fmt: skip
    assert answer.status_code == 422
    for field in ("username", "name", "role", "organisation"):
        assert f'href="#{field}"' in answer.text


def test_a_deactivated_account_is_signed_out_and_cannot_come_back(city: City) -> None:
    key = str(city.query("select id::text from account where username = 'clerk2'")[0][0])
    version = str(city.query("select version from account where id = %s", key)[0][0])
    answer = post(
        city, f"/e/admin/accounts/{key}/change", "admin", name="示例·clerk2", active="0",
        version=version,
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert city.query("select count(*) from session where account_id = %s", key) == [(0,)]
    signed = city.client.post("/api/v1/session", json={"username": "clerk2", "password": PASSWORD})
    assert signed.status_code != 201


def test_posts_are_given_and_ended(city: City) -> None:
    key = str(city.query("select id::text from account where username = 'duty'")[0][0])
    given = post(
        city, f"/e/admin/accounts/{key}/post", "admin", role="supervisor",
        organisation="command@futian",
    )  # fmt: skip
    assert given.status_code == 303
    held = (
        "select id::text from post where account_id = %s and role = 'supervisor' "
        "and ended_at is null"
    )
    found = str(city.query(held, key)[0][0])
    assert post(city, f"/e/admin/accounts/{key}/end", "admin", post=found).status_code == 303
    assert city.query(held, key) == []


def test_accounts_are_imported_all_or_none_or_the_valid_ones(city: City) -> None:
    lines = (
        "username,name,role,organisation",
        "import.one,示例·一,clerk,water@futian",
        "x,,clerk,water@futian",
    )
    path = "/e/admin/accounts/import"
    none = post(city, path, "admin", files=sheet(*lines), mode="all")
    assert none.status_code == 422
    assert "一行也没有导入" in none.text
    assert city.query("select 1 from account where username = 'import.one'") == []
    some = post(city, path, "admin", files=sheet(*lines), mode="partly")
    assert some.status_code == 200
    assert "已导入 1 行" in some.text
    assert city.query("select 1 from account where username = 'import.one'") == [(1,)]


def test_organisations_are_imported_parents_first(city: City) -> None:
    lines = (
        "key,kind,level,name_zh,name_en,area_code,parent",
        "parks@futian,parks,district,示例·园林,Sample parks,440304000000,government@futian",
        "parks@meilin,parks,sub_district,示例·园林所,Sample parks office,440304007000,parks@futian",
    )
    answer = post(city, "/e/admin/organisations/import", "admin", files=sheet(*lines), mode="all")
    assert "已导入 2 行" in answer.text
    assert unit(city, "parks@meilin")


def test_an_organisation_is_renamed_where_its_version_still_stands(city: City) -> None:
    key = unit(city, "water@nanshan")
    body = {"name_zh": "示例·南山水务", "name_en": "Sample Nanshan water", "active": "1",
            "kind": "water", "area_code": "440305000000"}  # fmt: skip
    path = f"/e/admin/organisations/{key}/change"
    assert post(city, path, "admin", version="1", **body).status_code == 303
    assert post(city, path, "admin", version="1", **body).status_code == 409


def test_the_calendar_is_imported(city: City) -> None:
    lines = ("day,working,name,source", "2027-02-06,否,春节,国办通知", "2027-02-30,是,,")
    path = "/e/admin/calendar/import"
    answer = post(city, path, "admin", files=sheet(*lines), mode="partly")
    assert "已导入 1 行" in answer.text
    assert "春节" in get(city, "/e/admin/calendar?year=2027", "admin").text


def test_a_declared_type_has_list_form_and_import_without_code_of_its_own(city: City) -> None:
    page = get(city, "/e/records/deadline_rule", "admin").text
    assert "时限档" in page
    word = {"word": "示例敏感词", "meaning": "life"}
    added = post(city, "/e/records/sensitive_word/new", "admin", **word)
    assert added.status_code == 303, added.text
    assert "示例敏感词" in get(city, "/e/records/sensitive_word?q=示例敏感词", "admin").text
    again = post(city, "/e/records/sensitive_word/new", "admin", word="", meaning="life")
    assert again.status_code == 422
    assert 'href="#word"' in again.text


def test_a_sheet_of_records_is_reported_row_by_row(city: City) -> None:
    book = Workbook()
    for row in (["word", "meaning"], ["示例甲", "life"], ["", "nonsense"]):
        book.active.append(row)  # type: ignore[union-attr]  # a new workbook has a sheet
    out = io.BytesIO()
    book.save(out)
    answer = post(
        city, "/e/records/sensitive_word/import", "admin",
        files={"file": ("words.xlsx", out.getvalue(), "application/octet-stream")}, mode="partly",
    )  # fmt: skip
    assert "已导入 1 行" in answer.text
    assert "要改的地方" in answer.text


def test_what_is_no_sheet_is_refused_in_words(city: City) -> None:
    answer = post(
        city, "/e/records/sensitive_word/import", "admin",
        files={"file": ("words.xlsx", b"PK no book", "application/octet-stream")}, mode="all",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "notice--late" in answer.text


def test_parked_work_is_laid_aside_with_a_reason(city: City) -> None:
    city.query(
        """insert into parked (id, subscriber, log_seq, tries, error)
           values ('01990000-0000-7000-8000-000000000001', 'sample', 1, 5, 'KeyError sample')
           returning 1"""
    )
    assert "KeyError sample" in get(city, "/e/admin/parked", "admin").text
    path = "/e/admin/parked/01990000-0000-7000-8000-000000000001/resolve"
    assert post(city, path, "admin", reason="").status_code == 422
    assert post(city, path, "admin", reason="重复的测试数据").status_code == 303
    assert "KeyError sample" not in get(city, "/e/admin/parked", "admin").text
