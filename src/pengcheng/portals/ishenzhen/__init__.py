"""i深圳 (`/i/`): people. Its home; what it shares with 深i企 is `portals.applicant`."""

from pengcheng.portals.ishenzhen.home import HANDLERS

__all__ = ["HANDLERS"]
