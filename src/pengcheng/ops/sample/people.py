"""Synthetic officials, citizens and enterprises. No real person is in here, nor needed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from pengcheng.ops.sample import _content, _numbers, _points
from pengcheng.ops.sample._seeds import pick, stream
from pengcheng.ops.sample.accounts import GRID_WORKER_COMMUNITY, sample_accounts
from pengcheng.ops.sample.divisions import CITY
from pengcheng.ops.sample.model import (
    Citizen,
    Enterprise,
    Official,
    Organisation,
    Outline,
    Population,
)
from pengcheng.ops.sample.organisations import (
    COMMAND,
    GOVERNMENT,
    GRID_CENTRE,
    HOTLINE,
    OFFICE,
    key_of,
)
from pengcheng.ops.sample.outlines import Outlines

BUSY = ("housing", "urban_management", "police", "transport", "human_resources", "education",
        "market", "health", "water", "ecology", "planning", "civil_affairs", "land_readjustment",
        "traffic_police", "social_insurance", "emergency")  # fmt: skip
"""Keys whose districts have a clerk of their own; the government's clerk serves the others."""

WITH_CHIEF = ("housing", "urban_management", "police", "human_resources")
OPERATORS = 20
CELLS_FOR_A_WORKER = 3
FIRST_BIRTH, LAST_BIRTH = date(1945, 1, 1), date(2006, 12, 31)

POSTS = {
    "administrator": "系统管理员",
    "operator": "坐席",
    "dispatcher": "分拨员",
    "clerk": "经办员",
    "unit_chief": "单位负责人",
    "arbiter": "争议裁定员",
    "supervisor": "督办员",
    "command_officer": "指挥中心值班员",
    "command_leader": "指挥长",
    "confidential_opener": "保密诉求启封员",
    "auditor": "审计员",
    "grid_worker": "网格员",
}
"""Role → the name of its post."""


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each, the stable sample accounts included."""

    officials: int = 400
    citizens: int = 2000
    enterprises: int = 100


_DEFAULT_SIZES = Sizes()


def population(
    pack: Path,
    outlines: Outlines,
    organisations: Sequence[Organisation],
    seed: int,
    sizes: Sizes = _DEFAULT_SIZES,
) -> Population:
    """Everyone; at least the sample accounts, whatever the sizes. Cheaper than a second."""
    names = _Names(pack)
    return Population(
        officials=_officials(names, outlines, organisations, seed, sizes.officials),
        citizens=_citizens(names, outlines, seed, sizes.citizens),
        enterprises=_enterprises(names, outlines, seed, sizes.enterprises),
    )


class _Names:
    def __init__(self, pack: Path) -> None:
        words: dict[str, Any] = _content.document(pack, "names.yaml")
        self._surnames: str = words["surnames"]
        self._given: dict[str, str] = words["given"]
        # Frequent surnames stand first; their frequencies fall about as the square root.
        ranks = 1 / np.sqrt(np.arange(1, len(self._surnames) + 1) + 2)
        self._weights = ranks / ranks.sum()
        self.trades: list[list[str]] = words["trades"]
        self.firm_words: list[str] = words["enterprise_words"].split()
        self.firm_stems = (words["roads"]["first"], words["roads"]["second"])

    def person(self, sex: Literal["female", "male"], chance: np.random.Generator) -> str:
        surname = self._surnames[int(chance.choice(len(self._surnames), p=self._weights))]
        last = pick(chance, self._given[sex])
        if chance.random() < 0.22:
            return surname + last
        return surname + pick(chance, self._given["either"] + self._given[sex]) + last


def _officials(
    names: _Names,
    outlines: Outlines,
    organisations: Sequence[Organisation],
    seed: int,
    count: int,
) -> tuple[Official, ...]:
    chance = stream(seed, "officials")
    areas = {organisation.key: organisation.area for organisation in organisations}
    stable = [
        Official(
            username=account.username,
            name=account.display_name,
            post=POSTS[account.role],
            role=account.role,
            organisation=account.organisation,
            areas=_answered_for(account.role, areas[account.organisation], outlines),
            telephone=_numbers.telephone(1, number),
        )
        for number, account in enumerate(sample_accounts())
        if account.organisation
    ]
    others = islice(_posts(outlines, organisations), max(0, count - len(stable)))
    made = [
        Official(
            username=f"o{number:04}",
            name=names.person(_sex(chance), chance),
            post=POSTS[role],
            role=role,
            organisation=organisation,
            areas=held,
            telephone=_numbers.telephone(1, 100 + number),
        )
        for number, (role, organisation, held) in enumerate(others, start=1)
    ]
    return (*stable, *made)


def _answered_for(role: str, area: str, outlines: Outlines) -> tuple[str, ...]:
    if role != "grid_worker":
        return (area,)
    return tuple(cell.code for cell in outlines.at("grid") if cell.parent == GRID_WORKER_COMMUNITY)


def _posts(
    outlines: Outlines, organisations: Iterable[Organisation]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Posts in the order in which a city would fill them: without any, demands would wait."""
    by_key = {organisation.key: organisation for organisation in organisations}
    districts = [outline.code for outline in outlines.at("district")]
    units = [outline.code for outline in outlines.at("sub_district")]

    def post(role: str, kind: str, area: str) -> tuple[str, str, tuple[str, ...]]:
        return role, by_key[key_of(kind, area)].key, (area,)

    yield from (post("operator", HOTLINE, CITY) for _ in range(OPERATORS))
    for area in (CITY, *districts):
        yield post("clerk", GOVERNMENT, area)
        yield post("unit_chief", GOVERNMENT, area)
        yield post("dispatcher", HOTLINE, area)
        yield post("supervisor", COMMAND, area)
        yield post("command_officer", COMMAND, area)
    yield post("arbiter", COMMAND, CITY)
    yield from (post("clerk", OFFICE, unit) for unit in units)
    yield from (post("clerk", kind, area) for kind in BUSY for area in (CITY, *districts))
    yield from (post("unit_chief", kind, area) for kind in WITH_CHIEF for area in districts)
    yield from _grid_posts(outlines, by_key)


def _grid_posts(
    outlines: Outlines, by_key: dict[str, Organisation]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """A first worker for each sub-district, then a second, until every cell has one."""
    cells: dict[str, list[str]] = {}
    for cell in outlines.at("grid"):
        if cell.parent != GRID_WORKER_COMMUNITY:
            cells.setdefault(cell.code[:9], []).append(cell.code)
    rounds = max(map(len, cells.values()))
    for start in range(0, rounds, CELLS_FOR_A_WORKER):
        for unit, codes in cells.items():
            held = tuple(codes[start : start + CELLS_FOR_A_WORKER])
            if held:
                yield "grid_worker", by_key[f"{GRID_CENTRE}@{unit}"].key, held


def _citizens(names: _Names, outlines: Outlines, seed: int, count: int) -> tuple[Citizen, ...]:
    chance = stream(seed, "citizens")
    homes = _homes(outlines, max(1, count), chance)
    known: set[str] = set()
    return tuple(
        _citizen(number, home, names, outlines, chance, known) for number, home in enumerate(homes)
    )


def _citizen(
    number: int,
    home: Outline,
    names: _Names,
    outlines: Outlines,
    chance: np.random.Generator,
    known: set[str],
) -> Citizen:
    sex = _sex(chance)
    identity = ""
    while not identity or identity in known:
        days = int(chance.integers((LAST_BIRTH - FIRST_BIRTH).days))
        born = FIRST_BIRTH + timedelta(days=days)
        serial = 2 * int(chance.integers(500)) + (sex == "male")
        identity = _numbers.identity_number(born, serial)
    known.add(identity)
    return Citizen(
        username="citizen" if number == 0 else f"c{number:05}",
        name="示例·市民" if number == 0 else names.person(sex, chance),
        sex=sex,
        born=born,
        identity_number=identity,
        telephone=_numbers.telephone(10 + number // 10000, number % 10000),
        area=home.code[:12],
        grid=home.code,
        point=_points.within(outlines.geometry(home.code), chance),
    )


def _enterprises(
    names: _Names, outlines: Outlines, seed: int, count: int
) -> tuple[Enterprise, ...]:
    chance = stream(seed, "enterprises")
    seats = _homes(outlines, max(1, count), chance)
    return tuple(
        _enterprise(number, seat, names, outlines, chance) for number, seat in enumerate(seats)
    )


def _enterprise(
    number: int, seat: Outline, names: _Names, outlines: Outlines, chance: np.random.Generator
) -> Enterprise:
    trade, branch = pick(chance, names.trades)
    stem = pick(chance, names.firm_stems[0]) + pick(chance, names.firm_stems[1])
    marked = pick(chance, names.firm_words)
    return Enterprise(
        username="enterprise" if number == 0 else f"q{number:04}",
        name=f"深圳{stem}{marked}{trade}有限公司",
        credit_code=_numbers.credit_code(number),
        trade=branch,
        contact="示例·企业办事人" if number == 0 else names.person(_sex(chance), chance),
        telephone=_numbers.telephone(2, number % 10000),
        area=seat.code[:12],
        grid=seat.code,
        point=_points.within(outlines.geometry(seat.code), chance),
    )


def _homes(outlines: Outlines, count: int, chance: np.random.Generator) -> list[Outline]:
    """Cells in which people live; every cell counts alike, so crowded communities count more."""
    cells = outlines.at("grid")
    return [cells[int(index)] for index in chance.integers(len(cells), size=count)]


def _sex(chance: np.random.Generator) -> Literal["female", "male"]:
    return "female" if chance.random() < 0.5 else "male"
