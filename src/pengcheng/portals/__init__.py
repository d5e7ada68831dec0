"""The four portals and the component kit they share: what people see of the city.

A portal is a folder with its pages and a `HANDLERS` list; its templates stand in
`templates/<portal>/`. A portal calls engines, never the store.
"""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from pengcheng.edge.services import Services
from pengcheng.portals import account_pages, applicant, ishenzhen, shenqi, shenzhengyi, shenzhihui
from pengcheng.portals.pages import error_page

__all__ = ["error_page", "handlers"]


def handlers(services: Services) -> Sequence[ControllerRouterHandler]:
    """Every page of every portal."""
    del services
    return [
        *account_pages.handlers(),
        *applicant.HANDLERS,
        *ishenzhen.HANDLERS,
        *shenqi.HANDLERS,
        *shenzhengyi.HANDLERS,
        *shenzhihui.HANDLERS,
    ]
