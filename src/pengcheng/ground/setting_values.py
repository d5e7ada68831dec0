"""What the text of a setting can mean, by kind; `Unfit` with the code of the fault when nothing."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WORKERS_MAX = 64
LOG_LEVELS = ("debug", "info", "warning", "error")


class Unfit(Exception):
    """A text that a setting cannot mean; the code says why."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def path(text: str) -> Path:
    if not text.strip():
        raise Unfit("setting.empty")
    return Path(text).expanduser().absolute()


def file(text: str) -> str:
    if not text:
        return ""
    path = Path(text).expanduser().absolute()
    if not path.is_file() or not os.access(path, os.R_OK):
        raise Unfit("setting.no_file")
    return str(path)


def folder(text: str) -> str:
    if not text:
        return ""
    path = Path(text).expanduser().absolute()
    if not path.is_dir():
        raise Unfit("setting.no_folder")
    return str(path)


def host(text: str) -> str:
    if not text or any(character in text for character in " /@"):
        raise Unfit("setting.host")
    return text


def port(text: str) -> int:
    return _between(text, 1, 65535)


def hours(text: str) -> int:
    return _between(text, 0, 8760)


def per_minute(text: str) -> int:
    return _between(text, 1, 1_000_000)


def workers(text: str) -> int:
    if text == "auto":
        return min(os.cpu_count() or 1, WORKERS_MAX)
    return _between(text, 1, WORKERS_MAX)


def _between(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
        raise Unfit("setting.number", low=low, high=high)
    return int(text)


def yes(text: str) -> bool:
    meaning = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in meaning:
        raise Unfit("setting.yes_no")
    return meaning[text.lower()]


def url(schemes: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        try:
            scheme = urlsplit(text).scheme
        except ValueError:
            scheme = ""
        if text and scheme not in schemes:
            raise Unfit("setting.url", schemes=" ".join(f"{name}://" for name in schemes))
        return text

    return parse


def level(text: str) -> str:
    if text not in LOG_LEVELS:
        raise Unfit("setting.choice", choices=" ".join(LOG_LEVELS))
    return text


def anything(text: str) -> str:
    return text
