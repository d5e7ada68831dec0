"""The side of those who ask: what i深圳 and 深i企 share.

Making a case, following it, answering what it asks, finding matters near by, messages, oneself. No
kind of case is known by name here: what appears is what `screens.yaml` of a pack declares for the
portal, and what one may do is what the case's process and rights allow.
"""

from pengcheng.portals.applicant import (
    acting_pages,
    case_pages,
    figure_pages,
    finding_pages,
    list_pages,
    making_pages,
    me_pages,
)

HANDLERS = [
    *making_pages.HANDLERS,
    *case_pages.HANDLERS,
    *acting_pages.HANDLERS,
    *list_pages.HANDLERS,
    *finding_pages.HANDLERS,
    *figure_pages.HANDLERS,
    *me_pages.HANDLERS,
]

__all__ = ["HANDLERS"]
