"""深i企 (`/q/`): enterprises. Its home and the choice of the enterprise acted for; what it shares
with i深圳 is `portals.applicant`."""

from pengcheng.portals.shenqi.home import HANDLERS

__all__ = ["HANDLERS"]
