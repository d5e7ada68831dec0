"""The Jinja environment of a portal, and how its components are reached."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)

from pengcheng.kernel.errors import ensure
from pengcheng.portals.kit import filters
from pengcheng.portals.kit.assets import load_assets
from pengcheng.portals.kit.languages import marked
from pengcheng.portals.kit.model import Page
from pengcheng.portals.kit.texts import KIT_WORDS, load_words

HOME = Path(__file__).parent
COMPONENTS = HOME / "components"
_NAMES = frozenset(folder.name for folder in COMPONENTS.iterdir() if folder.is_dir())


class Kit:
    """The components as a template sees them: `kit.button(...)`, bound to one page."""

    def __init__(self, environment: Environment, page: Page) -> None:
        self._environment = environment
        self._page = page

    def __getattr__(self, name: str) -> Any:
        if name not in _NAMES:
            raise AttributeError(name)
        template = self._environment.get_template(f"kit/components/{name}/template.html")
        macro = getattr(template.make_module({"page": self._page, "kit": self}), name)
        # Found without asking from now on: a page draws hundreds of components.
        setattr(self, name, macro)
        return macro


def environment(
    static_url: str,
    *,
    templates: Sequence[Path] = (),
    words: Sequence[Path] = (),
) -> Environment:
    """An environment that finds a portal's `templates` and the kit's under `kit/`.

    `words` are further files of texts for `t`. Raises `Trouble` when `npm run build` has not run.
    """
    assets = load_assets(static_url)
    own: list[BaseLoader] = [FileSystemLoader(folder) for folder in templates]
    made = Environment(
        loader=ChoiceLoader([PrefixLoader({"kit": FileSystemLoader(HOME)}), *own]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        when=filters.when,
        left=filters.left,
        number=filters.number,
        mask_phone=filters.mask_phone,
        mask_id=filters.mask_id,
        initial=filters.initial,
        of=filters.of,
        t=filters.t,
    )
    made.globals.update(
        asset=assets.url,
        icon_strokes=assets.icon,
        words=load_words([KIT_WORDS, *words]),
        t=filters.t,
        described_by=filters.described_by,
    )
    return made


def render(env: Environment, template: str, page: Page, values: Mapping[str, Any] = {}) -> str:
    """One page as HTML; the template sees `page`, `kit` and the values."""
    ensure(not {"page", "kit"} & set(values), "page and kit are the kit's own names")
    html = env.get_template(template).render({**values, "page": page, "kit": Kit(env, page)})
    return marked(html) if page.language == "en" else html


def render_text(env: Environment, source: str, page: Page, values: Mapping[str, Any]) -> str:
    """A template given as text, for the gallery and for tests."""
    return env.from_string(source).render({**values, "page": page, "kit": Kit(env, page)})
