"""What is computed of a case follows its fields: on arrival, and when intake fills one."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from pengcheng.engines.cases import Analysis
from tests.engines.cases.town import KIND, Stand, Town

pytestmark = pytest.mark.anyio
FORMULA = 'if category_level2 = null then subject else category_level2 + "：" + subject'


class Finding(Stand):
    """Finds the second level of the category."""

    def analyse(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Analysis]:
        found = super().analyse(rows)
        fields = {"category_level2": "排水"}
        return [msgspec.structs.replace(one, fields=fields) for one in found]


async def test_a_computed_field_follows_what_intake_fills(town: Town) -> None:
    registry = town.services.registry
    type_ = registry.type_(KIND)
    attributes = tuple(
        msgspec.structs.replace(item, computed=FORMULA) if item.name == "public_subject" else item
        for item in type_.attributes
    )
    demand = msgspec.structs.replace(type_, attributes=attributes)
    changed = msgspec.structs.replace(registry, types={**registry.types, KIND: demand})
    town.services.declared.replace(changed)
    select = "select public_subject from city.demand"

    await town.send(fields={"subject": "堵", "body": "梅亭路口"})
    arrived = town.query(select)
    await town.intake(Finding())

    assert (arrived, town.query(select)) == ([("堵",)], [("排水：堵",)])
