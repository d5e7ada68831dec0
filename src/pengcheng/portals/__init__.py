"""The four portals: what people see. Each is a folder with its pages; `kit` holds the components."""

from collections.abc import Sequence
from typing import Any

from litestar.types import ControllerRouterHandler

from pengcheng.edge.services import Services


def handlers(services: Services) -> Sequence[ControllerRouterHandler]:
    """Every page of every portal."""
    del services
    return ()


def error_page(request: Any, failure: Any) -> Any:
    """An error as a page that speaks like a good clerk."""
    raise failure
