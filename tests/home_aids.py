"""A city with the pack of the guide "lists and tables", as it stands there before it is broken."""

from pathlib import Path

from pengcheng import city as composition
from pengcheng import pack
from pengcheng.edge import pack_changes
from tests.city import ROOT, City
from tests.pack.test_guide import blocks

GUIDE = ROOT / "docs" / "guide" / "lists-and-tables.md"


def folder_of(parent: Path) -> Path:
    """The guide's pack, written to a folder."""
    folder = pack.new_pack(parent / "packs", "home_aids", "home")
    for block in blocks(GUIDE):
        path = parent / (block.path or "packs/home_aids/README.md")
        content = block.text if block.path else path.read_text(encoding="utf-8")
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


def install(city: City, parent: Path) -> City:
    """The same city with the guide's pack."""
    folders = [*pack.find(city.services.settings.packs), folder_of(parent)]
    city.run(pack_changes.apply, city.services, pack.load(folders))
    city.run(composition.declare, city.services)
    return city
