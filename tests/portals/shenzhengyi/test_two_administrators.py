"""Two administrators edit the same row: who saves second is told what stands, loses nothing of what
was typed, and saves once more or leaves it."""

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.city import MEILIN, City
from tests.portals.shenzhengyi.desk_paper import get, post, unit


class Version(HTMLParser):
    """The version that the first form of a page sends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given.get("value") or ""] * (
            tag == "input" and given.get("name") == "version"
        )


def organisation(city: City) -> tuple[str, str, dict[str, str]]:
    page = f"/e/admin/organisations/{unit(city, 'grid@meilin')}"
    rest = {"name_en": "Meilin Grid", "kind": "grid_centre", "area_code": MEILIN, "active": "1"}
    return page, f"{page}/change", rest


def area(city: City) -> tuple[str, str, dict[str, str]]:
    page = f"/e/admin/areas/{MEILIN}"
    return page, page, {"name_en": "Meilin", "population": "120000"}


def role(city: City) -> tuple[str, str, dict[str, str]]:
    post(city, "/e/admin/roles/new", "admin", role="night", name_zh="夜班", name_en="Night",
         includes="clerk")  # fmt: skip
    page = "/e/admin/roles/night"
    return page, page, {"name_en": "Night", "includes": "clerk", "active": "1"}


@pytest.mark.parametrize("what", [organisation, area, role])
def test_who_saves_second_sees_what_stands_and_keeps_what_was_typed(city: City, what: Any) -> None:
    page, path, rest = what(city)
    first = Version(get(city, page, "admin").text).found[0]
    done = post(city, path, "admin", version=first, name_zh="甲改的名", **rest)
    assert done.status_code == 303, done.text

    late = post(city, path, "admin", version=first, name_zh="乙改的名", **rest)
    assert late.status_code == 409
    assert "别人刚刚改过，您的修改还没有保存" in late.text
    told = late.text.split("别人刚刚改过")[1].split("</ul>")[0]
    assert "甲改的名" in told
    assert 'value="乙改的名"' in late.text

    again = post(
        city, path, "admin", version=Version(late.text).found[0], name_zh="乙改的名", **rest
    )
    assert again.status_code == 303, again.text
    assert "乙改的名" in get(city, page, "admin").text


def test_the_same_holds_for_declared_records(city: City) -> None:
    path = "/e/records/duty"
    body = {"code": "TWO1", "level1": "城乡建设", "organisation_key": "water", "level": "city",
            "deadline": "ordinary"}  # fmt: skip
    assert city.client.post("/api/v1/duty", json=body, headers=city.as_("admin")).is_success
    rest = {name: text for name, text in body.items() if name != "code"}
    first = Version(get(city, f"{path}/TWO1", "admin").text).found[0]
    one = post(city, f"{path}/TWO1", "admin", version=first, **{**rest, "basis": "甲的依据"})
    assert one.status_code == 303, one.text

    late = post(city, f"{path}/TWO1", "admin", version=first, **{**rest, "basis": "乙的依据"})
    assert late.status_code == 409
    assert "甲的依据" in late.text.split("别人刚刚改过")[1].split("</ul>")[0]
    assert "乙的依据" in late.text
    again = post(city, f"{path}/TWO1", "admin", version=Version(late.text).found[0],
                 **{**rest, "basis": "乙的依据"})  # fmt: skip
    assert again.status_code == 303
    assert city.query("select basis from city.duty where code = 'TWO1'") == [("乙的依据",)]
