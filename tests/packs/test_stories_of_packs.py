"""The stories of all packs, both ways: as `check` runs them, and played through the engines."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pengcheng import city as composition
from pengcheng.edge.services import Services
from pengcheng.ops import postgres
from pengcheng.pack import Story, check, find, load, play_story, stories_of
from tests.city import CITY, FILLED, ROOT, Filled, filled, settings_of
from tests.conftest import database
from tests.packs.story_city import DatabaseCity

__all__ = ["filled"]
PACKS = find(ROOT / "packs")
REGISTRY = load(PACKS)
STORIES = [story for name in REGISTRY.packs for story in stories_of(REGISTRY, name)]
NAMES = [f"{story.pack}/{story.name}" for story in STORIES]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def services(
    postgres_server: postgres.Cluster, filled: Filled, runner: asyncio.Runner
) -> Iterator[Services]:
    with database(postgres_server, template=FILLED) as url:
        made = composition.services_of(settings_of(filled.data, url))
        runner.run(opened(made))
        yield made
        runner.run(made.database.close())


async def opened(services: Services) -> None:
    await services.database.open()
    await composition.declare(services)
    await services.organisations.load()
    await services.areas.load()


def test_every_story_holds_without_a_city() -> None:
    report = check(PACKS)

    assert [fault.text() for fault in report.faults] == []
    assert sum(pack.stories for pack in report.packs) == len(STORIES)


def told_on_disk() -> int:
    return sum(len(list(Path(folder).glob("stories/*.yaml"))) for folder in PACKS)


def test_no_story_is_left_out() -> None:
    assert len(STORIES) == told_on_disk()


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_every_story_holds_in_a_city(
    services: Services, runner: asyncio.Runner, story: Story
) -> None:
    city = DatabaseCity(services, CITY)

    failures = runner.run(play_story(story, city))

    assert [(one.index, one.wanted, one.got) for one in failures] == []
