"""深政易, the officials' portal: workbench, 12345 desk, the grid worker's phone, administration.

Every page is made from what packs declare (`screens.yaml`); no kind of case is known by name.
"""

from pengcheng.portals.shenzhengyi import conduct, exporting, live, workbench

HANDLERS = [
    *workbench.HANDLERS,
    *conduct.HANDLERS,
    *live.HANDLERS,
    *exporting.HANDLERS,
]
__all__ = ["HANDLERS"]
