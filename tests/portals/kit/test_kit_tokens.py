"""The colours are those of the look, and each text can be read on each ground it stands on."""

import re
from pathlib import Path

import pytest

import pengcheng.portals.kit as kit

TOKENS = (Path(kit.__file__).parent / "styles" / "_tokens.scss").read_text("utf-8")
LOOK = {
    "light": {
        "ground": "#f5f7fa", "surface": "#ffffff", "line": "#dfe4ea", "edge": "#8590a0",
        "ink": "#1a2433", "ink-2": "#4a5768", "ink-3": "#667284", "bay": "#0a5fb4",
        "bay-hover": "#084c90", "bay-tint": "#e8f1fb", "bloom": "#b03a72", "good": "#1b7f4b",
        "watch": "#9a6200", "late": "#c0362c", "good-tint": "#edf7f1", "watch-tint": "#fbf2df",
        "late-tint": "#fcecea",
    },
    "dark": {
        "ground": "#0e1620", "surface": "#16212e", "line": "#2a3847", "edge": "#6a7d92",
        "ink": "#eaf0f6", "ink-2": "#b4c0ce", "ink-3": "#8fa0b3", "bay": "#5aa9f5",
        "bay-tint": "#14304d", "bloom": "#e27baa", "good": "#4cc38a", "watch": "#e5a93c",
        "late": "#f2766b", "shade-1": "#172a3f", "shade-5": "#2f79c4",
    },
}  # fmt: skip


def tokens(look: str) -> dict[str, str]:
    part = TOKENS.split(f"@mixin {look} {{")[1].split("\n}")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", part))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("look", LOOK)
def test_the_tokens_are_those_of_the_look(look: str) -> None:
    found = tokens(look)
    assert {name: found[name] for name in LOOK[look]} == LOOK[look]


@pytest.mark.parametrize("look", LOOK)
def test_every_text_reaches_four_and_a_half_to_one(look: str) -> None:
    colour = tokens(look)
    inks = ("ink", "ink-2", "ink-3", "bay", "good", "watch", "late", "info")
    pairs = [(ink, ground) for ink in inks for ground in ("ground", "surface")]
    pairs += [(state, f"{state}-tint") for state in ("good", "watch", "late", "info")]
    pairs += [("ink-2", f"{tint}-tint") for tint in ("bay", "good", "watch", "late", "info")]
    pairs += [("bay", "bay-tint"), ("on-bay", "bay"), ("on-bay", "bay-hover"), ("ink-2", "sunken")]
    weak = {pair: contrast(colour[pair[0]], colour[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("look", LOOK)
def test_the_edge_of_a_control_can_be_seen(look: str) -> None:
    colour = tokens(look)
    assert contrast(colour["edge"], colour["surface"]) >= 3
    assert contrast(colour["edge"], colour["ground"]) >= 2.95
