"""What each component takes and how it looks, read from its component.yaml."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment
from ruamel.yaml import YAML

from pengcheng.kernel.words import Words
from pengcheng.portals.kit.environment import COMPONENTS, render, render_text
from pengcheng.portals.kit.model import Page
from pengcheng.portals.kit.texts import say_all


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a component; `content` is what is put inside when it is `call`ed."""

    name: Words
    data: Mapping[str, Any]
    content: Words | None = None
    hidden: bool = False


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A component as its folder declares it.

    Hidden examples are tested but not shown. `wrap` is the class of the list that its rows need.
    """

    code: str
    name: Words
    about: str
    parameters: Mapping[str, str]
    examples: tuple[Example, ...]
    wrap: str = ""


@cache
def components() -> tuple[Component, ...]:
    """Every component, in the order of their names."""
    folders = sorted(file.parent for file in COMPONENTS.glob("*/component.yaml"))
    return tuple(_component(folder.name, folder / "component.yaml") for folder in folders)


def _component(code: str, file: Any) -> Component:
    declared = YAML(typ="safe").load(file.read_text("utf-8"))
    return msgspec.convert({"code": code, **declared}, Component)


def example_html(env: Environment, component: Component, example: Example, page: Page) -> str:
    """One example rendered in the page's language."""
    data = say_all(example.data, page.language)
    source = f"{{{{ kit.{component.code}(**data) }}}}"
    if example.content is not None:
        inside = example.content.in_(page.language)
        source = f"{{% call kit.{component.code}(**data) %}}{inside}{{% endcall %}}"
    return render_text(env, source, page, {"data": data})


def _wrapped(env: Environment, component: Component, example: Example, page: Page) -> str:
    html = example_html(env, component, example, page)
    return f'<ul class="{component.wrap}">{html}</ul>' if component.wrap else html


def gallery_pages(env: Environment, page: Page) -> dict[str, str]:
    """The gallery as pages: "" is the index with every component, each code one component."""
    shown = {
        component.code: [
            (example.name.in_(page.language), _wrapped(env, component, example, page))
            for example in component.examples
            if not example.hidden
        ]
        for component in components()
    }
    pages = {"": _gallery(env, page, components(), shown)}
    for component in components():
        pages[component.code] = _gallery(env, page, (component,), shown)
    return pages


def _gallery(
    env: Environment,
    page: Page,
    listed: tuple[Component, ...],
    shown: Mapping[str, list[tuple[str, str]]],
) -> str:
    values = {"listed": [each for each in listed if shown[each.code]], "shown": shown}
    return render(env, "kit/samples/gallery.html", page, values)
