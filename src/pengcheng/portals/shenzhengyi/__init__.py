"""深政易, the officials' portal: workbench, 12345 desk, the grid worker's phone, administration.

Every page is made from what packs declare (`screens.yaml`); no kind of case is known by name.
"""

from pengcheng.portals.shenzhengyi import (
    admin,
    admin_city,
    aside_pages,
    conduct,
    decisions,
    desk,
    exporting,
    importing,
    live,
    process_pages,
    records,
    tasks,
    workbench,
)

HANDLERS = [
    *workbench.HANDLERS,
    *conduct.HANDLERS,
    *live.HANDLERS,
    *exporting.HANDLERS,
    *desk.HANDLERS,
    *tasks.HANDLERS,
    *aside_pages.HANDLERS,
    *records.HANDLERS,
    *importing.HANDLERS,
    *admin.HANDLERS,
    *admin_city.HANDLERS,
    *decisions.HANDLERS,
    *process_pages.HANDLERS,
]
__all__ = ["HANDLERS"]
