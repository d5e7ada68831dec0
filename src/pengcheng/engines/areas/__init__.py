"""Areas (区域): city, districts, sub-districts, communities and grid cells, and the base map.

Invariants: each point of the city lies in one grid cell; a number's range is its subtree; outlines
that no authority published are marked schematic.
"""

from pengcheng.engines.areas.model import Area, MapFeature, NewArea
from pengcheng.engines.areas.service import Areas

HUB = "base"

__all__ = ["HUB", "Area", "Areas", "MapFeature", "NewArea"]
