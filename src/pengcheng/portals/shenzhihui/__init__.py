"""深治慧 (`/h/`): command and decision. One map, at most six questions around it, every figure open
down to its cases. What is shown is what packs declare for this portal: no kind is known by name.
"""

from pengcheng.portals.shenzhihui import case_pages, figure_pages, report_pages, screen_pages

HANDLERS = [
    *screen_pages.HANDLERS,
    *figure_pages.HANDLERS,
    *report_pages.HANDLERS,
    *case_pages.HANDLERS,
]

__all__ = ["HANDLERS"]
