"""What the tests of the officials' side send and read."""

from typing import Any

from tests.city import City

HTML = {"accept": "text/html"}


def get(city: City, path: str, by: str = "clerk") -> Any:
    """A page as a browser asks for it."""
    return city.client.get(path, headers={**city.as_(by), **HTML}, follow_redirects=False)


def post(city: City, path: str, by: str = "clerk", files: Any = None, **data: Any) -> Any:
    """A form, posted."""
    return city.client.post(
        path, data=data, files=files, headers={**city.as_(by), **HTML}, follow_redirects=False
    )


def unit(city: City, key: str = "water@futian") -> str:
    """The id of an organisation."""
    return str(city.query("select id::text from organisation where key = %s", key)[0][0])


def at_unit(city: City, title: str = "雨水口堵了", **more: Any) -> dict[str, Any]:
    """A case that an operator has given to the water bureau of Futian."""
    body = f"{title}，请尽快处理"
    fields = {"subject": title, "body": body, "contact_name": "示例·王女士",
              "contact_telephone": "13800000001"}  # fmt: skip
    case = city.send_case(fields=fields, area_code="440304007016", **more)
    city.query("update cases set step = 'triage' where id = %s returning 1", case["id"])
    done = city.act("operator", case, "dispatch", organisation_id=unit(city))
    assert done.status_code == 200, done.text
    return case


def in_hand(city: City, title: str = "雨水口堵了") -> dict[str, Any]:
    """A case that the clerk has accepted."""
    case = at_unit(city, title)
    assert city.act("clerk", case, "accept").status_code == 200
    return case


def version(city: City, case: dict[str, Any]) -> str:
    """The version of a case that stands now."""
    return str(city.query("select version from cases where id = %s", case["id"])[0][0])


def step(city: City, case: dict[str, Any]) -> str:
    """Where a case stands."""
    return str(city.query("select step from cases where id = %s", case["id"])[0][0])
