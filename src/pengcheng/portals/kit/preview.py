"""Write the gallery and the sample pages as files: `python -m pengcheng.portals.kit.preview DIR`.

Each page is written in four looks (light, dark, elder, English), for eyes and for axe.
"""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment

from pengcheng.kernel.time import CITY_ZONE
from pengcheng.portals.kit.assets import STATIC
from pengcheng.portals.kit.environment import environment, render
from pengcheng.portals.kit.gallery import gallery_pages
from pengcheng.portals.kit.model import Page, Portal, Preferences
from pengcheng.portals.kit.samples import SAMPLES, sample_page
from pengcheng.portals.kit.texts import say_all

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=CITY_ZONE)
LOOKS = {
    "light": Preferences(theme="light"),
    "dark": Preferences(theme="dark"),
    "elder": Preferences(theme="light", elder=True),
    "en": Preferences(theme="light", language="en"),
}


def page_for(portal: Portal, look: str, **more: Any) -> Page:
    """The frame of a preview page, at a fixed instant."""
    return Page(portal=portal, path="/", now=NOW, preferences=LOOKS[look], simulated=True, **more)


def previews(env: Environment) -> Iterator[tuple[str, str]]:
    """File name and HTML of every preview page."""
    for look in LOOKS:
        plain = page_for("studio", look)
        yield f"gallery-{look}.html", gallery_pages(env, plain)[""]
        for sample in SAMPLES:
            frame = sample_page(sample, page_for(sample.portal, look))
            values = say_all(sample.values, frame.language)
            yield f"{sample.code}-{look}.html", render(env, sample.template, frame, values)


def write(folder: Path) -> list[str]:
    """Write all previews and the built files beside them; returns the names written."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(STATIC, folder / "static", dirs_exist_ok=True)
    written = []
    for name, html in previews(environment("static")):
        (folder / name).write_text(html, "utf-8")
        written.append(name)
    return written


if __name__ == "__main__":
    sys.stdout.write("\n".join(write(Path(sys.argv[1]))) + "\n")
