"""An application with boxes to tick and a table of rows: made without script, nothing lost."""

import re
from typing import Any

import pytest

from tests.city import City
from tests.home_aids import install
from tests.portals.applicant.paper import get, post

FORM = "/i/new/aid_form"
SENT = {
    "submission": "a-key-of-this-form-0002", "home": "示例一号", "wanted": ["rail", "ramp"],
    "items.0.what": "扶手", "items.0.count": "2", "items.0.price": "80.5",
    "items.1.what": "坡道", "items.1.count": "1", "items.1.price": "900",
}  # fmt: skip


@pytest.fixture(scope="module")
def homes(city: City, tmp_path_factory: pytest.TempPathFactory) -> City:
    return install(city, tmp_path_factory.mktemp("home_aids"))


def hidden(page: str) -> dict[str, Any]:
    """What the check page sends again."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        found.setdefault(name, []).append(value)
    return found


def test_the_form_asks_with_boxes_and_a_first_row(homes: City) -> None:
    page = get(homes, FORM).text
    assert page.count('type="checkbox" name="wanted"') == 4
    assert 'name="items.0.what"' in page
    assert 'name="items.0.cost"' not in page
    assert 'value="items:add"' in page


def test_rows_come_and_go_before_anything_is_checked(homes: City) -> None:
    page = post(homes, FORM, **{**SENT, "home": "", "_rows": "items:add"})
    assert page.status_code == 200
    assert 'name="items.2.what"' in page.text
    assert "请填写" not in page.text
    assert 'value="rail" checked' in page.text
    page = post(homes, FORM, **{**SENT, "_rows": "items:remove:0"})
    assert 'value="坡道"' in page.text
    assert 'value="扶手"' not in page.text


def test_faults_stand_at_the_cell_and_in_the_summary(homes: City) -> None:
    page = post(homes, FORM, **{**SENT, "items.1.count": "none"})
    assert page.status_code == 422
    assert 'href="#items.1.count"' in page.text
    assert "报价明细第 2 行“数量”" in page.text
    assert 'value="none"' in page.text


def test_all_is_shown_with_its_total_and_sent_as_it_was_typed(homes: City) -> None:
    check = post(homes, FORM, **SENT)
    assert check.status_code == 200, check.text
    assert "1061" in check.text
    assert '<li class="chips__one">坡道</li>' in check.text
    assert 'data-label="金额"' in check.text
    again = hidden(check.text)
    assert again["wanted"] == ["rail", "ramp"]
    edited = post(homes, FORM, **again, step="edit")
    assert 'value="80.5"' in edited.text
    sent = post(homes, FORM, **again, step="send")
    assert sent.status_code == 303, sent.text
    kept = homes.query('select wanted, items, total from city."aid_application"')
    assert kept == [
        (
            ["rail", "ramp"],
            [
                {"what": "扶手", "count": 2, "price": 80.5, "cost": 161.0},
                {"what": "坡道", "count": 1, "price": 900.0, "cost": 900.0},
            ],
            1061.0,
        )
    ]
    code = sent.headers["location"].rpartition("/")[2]
    page = get(homes, f"/i/cases/aid_application/{code}").text
    assert '<li class="chips__one">扶手</li>' in page
    assert 'data-label="项目"' in page
