"""What the tests of the citizen's side fill in and read."""

import io
import re
from typing import Any

from PIL import Image

from pengcheng.edge import following
from pengcheng.ground import subscriptions
from tests.city import IN_MEITING, City

FORM = "/i/new/demand_form"
SAID = "梅亭路 3 号门口的雨水口堵了。一下雨就积水。"
HTML = {"accept": "text/html"}


def picture(*, place: bool = False) -> bytes:
    """A small JPEG; with `place`, one whose camera wrote where it was."""
    made = io.BytesIO()
    exif = Image.Exif()
    if place:
        exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 34.0, 0.0), 3: "E", 4: (114.0, 3.0, 0.0)})
    Image.new("RGB", (640, 480), (90, 120, 150)).save(made, "JPEG", exif=exif)
    return made.getvalue()


def fields(**more: str) -> dict[str, str]:
    """A form as somebody types it."""
    longitude, latitude = IN_MEITING
    return {
        "submission": "a-key-of-this-form-0001", "body": SAID, "place_address": "梅亭路 3 号",
        "place_lon": str(longitude), "place_lat": str(latitude), "disclosure": "open", **more,
    }  # fmt: skip


def send(city: City, by: str = "citizen", files: Any = None, **more: str) -> Any:
    """The answer to a form, as the last button of the check page sends it."""
    return city.client.post(
        FORM, data=fields(step="send", **more), files=files, headers={**city.as_(by), **HTML},
        follow_redirects=False,
    )  # fmt: skip


def get(city: City, path: str, by: str = "citizen") -> Any:
    """A page as a browser asks for it."""
    return city.client.get(path, headers={**city.as_(by), **HTML}, follow_redirects=False)


def post(city: City, path: str, by: str = "citizen", **data: Any) -> Any:
    """A form without files, posted."""
    return city.client.post(
        path, data=data, headers={**city.as_(by), **HTML}, follow_redirects=False
    )


def made(city: City, key: str, by: str = "citizen", **more: str) -> str:
    """The number of a case that was made by the form."""
    answer = send(city, by, submission=key, **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rsplit("/", 1)[1]


def case_of(city: City, code: str) -> dict[str, Any]:
    """A case as the database has it, for acting on it."""
    rows = city.query(
        "select id::text, step, disclosure, author_id, author_account_id from cases "
        "where code = %s", code,
    )  # fmt: skip
    names = ("id", "step", "disclosure", "author_id", "author_account_id")
    return dict(zip(names, rows[0], strict=True))


def dispatched(city: City, code: str) -> dict[str, Any]:
    """The case after an operator gave it to the water bureau, as intake would have."""
    case = case_of(city, code)
    water = city.query("select id::text from organisation where key = 'water@futian'")[0][0]
    city.query("update cases set step = 'triage' where code = %s returning 1", code)
    done = city.act("operator", case, "dispatch", organisation_id=water)
    assert done.status_code == 200, done.text
    return case


def answered(city: City, code: str) -> dict[str, Any]:
    """The case after a reply was approved: it waits for its author."""
    case = dispatched(city, code)
    for by, verb, said in (("clerk", "accept", ""), ("clerk", "reply", "雨水口已疏通。"),
                           ("chief", "approve", "")):  # fmt: skip
        done = city.act(by, case, verb, body=said)
        assert done.status_code == 200, done.text
    return case


def follow_log(city: City) -> None:
    """Let what follows the log (notices, the index) do all there is to do."""

    async def follow() -> None:
        for subscriber in following.subscribers(city.services):
            while await subscriptions.advance(city.services.database, subscriber):
                pass

    city.run(follow)


def secret_of(page: str) -> str:
    """The receipt code on a receipt."""
    found = re.findall(r'<strong class="figures">([^<]+)</strong>', page)
    assert len(found) == 2
    return str(found[1])
