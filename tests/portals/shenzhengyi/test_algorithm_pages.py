"""The page of algorithms: what counts, what was trained, and going back."""

from pathlib import Path

from pengcheng.engines.algorithms import TrainedModel, Verdict
from pengcheng.kernel.authz import SYSTEM
from pengcheng.pack import shipped
from tests.city import City
from tests.portals.shenzhengyi.desk_paper import get, post

NAME = "citizen_demands.category"
PAGE = "/e/admin/algorithms"
PACKS = Path(__file__).parents[3] / "packs"


def page(city: City, by: str, language: str = "zh") -> str:
    """The page as this account reads it."""
    headers = {**city.as_(by), "accept": "text/html", "accept-language": language}
    answer = city.client.get(PAGE, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.text)


def trained(city: City, verdict: Verdict) -> TrainedModel:
    """What a training left."""
    own = city.run(city.services.champions.of, NAME)

    async def settle() -> TrainedModel:
        return await city.services.champions.settle(
            SYSTEM, NAME, verdict, shipped(PACKS, NAME)[1], against=own[0] if own else "",
            corrections=61, confirmed=140,
        )  # fmt: skip

    made: TrainedModel = city.run(settle)
    return made


def test_the_shipped_model_counts_until_a_challenger_won_and_again_after_undoing(
    city: City,
) -> None:
    text = page(city, "admin")
    assert "随应用包提供" in text
    version, model = shipped(PACKS, NAME)
    assert version[:12] in text
    assert f"{model.notes['accuracy_held_out'] * 100:.1f} %" in text
    assert "还没有训练过" in text

    trained(city, Verdict("champion", 70, 60, 58, "not_better"))
    won = trained(city, Verdict("challenger", 70, 51, 66, "better"))
    text = page(city, "admin")
    for told in ("本市训练", won.version[:12], "没有更准", "未采用", "61", "66", "撤销"):
        assert told in text
    assert "Trained in this city" in page(city, "auditor", "en")
    assert "/undo" not in page(city, "auditor")

    address = f"{PAGE}/{NAME}/undo"
    assert post(city, address, "auditor", model=str(won.id)).status_code in {403, 404}
    assert post(city, address, "admin", model=str(won.id)).status_code == 303
    text = page(city, "admin")
    assert "随应用包提供" in text
    assert "已撤销" in text
    assert post(city, address, "admin", model=str(won.id)).status_code == 409
    assert post(city, address, "admin", model="x").status_code == 404


def test_who_may_not_read_algorithms_finds_no_page(city: City) -> None:
    assert get(city, PAGE, "clerk").status_code in {403, 404}
