"""Places named in the text of a demand, among the names that the caller knows."""

from packs.citizen_demands.algorithms.texts import Row, Rows, why
from pengcheng.pack import Found, Gazetteer, Place


def gazetteer_of(rows: Rows) -> Gazetteer:
    """The names of rows {"code", "name", "kind", "lon", "lat"}; "parent" if codes do not nest."""
    return Gazetteer(_place(row) for row in rows)


def places_in(rows: Rows, known: Gazetteer | None) -> Rows:
    """For each row: candidates, surest and finest first. A row may bring its own `places`."""
    said = []
    for row in rows:
        names = known if known is not None else gazetteer_of(row.get("places") or [])
        parts = [row.get("address"), row.get("text"), row.get("subject"), row.get("body")]
        found = names.find("\n".join(str(part) for part in parts if part))
        said.append({"candidates": [_candidate(one) for one in found], "why": _why(found)})
    return said


def _place(row: Row) -> Place:
    return Place(
        code=str(row["code"]),
        name=str(row["name"]),
        kind=str(row["kind"]),
        lon=_number(row.get("lon")),
        lat=_number(row.get("lat")),
        parent=str(row.get("parent") or ""),
    )


def _number(value: object) -> float | None:
    return None if value in (None, "") else float(str(value))


def _candidate(one: Found) -> Row:
    place = one.place
    return {
        "code": place.code,
        "name": place.name,
        "kind": place.kind,
        "lon": place.lon,
        "lat": place.lat,
        "confidence": one.confidence,
        "start": one.start,
        "end": one.end,
        "text": one.text,
    }


def _why(found: list[Found]) -> Rows:
    if not found:
        otherwise = {
            "zh": "文中写出街道、社区或地标，或在地图上定位，就能定到那里",
            "en": "A sub-district, community or landmark in the text, or a point on the map, would "
            "place it",
        }
        told = ("文中没有已知的地名", "The text names no known place")
        return [why("place", *told, changed_by=otherwise)]
    best = found[0]
    others = [one for one in found[1:] if one.text != best.text]
    otherwise = {
        "zh": f"没有“{best.text}”，"
        + (f"会定到{others[0].place.name}" if others else "就定不了位"),
        "en": f"Without “{best.text}” it would "
        + (f"be placed in {others[0].place.name}" if others else "have no place"),
    }
    return [
        why(
            "place",
            f"文中“{best.text}”指{best.place.name}",
            f"“{best.text}” in the text means {best.place.name}",
            changed_by=otherwise,
        )
    ]
