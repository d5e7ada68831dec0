"""Areas (区域): city, districts, sub-districts, communities and grid cells, and the base map.

Invariants: each point of the city lies in one grid cell; a number's range is its subtree; outlines
that no authority published are marked schematic.
"""

from pengcheng.engines.areas.model import Area, AreaDetail, AreaRow, MapFeature, NewArea
from pengcheng.engines.areas.service import Areas, subject_of
from pengcheng.engines.areas.sheets import square_kilometres

HUB = "base"

__all__ = [
    "HUB",
    "Area",
    "AreaDetail",
    "AreaRow",
    "Areas",
    "MapFeature",
    "NewArea",
    "square_kilometres",
    "subject_of",
]
