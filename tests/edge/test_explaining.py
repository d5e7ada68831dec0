"""Each automatic step says why and what would have changed it."""

from typing import Any

import pytest

from pengcheng import city as composition
from pengcheng.edge.services import Services
from pengcheng.engines.cases import Intake
from pengcheng.ground.subscriptions import advance
from tests.city import City

TEXTS = {
    "subject": "小区楼下烧烤店油烟扰民",
    "body": "梅亭社区楼下的烧烤店每天营业到凌晨，油烟直排楼上，污染严重，居民开不了窗。",
}


async def take_in(services: Services) -> None:
    """Intake as the worker does it, once."""
    analysts = composition.analysts_of(services)
    for analyst in analysts.values():
        await analyst.refresh()
    intake = Intake(services.cases, services.areas, analysts)
    while await advance(services.database, intake.subscriber()):
        pass


@pytest.fixture(scope="module")
def steps(city: City) -> dict[str, dict[str, Any]]:
    """The decisions about two reports of one matter, by step; of the second one."""
    city.send_case("citizen", fields=TEXTS)
    again = {**TEXTS, "subject": "再次反映小区楼下烧烤店油烟扰民"}
    found = city.send_case("citizen2", fields=again)
    city.run(take_in, city.services)
    path = f"/api/v1/cases/demand/{found['code']}/decisions"
    rows = city.client.get(path, headers=city.as_("operator")).json()["items"]
    return {row["step"]: row for row in rows}


def changed_by(why: dict[str, Any]) -> list[dict[str, str]]:
    told = [why.get("changed_by"), *(one.get("changed_by") for one in why.get("reasons", ()))]
    return [one for one in told if one]


@pytest.mark.parametrize("step", ["category", "place", "merge", "route"])
def test_an_automatic_step_says_why_and_what_would_have_changed_it(
    steps: dict[str, dict[str, Any]], step: str
) -> None:
    why = steps[step]["why"]
    assert why["zh"]
    assert why["en"]
    assert all(one["zh"] and one["en"] for one in changed_by(why))
    assert changed_by(why), why


def test_what_would_have_changed_a_category_is_found_by_running_the_model(
    steps: dict[str, dict[str, Any]],
) -> None:
    assert "“环境保护”" in steps["category"]["why"]["zh"]
    told = steps["category"]["why"]["changed_by"]["zh"]
    assert "油烟" in told or "人工更正" in told
