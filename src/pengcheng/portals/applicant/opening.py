"""Opening a case for its author: by their account, or by a receipt code that this browser holds."""

from typing import Any

import msgspec
from litestar import Response

from pengcheng.edge.asking import AnyRequest
from pengcheng.engines.cases import CaseView
from pengcheng.kernel.authz import GUEST, Actor
from pengcheng.kernel.errors import Absent
from pengcheng.portals.applicant import receipts
from pengcheng.portals.applicant.side import Side
from pengcheng.portals.pages import go


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A case as its author sees it; `receipt` "" when it was opened by account."""

    view: CaseView
    receipt: str = ""

    @property
    def actor(self) -> Actor | None:
        """Who acts when the receipt code is used: nobody known, whoever is signed in."""
        return GUEST if self.receipt else None


async def opened(request: AnyRequest, side: Side, kind: str, code: str) -> Opened | None:
    """The case, by receipt code or account; None when who asks should say who they are."""
    cases, rights = side.services.cases, side.services.rights
    secret = receipts.held(request).get(code)
    if secret:
        try:
            view = await cases.view_by_receipt(rights, code, secret)
        except Absent:
            view = None
        if view is not None and view.case.kind == kind:
            return Opened(view=view, receipt=secret)
    if not side.is_signed_in:
        return None
    return Opened(view=await cases.view(side.scope("read", kind), rights, code))


def elsewhere(side: Side, code: str) -> Response[Any]:
    """Where a guest shows a receipt code for a case."""
    return go(f"{side.prefix}/lookup?code={code}")
