"""Whole pages with invented matter, to look at the layouts before a portal fills them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from pengcheng.portals.kit.model import Account, NavGroup, NavItem, Page, Portal
from pengcheng.portals.kit.texts import say_all

HERE = Path(__file__).parent


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One page: a template, the values it is given, and what its frame shows."""

    code: str
    portal: Portal
    template: str
    values: Mapping[str, Any] = {}
    frame: Mapping[str, Any] = {}


def _read() -> tuple[Sample, ...]:
    declared = YAML(typ="safe").load((HERE / "samples.yaml").read_text("utf-8"))
    return msgspec.convert(declared, tuple[Sample, ...])


SAMPLES = _read()


def sample_page(sample: Sample, frame: Page) -> Page:
    """The frame with the sample's navigation and account, in the reader's language."""
    said = say_all(sample.frame, frame.language)
    parts: dict[str, Any] = {**said}
    parts["navigation"] = msgspec.convert(said.get("navigation", []), tuple[NavItem, ...])
    parts["groups"] = msgspec.convert(said.get("groups", []), tuple[NavGroup, ...])
    parts["account"] = msgspec.convert(said["account"], Account) if "account" in said else None
    return msgspec.structs.replace(frame, **parts)
