"""What each official is offered at each step of a demand is what `rights.yaml` and the declared
process say together, in the API and as buttons on the page; read from those files here."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ruamel.yaml import YAML

from pengcheng.engines.cases import SIDE_VERBS
from pengcheng.portals.shenzhengyi.verbs import ELSEWHERE
from tests.city import AREAS, MEITING, OFFICIALS, ORGANISATIONS, ROOT, City

PACK = ROOT / "packs" / "citizen_demands"
RIGHTS = YAML(typ="safe").load(PACK / "rights.yaml")["rights"]["demand"]
PROCESS = YAML(typ="safe").load(PACK / "processes" / "demand_handling.yaml")
STEPS = {name: step.get("actions", {}) for name, step in PROCESS["process"]["steps"].items()}
PARENT_AREA = {row[0]: row[4] for row in AREAS}
PARENT_UNIT = {row[0]: row[4] for row in ORGANISATIONS}
ENDS = ("closed",)
BUTTON = re.compile(r"[?&;]act=([a-z_]+)")

Path_ = tuple[tuple[str, str, dict[str, Any]], ...]
SEEN: Path_ = (("operator", "dispatch", {"unit": "water@futian"}),)
HANDLED: Path_ = (*SEEN, ("clerk", "accept", {}))
REPLIED: Path_ = (*HANDLED, ("clerk", "reply", {"body": "已疏通"}), ("chief", "approve", {}))
RATED: Path_ = (*REPLIED, ("citizen", "rate", {"grade": 4}))
TO: Mapping[str, Path_] = {
    "intake": (),
    "triage": (*SEEN, ("clerk", "return", {"reason": "不归我们管"})),
    "accepting": SEEN,
    "dispute": (*SEEN, ("clerk", "dispute", {"reason": "职责不清"})),
    "handling": HANDLED,
    "approval": REPLIED[:3],
    "replied": REPLIED,
    "call_back": RATED,
    "closed": (*RATED, ("operator", "call_back", {"details": {"contacted": False}})),
}


@pytest.fixture(scope="module")
def cases(city: City) -> dict[str, dict[str, Any]]:
    """A demand from Meiting at each step, whose it is, and in whose hands."""
    found = {}
    for step, way in TO.items():
        case = city.send_case("citizen", area_code=MEITING)
        for by, verb, more in way:
            given = {**more, **_unit(city, more.get("unit"))}
            given.pop("unit", None)
            done = city.act(by, case, verb, **given)
            assert done.status_code == 200, (step, verb, done.text)
        rows = city.query(
            """select c.step, o.key, a.username from cases c
               join organisation o on o.id = c.organisation_id
               left join account a on a.id = c.account_id where c.id = %s""",
            case["id"],
        )
        assert rows[0][0] == step
        found[step] = {**case, "unit": rows[0][1], "holder": rows[0][2]}
    return found


def _unit(city: City, key: str | None) -> dict[str, str]:
    rows = city.query("select id::text from organisation where key = %s", key)
    return dict.fromkeys(("organisation_id",), rows[0][0]) if rows else {}


def within(code: str | None, wanted: str, parents: Mapping[str, str | None]) -> bool:
    """Whether something lies in another, or is it."""
    while code is not None and code != wanted:
        code = parents[code]
    return code == wanted


def declared(official: tuple[str, str, str, str], verb: str, case: Mapping[str, Any]) -> bool:
    """Whether the file gives this official this verb over this case."""
    name, role, unit, area = official
    given = RIGHTS.get(verb, {}).get(role, [])
    rows = given if isinstance(given, list) else [given]
    over: dict[str, Callable[[], bool]] = {
        "all": lambda: True,
        "area": lambda: within(MEITING, area, PARENT_AREA),
        "organisation": lambda: within(str(case["unit"]), unit, PARENT_UNIT),
        "assigned": lambda: case["holder"] == name,
        "own": lambda: False,
    }
    return any(over[row["over"]]() for row in rows)


def offered(official: tuple[str, str, str, str], step: str, case: Mapping[str, Any]) -> set[str]:
    verbs = {*STEPS[step], *{True: ("note", "undo"), False: SIDE_VERBS}[step in ENDS]} - {"expire"}
    return {verb for verb in verbs if declared(official, verb, case)}


@pytest.mark.parametrize("official", OFFICIALS, ids=[row[0] for row in OFFICIALS])
def test_each_official_is_offered_at_each_step_exactly_what_is_declared(
    city: City, cases: dict[str, dict[str, Any]], official: tuple[str, str, str, str]
) -> None:
    headers = city.as_(official[0])
    for step, case in cases.items():
        answer = city.client.get(f"/api/v1/cases/demand/{case['code']}", headers=headers)
        reads = declared(official, "read", case)
        assert answer.status_code == {True: 200, False: 404}[reads], (step, answer.text[:200])
        actions = set(answer.json().get("actions", ()))
        assert actions == {True: offered(official, step, case), False: set()}[reads], step


@pytest.mark.parametrize("official", OFFICIALS, ids=[row[0] for row in OFFICIALS])
def test_the_buttons_of_the_page_are_those_verbs(
    city: City, cases: dict[str, dict[str, Any]], official: tuple[str, str, str, str]
) -> None:
    headers = {**city.as_(official[0]), "accept": "text/html"}
    seen = 0
    for step, case in cases.items():
        page = city.client.get(f"/e/case/demand/{case['code']}", headers=headers)
        found = set(BUTTON.findall(page.text))
        wanted = offered(official, step, case) - ELSEWHERE
        is_shown = page.status_code == 200
        seen += is_shown
        assert is_shown <= declared(official, "read", case), step
        assert found == {True: wanted, False: set()}[is_shown], step
    # Who may read demands has a page from which to open them.
    assert seen == sum(declared(official, "read", case) for case in cases.values())
