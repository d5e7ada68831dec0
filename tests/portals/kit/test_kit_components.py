"""Every component says what it takes, and every example of it renders in both languages."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from pengcheng.portals.kit import Component, Example, components, environment
from pengcheng.portals.kit.environment import Kit
from pengcheng.portals.kit.gallery import example_html, gallery_pages
from pengcheng.portals.kit.preview import LOOKS, page_for

VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
CASES = [(component, example) for component in components() for example in component.examples]
NAMES = [f"{component.code}:{example.name.en}" for component, example in CASES]


@pytest.fixture(scope="module")
def env() -> Environment:
    return environment("/static")


class Reader(HTMLParser):
    """Reads HTML as strictly as a test should: what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        expected = self.open.pop() if self.open else "nothing"
        self.faults += [] if expected == tag else [f"</{tag}> closes <{expected}>"]


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("component", components(), ids=lambda component: component.code)
def test_a_component_declares_exactly_the_parameters_that_its_macro_takes(
    env: Environment, component: Component
) -> None:
    macro = getattr(Kit(env, page_for("studio", "light")), component.code)
    assert list(macro.arguments) == list(component.parameters)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("component", "example"), CASES, ids=NAMES)
def test_an_example_is_well_formed_and_runs_under_the_strict_policy(
    env: Environment, component: Component, example: Example, look: str
) -> None:
    reader = read(example_html(env, component, example, page_for("studio", look)))
    inline = [name for _, name, _ in reader.attributes if name == "style" or name.startswith("on")]
    assert (reader.faults, reader.open, inline) == ([], [], [])


@pytest.mark.parametrize(("component", "example"), CASES, ids=NAMES)
def test_an_example_has_no_untranslated_text(
    env: Environment, component: Component, example: Example
) -> None:
    english = example_html(env, component, example, page_for("studio", "en"))
    shown = re.sub(r"<[^>]+>", " ", english.replace(">中文<", "><").replace("i深圳", ""))
    assert "{'zh'" not in english
    assert re.findall(r"[\u4e00-\u9fff]+", shown) == []


def test_every_component_folder_has_its_declaration_and_at_least_one_example() -> None:
    assert [component.code for component in components() if not component.examples] == []
    assert len(components()) > 50


def test_the_gallery_shows_each_component_once_and_has_a_page_for_each(env: Environment) -> None:
    pages = gallery_pages(env, page_for("studio", "light"))
    assert set(pages) == {"", *(component.code for component in components())}
    reader = read(pages[""])
    ids = [str(value) for _, name, value in reader.attributes if name == "id"]
    assert (reader.faults, sorted(ids)) == ([], sorted(set(ids)))


def test_text_from_outside_is_escaped_everywhere_it_can_stand(env: Environment) -> None:
    evil = "<script>alert(1)</script>\"' onload=x"
    kit = Kit(env, page_for("studio", "light"))
    drawn = [
        kit.button(evil, label=evil, value=evil, name=evil),
        kit.list_row(evil, href=evil, lead=evil, sub=evil),
        kit.task_row(evil, evil, where=evil),
        kit.text_input(evil, evil, value=evil, hint=evil, fault=evil),
        kit.textarea("body", evil, value="</textarea>" + evil),
        kit.table([{"text": evil}], [[evil]], evil),
        kit.chart(evil, "bar", {"labels": [evil], "series": [{"name": evil, "values": [1]}]}),
        kit.map(evil, {"points": [{"at": [0, 0], "text": "</script>" + evil}]}),
    ]
    assert [html for html in drawn if "<script>alert" in html or "</textarea><" in html] == []
    assert [read(html).faults for html in drawn] == [[]] * len(drawn)
