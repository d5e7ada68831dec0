"""深i企: one acts for an enterprise that one belongs to, and sees only that one's matters."""

from datetime import timedelta

import pytest

from pengcheng.engines.identity import Enterprise, NewAccount, NewPerson
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.ids import new_id
from tests.city import PASSWORD, City
from tests.portals.applicant.paper import get, post

FIRM, SECOND, OTHER = "91440300MA5EXAMPLE", "91440300MA5EXAMPL3", "91440300MA5EXAMPL2"


@pytest.fixture(scope="module")
def agent(city: City) -> str:
    """The user name of somebody who acts for two enterprises of three; "lone" acts for one."""

    async def add() -> None:
        acting = {"agent": (FIRM, SECOND), "lone": (FIRM,)}
        accounts = [
            (NewAccount(username=name, kind="citizen", enterprises=firms,
                        person=NewPerson(name=f"示例·{name}", synthetic=True)), PASSWORD)
            for name, firms in acting.items()
        ]  # fmt: skip
        firms = [
            Enterprise(id=new_id(), name=f"示例企业 {code[-1]}", social_credit_code=code)
            for code in (FIRM, SECOND, OTHER)
        ]
        await city.services.identity.fill(SYSTEM, accounts, firms)
        for name in acting:
            session = await city.services.identity.issue_token(
                name, note="test", lifetime=timedelta(days=1)
            )
            city.tokens[name] = session.token

    city.run(add)
    return "agent"


def firm_id(city: City, code: str) -> str:
    rows = city.query("select id::text from enterprise where social_credit_code = %s", code)
    return str(rows[0][0])


def test_who_has_chosen_no_enterprise_is_asked_first(city: City, agent: str) -> None:
    assert get(city, "/q/", agent).headers["location"] == "/q/choose"
    assert get(city, "/q/new/enterprise_demand_form", agent).headers["location"] == "/q/choose"
    page = get(city, "/q/choose", agent).text
    assert "示例企业 E" in page
    assert "示例企业 2" not in page


def test_who_acts_for_one_enterprise_alone_is_not_asked_which(city: City, agent: str) -> None:
    assert get(city, "/q/choose", "lone").headers["location"] == "/q/"
    page = get(city, "/q/", "lone").text
    assert "示例企业 E" in page
    assert "没有等您办的事" in page


def test_who_has_nothing_under_way_is_told_how_a_matter_goes(city: City, agent: str) -> None:
    page = get(city, "/q/", "lone").text
    assert "三步办成" in page
    assert "登录，选您代表的企业" in page
    assert "办到哪一步都看得见，办完由您评价" in page


def test_one_cannot_act_for_an_enterprise_that_is_not_ones_own(city: City, agent: str) -> None:
    answer = post(city, "/q/choose", agent, enterprise=firm_id(city, OTHER))

    assert answer.headers["location"] == "/q/choose?said=not_yours"
    assert get(city, "/q/", agent).headers["location"] == "/q/choose"


def test_an_enterprises_case_is_the_enterprises_and_not_the_persons(city: City, agent: str) -> None:
    assert post(city, "/q/choose", agent, enterprise=firm_id(city, FIRM)).headers[
        "location"
    ] == "/q/"  # fmt: skip
    form = get(city, "/q/new/enterprise_demand_form", agent).text
    assert 'value="示例企业 E"' in form

    answer = post(
        city, "/q/new/enterprise_demand_form", agent, step="send", submission="firm-key-0000001",
        subject="园区没有公交", body="晚上八点后没有公交。", disclosure="open",
        enterprise_name="示例企业 E",
    )  # fmt: skip

    code = answer.headers["location"].rsplit("/", 1)[1]
    rows = city.query("select author_id::text, channel from cases where code = %s", code)
    assert rows == [(firm_id(city, FIRM), "shenqi")]
    assert "园区没有公交" in get(city, "/q/", agent).text
    assert get(city, f"/q/cases/demand/{code}", agent).status_code == 200
    assert "园区没有公交" not in get(city, "/i/", agent).text
    assert get(city, f"/i/cases/demand/{code}", agent).status_code == 404


def test_a_guest_reads_what_the_portal_is_for(city: City) -> None:
    page = get(city, "/q/", "guest").text

    assert "企业的事，一处办" in page
    assert "/sign-in?to=/q/choose" in page


def test_the_switcher_names_the_enterprise_that_one_acts_for(city: City, agent: str) -> None:
    post(city, "/q/choose", agent, enterprise=firm_id(city, FIRM))

    page = get(city, "/q/", agent).text

    assert "示例企业 E" in page
    assert "9144**********MPLE" in page
