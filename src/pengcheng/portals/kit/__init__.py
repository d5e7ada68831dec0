"""The component kit: one look, one behaviour, two languages, for every page of every portal.

A portal makes one `environment`, describes each request's `Page`, and calls `render`. In a template
every component is `kit.<name>(...)`; layouts are extended as `kit/layouts/<name>.html`. The kit
knows no engine: it is given values and draws them. What it promises: a page works without script,
under the strict `CONTENT_SECURITY_POLICY`, by keyboard and screen reader, from 320 to 2560 px.
"""

from pengcheng.portals.kit.assets import CONTENT_SECURITY_POLICY, STATIC, Assets
from pengcheng.portals.kit.environment import environment, render
from pengcheng.portals.kit.gallery import Component, Example, components, gallery_pages
from pengcheng.portals.kit.model import (
    Account,
    NavGroup,
    NavItem,
    Page,
    Portal,
    Preferences,
    Remaining,
    Theme,
    preferences_from_cookies,
    preferences_to_cookies,
    remaining,
)

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "STATIC",
    "Account",
    "Assets",
    "Component",
    "Example",
    "NavGroup",
    "NavItem",
    "Page",
    "Portal",
    "Preferences",
    "Remaining",
    "Theme",
    "components",
    "environment",
    "gallery_pages",
    "preferences_from_cookies",
    "preferences_to_cookies",
    "remaining",
    "render",
]
