"""A field that names a kind of organisation shows the name of the organisation, not its key."""

import re

import pytest

from tests.city import City
from tests.portals.shenzhengyi.desk_paper import get, post

RAW = re.compile(r">\s*(water|urban_management|police)\s*<")


@pytest.fixture(scope="module")
def duty(city: City) -> str:
    body = {"code": "KIND1", "level1": "城乡建设", "organisation_key": "water", "level": "city",
            "deadline": "ordinary"}  # fmt: skip
    made = city.client.post("/api/v1/duty", json=body, headers=city.as_("admin"))
    assert made.status_code == 201, made.text
    return str(made.json()["code"])


@pytest.mark.parametrize(("language", "column"), [("zh", "name_zh"), ("en", "name_en")])
def test_lists_and_filters_show_the_unit(city: City, duty: str, language: str, column: str) -> None:
    name = str(city.query(f"select {column} from organisation where key = 'water@city'")[0][0])
    headers = {**city.as_("admin"), "accept": "text/html", "accept-language": language}
    page = city.client.get("/e/records/duty?organisation_key=water", headers=headers).text
    table = page.split("<tbody")[1]
    assert name in table
    assert not RAW.search(table)
    assert f'value="water" selected>{name}' in page.replace(' selected=""', " selected")


def test_a_form_lets_one_choose_the_unit_and_keeps_its_key(city: City, duty: str) -> None:
    name = str(city.query("select name_zh from organisation where key = 'water@city'")[0][0])
    form = get(city, f"/e/records/duty/{duty}", "admin").text
    field = form.split('name="organisation_key"')[1].split("</select>")[0]
    assert name in field
    assert 'value="command"' in field
    done = post(
        city, f"/e/records/duty/{duty}", "admin", version="1", level1="城乡建设",
        organisation_key="command", level="city", deadline="ordinary",
    )  # fmt: skip
    assert done.status_code == 303, done.text
    rows = city.query("select organisation_key from city.duty where code = %s", duty)
    assert rows == [("command",)]


def test_a_kind_that_no_unit_is_of_stands_as_it_is(city: City) -> None:
    body = {"code": "KIND2", "level1": "城乡建设", "organisation_key": "lighthouse",
            "level": "city", "deadline": "ordinary"}  # fmt: skip
    assert city.client.post("/api/v1/duty", json=body, headers=city.as_("admin")).is_success
    form = get(city, "/e/records/duty/KIND2", "admin").text
    assert 'value="lighthouse" selected' in form
