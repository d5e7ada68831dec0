"""Rights over HTTP: who may not is refused, and nothing is changed, written or logged."""

from typing import Any

import pytest

from pengcheng.edge.services import Services
from pengcheng.engines.cases import AUTHOR_VERBS
from pengcheng.kernel.authz import GUEST, SYSTEM, Actor, Facts, Region, Scope
from tests.city import ACCOUNTS, City

CASES = "/api/v1/cases/demand"
ASKERS = (*ACCOUNTS, "guest")
# Read or written by an address of their own, or by the city alone.
NO_VERBS = frozenset(
    ["create", "read", "read_public", "read_accesses", "read_log", "search", "export", "import",
     "draft", "finish_task", "unseal", "follow"]
)  # fmt: skip
DUTY = {
    "level1": "城乡建设", "organisation_key": "water", "level": "city", "deadline": "ordinary",
}  # fmt: skip
STATE = (
    "select (select json_agg(to_jsonb(c) order by c.id) from cases c)::text, "
    "(select count(*) from log), (select count(*) from message), (select count(*) from task), "
    "(select count(*) from record), (select count(*) from evaluation), "
    "(select json_agg(to_jsonb(d) order by d.id) from city.duty d)::text"
)


@pytest.fixture(scope="module")
def case(city: City) -> dict[str, Any]:
    """A demand of `citizen`, dispatched to the water bureau of Futian, in Meiting."""
    found = city.send_case("citizen", area_code="440304007016")
    unit = str(city.services.organisations.by_key("water@futian").id)
    acted = city.act("operator", found, "dispatch", organisation_id=unit, reason="水务")
    assert acted.status_code == 200, acted.text
    return found


def actor_of(city: City, name: str) -> Actor:
    if name == "guest":
        return GUEST
    found: Actor = city.run(city.services.identity.actor_of, city.tokens[name])
    return found


def facts_of(city: City, case: dict[str, Any]) -> tuple[Facts, Any]:
    everything = Scope(action="read", type="demand", regions=(Region(sensitivity=4),), actor=SYSTEM)
    found = city.run(city.services.cases.get, everything, case["code"])
    facts = Facts(
        area_no=found.area_no,
        organisation_no=found.organisation_no,
        owners=frozenset({found.author_id}),
        assignees=frozenset({found.account_id} - {None}),
        sensitivity=found.sensitivity,
    )
    return facts, found


def may(services: Services, actor: Actor, action: str, facts: Facts) -> bool:
    return services.rights.scope(actor, action, "demand").holds(facts)


@pytest.mark.parametrize("name", ASKERS)
def test_a_case_is_read_by_exactly_those_who_may(
    city: City, case: dict[str, Any], name: str
) -> None:
    facts, _ = facts_of(city, case)
    allowed = may(city.services, actor_of(city, name), "read", facts)

    answer = city.client.get(f"{CASES}/{case['code']}", headers=city.as_(name))

    assert answer.status_code == {True: 200, False: 404}[allowed]
    assert (case["id"] in answer.text) == allowed


@pytest.mark.parametrize("name", ACCOUNTS)
def test_lists_files_and_search_hold_exactly_what_may_be_read(
    city: City, case: dict[str, Any], name: str
) -> None:
    facts, _ = facts_of(city, case)
    actor = actor_of(city, name)

    listed = city.client.get(f"{CASES}?state=all", headers=city.as_(name))

    assert listed.status_code == 200
    assert (case["id"] in listed.text) == may(city.services, actor, "read", facts)


@pytest.mark.parametrize("name", ASKERS)
def test_each_verb_is_refused_to_exactly_those_who_may_not(
    city: City, case: dict[str, Any], name: str
) -> None:
    facts, _ = facts_of(city, case)
    actor = actor_of(city, name)
    reads = may(city.services, actor, "read", facts)
    verbs = {right.action for right in city.services.rights.rows if right.type == "demand"}
    before = city.query(STATE)
    for verb in sorted(verbs - NO_VERBS):
        # The version never stands, so that what is allowed changes nothing either.
        answer = city.client.post(
            f"{CASES}/{case['id']}/actions/{verb}",
            json={"version": 0, "reason": "试", "body": "试"},
            headers=city.as_(name),
        )
        is_author = facts.owners == {actor.person_id} and verb in AUTHOR_VERBS
        allowed = reads and (is_author or may(city.services, actor, verb, facts))
        denied = answer.status_code in {401, 403, 404}
        assert denied != allowed, (name, verb, answer.status_code, answer.text)
        assert answer.status_code != 404 or not reads, (name, verb)

    assert city.query(STATE) == before


@pytest.mark.parametrize("name", ASKERS)
def test_records_are_added_changed_and_retired_by_exactly_those_who_may(
    city: City, name: str
) -> None:
    rights, actor = city.services.rights, actor_of(city, name)
    # What is public may be read by all, so a refusal here is never for want of sight.
    asked = {
        "create": ("POST", "/api/v1/duty", {**DUTY, "code": "TOOLONG" * 20}, DUTY),
        "change": ("PATCH", "/api/v1/duty/DUTY00001", {"version": 99}, {"version": 99}),
        "retire": ("DELETE", "/api/v1/duty/DUTY00001", None, None),
    }
    before = city.query(STATE)
    for action, (method, path, harmless, real) in asked.items():
        allowed = not rights.scope(actor, action, "duty").is_empty
        headers = city.as_(name, if_match='"99"')
        body = {True: harmless, False: real}[allowed]
        answer = city.client.request(method, path, json=body, headers=headers)
        wanted = {True: {409, 422}, False: {401, 403, 404}}[allowed]
        assert answer.status_code in wanted, (name, action, answer.text)

    assert city.query(STATE) == before


@pytest.mark.parametrize("name", ["citizen2", "clerk.nanshan", "guest", "administrator"])
def test_a_reader_is_never_told_that_a_foreign_case_exists(
    city: City, case: dict[str, Any], name: str
) -> None:
    who = {"administrator": "admin"}.get(name, name)
    told = [
        city.client.get(f"{CASES}/{key}", headers=city.as_(who)).json()
        for key in (case["id"], case["code"], "SQ20000101000000")
    ]

    assert {problem["code"] for problem in told} == {"case.unknown"}
    assert len({problem["detail"] for problem in told}) == 1


def test_an_attribute_beyond_the_readers_level_is_not_there(
    city: City, case: dict[str, Any]
) -> None:
    fields = {
        "subject": "井盖", "body": "松动", "contact_name": "示例人",
        "contact_telephone": "13800138000",
    }  # fmt: skip
    mine = city.send_case("citizen", fields=fields, area_code="440304007016")

    by_operator = city.client.get(f"{CASES}/{mine['id']}", headers=city.as_("operator")).json()
    by_supervisor = city.client.get(f"{CASES}/{mine['id']}", headers=city.as_("supervisor"))

    assert by_operator["fields"]["contact_telephone"] == "13800138000"
    assert by_supervisor.status_code == 200
    assert "13800138000" not in by_supervisor.text
    assert "contact_telephone" not in by_supervisor.json()["fields"]


@pytest.mark.parametrize("disclosure", ["anonymous", "confidential"])
def test_the_author_of_a_protected_case_is_on_no_screen_and_in_no_log(
    city: City, disclosure: str
) -> None:
    fields = {
        "subject": "举报", "body": "内容", "contact_name": "欧阳示例",
        "contact_telephone": "13912345678",
    }  # fmt: skip
    case = city.send_case("citizen2", fields=fields, disclosure=disclosure)

    seen = [
        city.client.get(f"{CASES}/{case['id']}", headers=city.as_(name)).text
        for name in ASKERS
        if name != "citizen2"
    ]
    logged = city.query("select to_jsonb(log)::text from log where subject_id = %s", case["id"])

    assert not any("13912345678" in text or "欧阳示例" in text for text in seen)
    assert not any("13912345678" in row[0] or "欧阳示例" in row[0] for row in logged)


def test_a_denied_reader_leaves_no_record_of_access(city: City, case: dict[str, Any]) -> None:
    before = city.query("select count(*) from access_record")

    city.client.get(f"{CASES}/{case['id']}", headers=city.as_("clerk.nanshan"))

    assert city.query("select count(*) from access_record") == before
