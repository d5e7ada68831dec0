"""The built files: their hashed names, the icons, and the policy under which pages run."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pengcheng.kernel.errors import Trouble, unreachable

STATIC = Path(__file__).parent / "static"

# No inline script or style anywhere. blob: is the preview of a photo or a recording that the
# reader has just chosen; data: is what MapLibre draws its icons from.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


class Assets(msgspec.Struct, frozen=True):
    """What `npm run build` wrote: logical name to hashed name, icon name to its strokes."""

    static_url: str
    files: Mapping[str, str]
    icons: Mapping[str, str]

    def url(self, name: str) -> str:
        """The address of a built file; it may be cached for ever."""
        if name not in self.files:
            unreachable(f"no built file {name!r}; the manifest has {sorted(self.files)}")
        return f"{self.static_url.rstrip('/')}/{self.files[name]}"

    def icon(self, name: str) -> str:
        """The inside of a 24 px stroke icon."""
        if name not in self.icons:
            unreachable(f"no icon {name!r}: add it to portals/kit/icons.txt and build again")
        return self.icons[name]


def load_assets(static_url: str) -> Assets:
    """Read the manifest; `Trouble` when the front end has not been built."""
    manifest, icons = STATIC / "manifest.json", STATIC / "icons.json"
    if not manifest.exists() or not icons.exists():
        raise Trouble("portals.not_built", folder=str(STATIC), remedy="npm ci && npm run build")
    return Assets(
        static_url=static_url,
        files=json.loads(manifest.read_text("utf-8")),
        icons=json.loads(icons.read_text("utf-8")),
    )
