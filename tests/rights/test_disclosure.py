"""Nothing of a demand comes out to one who may not know it: every reader goes everywhere.

Words that stand nowhere else are planted in an anonymous, a confidential and an open demand. Each
role, and a guest, then asks for every GET route and follows every link. An official's rights decide
what may be met; of a protected author nothing may, by nobody.
"""

import re
from typing import Any
from urllib.parse import quote

import pytest

from pengcheng.kernel.authz import GUEST, PERSONAL, SYSTEM, Facts, Region, Scope
from tests.city import City
from tests.portals.applicant.paper import HTML, follow_log
from tests.rights.disclosure import AUTHOR, OPEN_AUTHOR, READERS, Marked, mark, seeds, walk

KEEPS_ACCOUNTS = ("admin", "auditor")
PROTECTED = ("anonymous", "confidential")
OTHERS = tuple(name for name in READERS if name != AUTHOR)
# What differs between any two answers: ids of requests, times to the microsecond.
CHANGES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d\d:\d\d(:\d\d\.\d+)?")
UNKNOWN = ("标记正文9甲", "欧阳标记9", "13912340009", "marked9@example.org")


@pytest.fixture(scope="module")
def marked(city: City) -> list[Marked]:
    """The planted demands, taken over by search, notices and figures."""
    found = [mark(city, how, at) for at, how in enumerate((*PROTECTED, "open"), start=1)]
    for case in found:
        assert city.act("clerk", case_of(case), "accept").status_code == 200
        told = city.act("clerk", case_of(case), "interim_reply", body="正在办理")
        assert told.status_code == 200, told.text
    follow_log(city)
    return found


def case_of(case: Marked) -> dict[str, Any]:
    return {"id": case.id, "code": case.code}


def ids_of(city: City, name: str) -> tuple[str, ...]:
    """The ids of an account and of its person."""
    found = "select id::text, person_id::text from account where username = %s"
    return city.query(found, name)[0]


def sees(city: City, name: str, case: Marked) -> tuple[bool, bool]:
    """Whether a reader may read a demand, and its personal values."""
    actor = GUEST
    if name != "guest":
        actor = city.run(city.services.identity.actor_of, city.tokens[name])
    everything = Scope(action="read", type="demand", regions=(Region(sensitivity=4),), actor=SYSTEM)
    found = city.run(city.services.cases.get, everything, case.code)
    told = {
        "area_no": found.area_no, "organisation_no": found.organisation_no,
        "owners": frozenset({found.author_id} - {None}),
        "assignees": frozenset({found.account_id} - {None}),
    }  # fmt: skip
    scopes = [city.services.rights.scope(actor, action, "demand") for action in ("read", "export")]
    return (
        scopes[0].holds(Facts(**told, sensitivity=found.sensitivity)),
        any(scope.holds(Facts(**told, sensitivity=PERSONAL)) for scope in scopes),
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_what_may_not_be_known_is_met_nowhere(city: City, marked: list[Marked], name: str) -> None:
    hidden: dict[str, str] = {}
    if name not in KEEPS_ACCOUNTS:
        hidden |= dict.fromkeys(ids_of(city, AUTHOR), "author")
    if name not in {*KEEPS_ACCOUNTS, OPEN_AUTHOR} and not sees(city, name, marked[2])[1]:
        hidden |= dict.fromkeys(ids_of(city, OPEN_AUTHOR), "open author")
    for case in marked:
        reads, knows = sees(city, name, case)
        is_open = case.disclosure == "open"
        hidden |= {word: case.disclosure for word in case.who if not (is_open and knows)}
        hidden |= {word: case.disclosure for word in case.said if not reads}
    start = seeds(city, marked)
    met: list[tuple[str, str, str]] = []
    asked = 0
    for address, answer in walk(city, name, start):
        asked += 1
        assert answer.status_code < 500 or address == "/readyz", (address, answer.text[:500])
        text = answer.content.decode("utf-8", "replace") + repr(dict(answer.headers))
        met += [(address, word, case) for word, case in hidden.items() if word in text]

    assert asked > 100
    assert met == []


ORACLES = (
    "/api/v1/cases/demand?state=all&q={}", "/api/v1/demand?contact_telephone={}",
    "/api/v1/demand?contact_name={}", "/api/v1/demand?contact_name.has={}",
    "/api/v1/demand?contact_email.in={}", "/api/v1/demand?body.has={}",
    "/api/v1/demand?contact_name.ge={}", "/api/v1/demand?contact_telephone.ne={}",
    "/api/v1/cases/demand/export?state=all&q={}", "/api/v1/callers?telephone={}",
    "/e/list/workbench?q={}", "/e/search?q={}", "/i/search?q={}", "/q/search?q={}",
    "/e/list/triage?q={}", "/e/list/supervision?q={}", "/e/desk/operator_desk?telephone={}",
    "/e/desk/operator_desk/caller?telephone={}", "/h/open/demand?q={}", "/e/admin/access?q={}",
    "/i/near/near_demands?q={}", "/e/records/demand?q={}",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_no_question_tells_whether_a_hidden_value_is_there(
    city: City, marked: list[Marked], name: str
) -> None:
    def told(address: str, word: str) -> tuple[int, str]:
        answer = city.client.get(
            address.format(word), headers={**city.as_(name), **HTML}, follow_redirects=False
        )
        text = CHANGES.sub("", answer.text)
        # What was asked comes back, as it was written or masked: that tells nothing.
        for asked in (word, quote(word), f"{word[:3]}****{word[-4:]}"):
            text = text.replace(asked, "")
        return answer.status_code, text

    differing: list[tuple[str, str]] = []
    for case in marked:
        reads, knows = sees(city, name, case)
        words = [*(case.said[:1] if not reads else ())]
        words += [*(case.who if case.disclosure != "open" or not knows else ())]
        for word in words:
            other = next(one for one in UNKNOWN if one[:4] == word[:4])
            differing += [
                (address, word)
                for address in ORACLES
                if told(address, word) != told(address, other)
            ]

    assert differing == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_list_is_not_sorted_by_what_its_reader_may_not_know(
    city: City, marked: list[Marked], name: str
) -> None:
    knows = sees(city, name, marked[2])[1]
    answer = city.client.get("/api/v1/demand?sort=contact_telephone", headers=city.as_(name))

    assert knows or answer.status_code in {401, 403, 404, 422}, answer.text[:300]
