"""Places named in free text: a dictionary by first two characters, longest name first.

Pure: the caller supplies the names. A place is found by its name or by a shorter form of it
("桂园" for 桂园街道); a name that several places bear is decided by the places named beside it, or
shared among them at a lower confidence.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

TEXT_MAX = 4000
FOUND_MAX = 20
_SHORT_FORMS: Mapping[str, tuple[str, ...]] = {
    "district": ("新区", "区", "市", "县"),
    "sub_district": ("街道办事处", "街道", "镇"),
    "community": ("社区居委会", "社区", "村"),
    "estate": ("小区", "花园"),
    "road": (),
}
# How near a place brings one who must go there.
_FINENESS: Mapping[str, int] = {
    "city": 0, "district": 1, "sub_district": 2, "road": 3, "community": 4, "estate": 5, "poi": 5,
}  # fmt: skip
# Short forms that are everyday words say nothing of a place by themselves.
EVERYDAY = frozenset((
    "中心", "新安", "文化", "人民", "和平", "新城", "东门", "南门", "西门", "北门", "广场", "公园",
    "学校", "市场", "工业", "花园", "光明", "平安", "幸福", "向阳", "建设", "解放", "前进", "团结",
    "民主", "胜利", "大道", "新村", "新桥", "新围", "东方", "海滨", "福利", "福民", "园区", "大学",
))  # fmt: skip
_FULL, _SHORT = 0.95, 0.6
_BESIDE, _AGAINST = 0.02, 0.3


class Place(msgspec.Struct, frozen=True):
    """One named place. `code` is hierarchical (a parent's code begins a child's), or `parent`."""

    code: str
    name: str
    kind: str
    lon: float | None = None
    lat: float | None = None
    parent: str = ""


class Found(msgspec.Struct, frozen=True):
    """A place named in a text: where (start, end), by which words, how sure (0-1)."""

    place: Place
    start: int
    end: int
    text: str
    confidence: float


class _Name(msgspec.Struct, frozen=True):
    text: str
    places: tuple[Place, ...]
    full: bool


class Gazetteer:
    """Places by the names that people write. Build it once; finding changes nothing."""

    def __init__(self, places: Iterable[Place]) -> None:
        known = tuple(places)
        self._by_code = {place.code: place for place in known}
        names: dict[str, list[tuple[Place, bool]]] = {}
        for place in known:
            for text, full in _names_of(place):
                names.setdefault(text, []).append((place, full))
        self._by_start: dict[str, list[_Name]] = {}
        for text in sorted(names, key=lambda one: (-len(one), one)):
            bearers = [place for place, is_full in names[text] if is_full]
            shortened = [place for place, _ in names[text]]
            name = _Name(text, tuple(bearers or shortened), bool(bearers))
            self._by_start.setdefault(text[:2], []).append(name)

    def find(self, text: str) -> list[Found]:
        """The places named, finest and surest first; at most `FOUND_MAX`."""
        text = text[:TEXT_MAX]
        spots = self._spots(text)
        beside = frozenset(
            code
            for _, name in spots
            if name.full and len(name.places) == 1
            for code in self._above(name.places[0])
        )
        found: dict[str, Found] = {}
        for start, name in spots:
            for place, confidence in self._weighed(name, beside):
                one = Found(place, start, start + len(name.text), name.text, confidence)
                known = found.get(place.code)
                if known is None or known.confidence < confidence:
                    found[place.code] = one
        ordered = sorted(
            found.values(),
            key=lambda one: (
                -(one.confidence >= 0.5), -_FINENESS.get(one.place.kind, 3), -one.confidence,
                one.start, one.place.code,
            ),
        )  # fmt: skip
        return ordered[:FOUND_MAX]

    def _spots(self, text: str) -> list[tuple[int, _Name]]:
        spots: list[tuple[int, _Name]] = []
        at = 0
        by_start = self._by_start
        while at < len(text) - 1:
            names = by_start.get(text[at : at + 2])
            name = next((n for n in names if text.startswith(n.text, at)), None) if names else None
            if name is None:
                at += 1
                continue
            spots.append((at, name))
            at += len(name.text)
        return spots

    def _above(self, place: Place) -> set[str]:
        """The place and all that it lies in."""
        codes = {place.code}
        parent = self._parent(place)
        while parent is not None and parent.code not in codes:
            codes.add(parent.code)
            parent = self._parent(parent)
        return codes

    def _parent(self, place: Place) -> Place | None:
        if place.parent:
            return self._by_code.get(place.parent)
        stem = place.code.rstrip("0")
        for length in (9, 6, 4):
            code = place.code[:length].ljust(len(place.code), "0")
            if length < len(stem) and code in self._by_code:
                return self._by_code[code]
        return None

    def _weighed(self, name: _Name, beside: frozenset[str]) -> list[tuple[Place, float]]:
        base = _FULL if name.full else _SHORT
        if len(name.places) == 1:
            return [(name.places[0], base)]
        fits = [place for place in name.places if (self._above(place) - {place.code}) & beside]
        nearest = self._deepest(fits, beside)
        if len(nearest) == 1:
            rest = [place for place in name.places if place is not nearest[0]]
            against = base * _AGAINST / len(rest)
            return [(nearest[0], base - _BESIDE), *((place, round(against, 4)) for place in rest)]
        return [(place, round(base / len(name.places), 4)) for place in name.places]

    def _deepest(self, fits: Sequence[Place], beside: frozenset[str]) -> list[Place]:
        depth = [len((self._above(place) - {place.code}) & beside) for place in fits]
        return [place for place, d in zip(fits, depth, strict=True) if d == max(depth)]


def _names_of(place: Place) -> list[tuple[str, bool]]:
    """A place's names with whether each is the full one."""
    names = [(place.name, True)] if len(place.name) >= 2 else []
    for ending in _SHORT_FORMS.get(place.kind, ()):
        stem = place.name.removesuffix(ending)
        if stem != place.name and len(stem) >= 2:
            if stem not in EVERYDAY:
                names.append((stem, False))
            break
    if place.kind == "sub_district" and place.name.endswith("街道"):
        names.append((f"{place.name}办事处", True))
    return names
