"""One mistake is told once: what only follows from it is not told as well."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pengcheng.pack import check, new_pack


def changed(name: str, before: str, after: str) -> Callable[[Path], object]:
    def change(pack: Path) -> None:
        text = (pack / name).read_text(encoding="utf-8")
        assert before in text
        (pack / name).write_text(text.replace(before, after, 1), encoding="utf-8")

    return change


def encoded(name: str) -> Callable[[Path], object]:
    return lambda pack: (pack / name).write_bytes(
        (pack / name).read_text(encoding="utf-8").encode("utf-16")
    )


def written(name: str, text: str) -> Callable[[Path], object]:
    return lambda pack: (pack / name).write_text(text, encoding="utf-8")


MISTAKES = {
    "a brace that is not closed": (changed("objects.yaml", "}", ""), "yaml.syntax"),
    "another encoding": (encoded("objects.yaml"), "file.not_text"),
    "a list instead of keys": (written("objects.yaml", "- reservoir\n"), "shape.root"),
    "a kind that there is not": (changed("objects.yaml", "is: text", "is: txt"), "shape.choice"),
    "one language": (changed("objects.yaml", ", en: Name}", "}"), "shape.missing_key"),
    "a broken story": (written("stories/other.yaml", "- [\n"), "yaml.syntax"),
    "a folder by nearly its name": (lambda pack: (pack / "story").mkdir(), "file.unknown"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_once_and_without_its_echoes(mistake: str, tmp_path: Path) -> None:
    make, code = MISTAKES[mistake]
    pack = new_pack(tmp_path, "reservoir_safety", "reservoir")
    make(pack)

    assert [fault.code for fault in check([pack]).faults] == [code]


def test_a_broken_story_hides_no_fault_of_the_declarations(tmp_path: Path) -> None:
    pack = new_pack(tmp_path, "reservoir_safety", "reservoir")
    written("stories/other.yaml", "- [\n")(pack)
    changed("rights.yaml", "clerk: {", "clark: {")(pack)

    found = {fault.file: fault.code for fault in check([pack]).faults}
    assert found["reservoir_safety/stories/other.yaml"] == "yaml.syntax"
    assert found["reservoir_safety/rights.yaml"] == "name.unknown"
