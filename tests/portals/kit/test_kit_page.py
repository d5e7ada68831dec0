"""What the reader chose is what the page shows."""

import json
import re
from pathlib import Path

import pytest

import pengcheng.portals.kit as kit
from pengcheng.portals.kit import (
    STATIC,
    Account,
    NavItem,
    Preferences,
    environment,
    preferences_from_cookies,
    preferences_to_cookies,
    render,
)
from pengcheng.portals.kit.preview import page_for, previews

KIT = Path(kit.__file__).parent


def test_cookies_that_say_nonsense_are_as_if_unsaid() -> None:
    cookies = {"language": "fr", "theme": "<script>", "elder": "yes"}
    assert preferences_from_cookies(cookies) == Preferences()


def test_a_browser_that_asks_for_english_gets_it_until_the_reader_chooses() -> None:
    assert preferences_from_cookies({}, "en-GB,zh;q=0.5").language == "en"
    assert preferences_from_cookies({"language": "zh"}, "en-GB").language == "zh"


def test_choosing_one_preference_leaves_the_others() -> None:
    before = Preferences(language="en", theme="dark", elder=True)
    assert preferences_to_cookies({"theme": "light"}, before) == {
        "language": "en",
        "theme": "light",
        "elder": "1",
    }


def test_the_command_screen_is_dark_unless_its_reader_chose_light() -> None:
    assert kit.Page(portal="shenzhihui", path="/", now=page_for("www", "light").now).theme == "dark"
    assert page_for("shenzhihui", "light").theme == "light"


def test_a_tab_appears_only_when_the_portal_gives_it() -> None:
    env = environment("/s")
    tabs = (NavItem(code="home", text="首页", href="/i/", icon="home"),)
    page = page_for("ishenzhen", "light", navigation=tabs, current="home")
    html = render(env, "kit/layouts/citizen.html", page, {})
    assert html.count('class="tab-bar__item"') == 1
    assert 'class="tab-bar"' not in render(
        env, "kit/layouts/citizen.html", page_for("ishenzhen", "light"), {}
    )


def test_every_posting_form_of_the_kit_carries_the_token() -> None:
    env = environment("/s")
    page = page_for("ishenzhen", "light", csrf="t0ken", account=Account(name="王女士"))
    html = render(env, "kit/layouts/plain.html", page, {})
    forms = re.findall(r'<form[^>]*method="post".*?</form>', html, re.S)
    assert len(forms) == 1
    assert [form for form in forms if 'name="_csrf_token" value="t0ken"' not in form] == []


def test_elder_mode_offers_the_telephone_on_each_page() -> None:
    env = environment("/s")
    header = re.search(
        r"<header.*?</header>",
        render(env, "kit/layouts/plain.html", page_for("ishenzhen", "elder"), {}),
        re.S,
    )
    assert header is not None
    assert 'href="tel:12345"' in header.group()


def test_no_page_has_inline_script_or_style_or_an_outside_address() -> None:
    pages = dict(previews(environment("/s")))
    faults = {
        name: re.findall(
            r"<style|\sstyle=|\son\w+=|<script(?![^>]*(?:src=|application/json))", html
        )
        for name, html in pages.items()
    }
    outside = {
        name: re.findall(r'(?:src|href)="(?:https?:)?//', html) for name, html in pages.items()
    }
    assert {name: found for name, found in (faults | outside).items() if found} == {}
    assert len(pages) == 28


def test_each_built_file_is_the_one_the_manifest_names() -> None:
    manifest = json.loads((STATIC / "manifest.json").read_text())
    present = {file.name for file in STATIC.iterdir()} - {"manifest.json", "icons.json", ".built"}
    assert set(manifest.values()) == present


@pytest.mark.parametrize("text", ["npmjs", "unpkg", "jsdelivr", "cdn.", "googleapis"])
def test_no_template_names_a_host_outside(text: str) -> None:
    files = [file for file in KIT.rglob("*") if file.suffix in {".html", ".js", ".scss", ".yaml"}]
    named = [
        str(file)
        for file in files
        if text in file.read_text("utf-8") and "static" not in file.parts
    ]
    assert named == []
