"""Cases in every state, and how the command portal is read in the tests."""

import re
from typing import Any

from tests.city import City

AREAS = (440304007016000, 440304007016001, 440305000000000, None)
CATEGORIES = ("城乡建设/城市建设和市政管理/自来水供应", "环境保护/环境污染/噪音污染")
CASES = 40


def fill_with_cases(city: City) -> None:
    """Forty cases of today and of a week ago in two districts, in every state of their time."""
    for n in range(CASES):
        made = city.send_case(fields={"subject": f"事由 {n}", "body": "积水"})
        place(city, made, AREAS[n % 4], CATEGORIES[n % 2])
        city.query(_AGED[n % 8], made["id"])
    city.run(city.services.indicators.rebuild)


def place(city: City, case: dict[str, Any], area: int | None, category: str) -> None:
    """Where a case is and what it is about, as intake would have found it."""
    city.query(
        "update cases set area_no = %s, category = %s where id = %s returning id",
        area, category, case["id"],
    )  # fmt: skip


_AGED = tuple(
    f"update cases set {change} where id = %s returning id"
    for change in (
        "watch_at = now() - interval '1 hour'",
        "due_at = now() - interval '70 minutes'",
        "clock = 'suspended'",
        "replied_at = now(), was_late = false, satisfaction = 4",
        "replied_at = now(), was_late = true, satisfaction = 1",
        "open = false, clock = 'stopped', outcome = 'closed', closed_at = now()",
        "accepted_at = accepted_at - interval '7 days'",
        "urgency = 0",
    )
)


def see(city: City, path: str, by: str = "leader", status: int = 200, **headers: str) -> str:
    """A page as somebody sees it."""
    asked = {**city.as_(by), "accept": "text/html", **headers}
    answer = city.client.get(path, headers=asked, follow_redirects=False)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:400])
    found: str = answer.text
    return found


def rows_of(page: str, number: int = 0) -> list[list[str]]:
    """The cells of the rows of a page's table, without markup."""
    table = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)[number]
    rows = re.findall(r"<tr.*?</tr>", table, re.S)
    return [[_plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)] for row in rows]


def _plain(cell: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", cell)).strip()


def number(text: str) -> int:
    """A count as it is written."""
    return int(text.replace(",", ""))


def figure(page: str) -> str:
    """The first great figure of a page."""
    found = re.search(r'class="figure__value"[^>]*>([^<]*)', page)
    assert found is not None
    return found.group(1).strip()


def scope(city: City, by: str, type_name: str) -> Any:
    """What somebody may read."""
    actor = city.run(city.services.identity.actor_of, city.tokens[by])
    return city.services.rights.scope(actor, "read", type_name)
