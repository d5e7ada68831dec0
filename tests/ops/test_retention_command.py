"""`pengcheng retention`: what would end today is shown and stays; `--now` erases it."""

import pytest

from pengcheng.ops.command import main
from tests.city import City, filled, fresh_city
from tests.edge.test_retention import CLOSE

__all__ = ["filled", "fresh_city"]


@pytest.fixture
def city(fresh_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """A city that the command reaches."""
    settings = fresh_city.services.settings
    monkeypatch.setenv("PENGCHENG_DATABASE_URL", fresh_city.url)
    monkeypatch.setenv("PENGCHENG_NATS_URL", settings.nats_url)
    monkeypatch.setenv("PENGCHENG_DATA", str(settings.data))
    return fresh_city


def test_what_is_over_is_shown_and_erased_only_when_told_so(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    case = city.send_case("citizen")
    city.query(CLOSE, case["id"])
    ended = "select retention_ended_at is not null from cases where id = %s"

    assert main(["retention"]) == 0
    assert "demand\t1\n" in capsys.readouterr().out
    assert city.query(ended, case["id"]) == [(False,)]
    assert main(["retention", "--now"]) == 0
    assert "已删除 erased\t1\n" in capsys.readouterr().out
    assert city.query(ended, case["id"]) == [(True,)]
    assert main(["retention"]) == 0
    assert "demand\t0\n" in capsys.readouterr().out
