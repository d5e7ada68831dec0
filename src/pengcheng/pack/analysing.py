"""The automatic intake of a case kind, as its pack declares it.

`case.intake` names the algorithms (analyse, place, similar); the decision table `intake` of the
pack says where their answers lead; deadlines and knowledge come from the records that
administrators keep, so that a change there holds for the next case.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from pengcheng.engines.algorithms import Champions, Classifier
from pengcheng.engines.areas import Areas
from pengcheng.engines.cases import Analysis, Candidate, SameMatter
from pengcheng.engines.objects import Objects, Query, Record, Sort
from pengcheng.engines.rules import WORDS as RULE_WORDS
from pengcheng.engines.rules import Decided, Fact
from pengcheng.engines.rules import decide as decide_by
from pengcheng.kernel.authz import SEALED, SYSTEM, Region, Scope
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.registry import CaseKind, Registry
from pengcheng.kernel.time import Clock, Promise, city_day
from pengcheng.kernel.words import LANGUAGES
from pengcheng.pack.knowing import Article, Knowing
from pengcheng.pack.logic_file import functions
from pengcheng.pack.tables_run import model_of

TABLE = "intake"
REFUSED_ACTION = "triage"
"""What cannot be decided by a table is left to a person."""
ROWS_AT_ONCE = 1000
ROWS_MAX = 100_000
"""Of one table, such as knowledge; far beyond what a city writes down."""

_URGENCIES: Mapping[str, str] = {"ordinary": "normal"}
_LEVELS: Mapping[str, str] = {"subdistrict": "sub_district"}

Rows = Sequence[Mapping[str, Any]]


class DeclaredAnalyst:
    """The algorithms and tables of one case kind; `refresh` reads the administrators' records."""

    def __init__(
        self, registry: Registry, kind: CaseKind, objects: Objects, areas: Areas, clock: Clock,
        champions: Champions,
    ) -> None:  # fmt: skip
        self._registry = registry
        self._kind = kind
        self._objects = objects
        self._areas = areas
        self._clock = clock
        self._champions = champions
        self._learned: tuple[str, Classifier] | None = None
        self._called = functions(registry)
        self._promises: Mapping[str, Promise] = {}
        self._knowing = Knowing(())
        self._known_at = clock.now()
        self._gazetteer: Any = None
        self._placed_rows: list[dict[str, Any]] = []
        self._duties: Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]] = {}
        table = registry.tables.get(TABLE)
        self._model = model_of(table) if table is not None else None

    async def refresh(self) -> None:
        """Read deadlines, knowledge and places again, and which model counts."""
        known_at = self._clock.now()
        learns = learning_of(self._kind)
        self._learned = await self._champions.of(learns) if learns else None
        rules = await self._records("deadlines")
        self._promises = {
            str(rule.attributes["deadline"]): msgspec.convert(
                {"amount": rule.attributes["amount"], "unit": rule.attributes["unit"]}, Promise
            )
            for rule in rules
        }
        articles = await self._records("knowledge")
        self._knowing, self._known_at = Knowing([_article(one) for one in articles]), known_at
        self._duties = _by_path(await self._records("duty_list"))
        self._gazetteer = self._places()

    async def _records(self, table: str) -> list[Record]:
        name = self._kind.tables.get(table)
        if name is None or name not in self._registry.types:
            return []
        region = Region(sensitivity=SEALED)
        scope = Scope(action="read", type=name, regions=(region,), actor=SYSTEM)
        found: list[Record] = []
        query = Query(sort=Sort("code"), limit=ROWS_AT_ONCE)
        while len(found) < ROWS_MAX:
            page = await self._objects.page(self._registry, scope, query)
            found += page.records
            if page.next is None:
                break
            query = msgspec.structs.replace(query, after=page.next)
        return found

    @property
    def reads(self) -> frozenset[str]:
        """The types whose records this follows."""
        return frozenset(self._kind.tables.values()) & frozenset(self._registry.types)

    def _places(self) -> Any:
        """A gazetteer of the city's divisions, if the pack can make one."""
        place = str(self._kind.intake.get("place", ""))
        make = self._called.get(place)
        module = getattr(make, "__globals__", {})
        if make is None or "gazetteer" not in module:
            return None
        rows = [
            {
                "code": area.code,
                "name": area.name.zh,
                "kind": area.level,
                "lon": area.center[0] if area.center else None,
                "lat": area.center[1] if area.center else None,
            }
            for area in self._areas.all()
            if area.level != "city"
        ]
        if rows != self._placed_rows:
            self._gazetteer, self._placed_rows = module["gazetteer"](rows), rows
        return self._gazetteer

    def analyse(self, rows: Rows) -> list[Analysis]:
        """What is found in each row, in order; one call of the pack's algorithm for all."""
        if not rows:
            return []
        more = {"model": self._learned[1]} if self._learned else {}
        analysed = self._call("analyse", [self._asked(row) for row in rows], **more)
        placed = self._placed(rows)
        return [
            self._analysis(row, said, place)
            for row, said, place in zip(rows, analysed, placed, strict=True)
        ]

    def _asked(self, row: Mapping[str, Any]) -> dict[str, Any]:
        has_area = row.get("area_code") or row.get("point")
        return {**row, "area": row.get("area_code") or ("point" if has_area else None)}

    def _duty(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """The entry of the duty list in force for what the algorithm proposes: an administrator
        who gives a duty to another organisation changes where the next case goes."""
        levels = [str(said.get(name) or "") for name in ("level1", "level2", "level3")]
        for depth in (3, 2, 1):
            path = tuple(levels[:depth] + [""] * (3 - depth))
            entries = self._duties.get(path)
            if entries:
                proposed = said.get("organisation_key")
                same = (e for e in entries if e["organisation_key"] == proposed)
                return next(same, entries[0])
        return {}

    def _placed(self, rows: Rows) -> list[Mapping[str, Any]]:
        place = self._called.get(str(self._kind.intake.get("place", "")))
        if place is None or self._gazetteer is None:
            return [{} for _ in rows]
        return list(place([dict(row) for row in rows], self._gazetteer))

    def _call(
        self, step: str, rows: list[dict[str, Any]], **more: Classifier
    ) -> list[dict[str, Any]]:
        run: Callable[..., Any] = self._called[str(self._kind.intake[step])]
        return list(run(rows, **more))

    def _analysis(
        self, row: Mapping[str, Any], said: Mapping[str, Any], place: Mapping[str, Any]
    ) -> Analysis:
        candidates = place.get("candidates") or ()
        best = candidates[0] if candidates and not row.get("area_code") else None
        duty = self._duty(said) if said.get("organisation_key") else {}
        level = str(duty.get("level") or said.get("level") or "district")
        deadline = str(duty.get("deadline") or said.get("deadline"))
        article, sure = self._knowing.best(str(row.get("subject", "")), str(row.get("body", "")))
        decided, refused = self._decided(said, article, sure)
        return Analysis(
            category="/".join(str(said[n]) for n in ("level1", "level2", "level3") if said.get(n)),
            confidence=float(said.get("confidence") or 0.0),
            organisation_kind=duty.get("organisation_key") or said.get("organisation_key"),
            organisation_level=_LEVELS.get(level, level),
            promise=self._promises.get(deadline),
            urgency=_URGENCIES.get(str(said.get("urgency")), str(said.get("urgency"))),
            sensitive=[str(item["meaning"]) for item in said.get("sensitive") or ()],
            place=str(best["code"]) if best else None,
            similar_keys=said.get("keys") or (),
            fields=self._fields(row, said),
            action=action_of(decided) if refused is None else REFUSED_ACTION,
            answer=article.answer if article else None,
            answer_confidence=sure,
            why=_by_step([*(said.get("why") or ()), *(place.get("why") or ())]),
            version=self._version,
            decided=decided,
            refused=refused,
        )

    @property
    def _version(self) -> str:
        """The version of the pack, and of the model if the city trained its own."""
        version = str(self._registry.packs[self._pack].version)
        return f"{version}+{self._learned[0][:12]}" if self._learned else version

    @property
    def _pack(self) -> str:
        return self._registry.types[self._kind.type].pack

    def _decided(
        self, said: Mapping[str, Any], article: Article | None, sure: float
    ) -> tuple[Decided | None, Mapping[str, str] | None]:
        """The run of the pack's decision table, or in words why it does not run."""
        if self._model is None:
            return None, None
        now = self._clock.now()
        source = f"{self._kind.intake['analyse']} {self._registry.packs[self._pack].version}"
        expired = article.is_expired(city_day(now)) if article else False
        read = f"{self._kind.tables.get('knowledge', '')} {article.code if article else ''}".strip()
        facts = {
            "urgency": Fact(value=said.get("urgency"), source=source, at=now),
            "kind": Fact(value=said.get("kind"), source=source, at=now),
            "auto": Fact(value=bool(said.get("auto")), source=source, at=now),
            "knowledge": Fact(
                value={"confidence": sure, "expired": expired},
                source=read,
                at=self._known_at,
            ),
        }
        try:
            return decide_by(self._model, TABLE, facts, now), None
        except Refusal as refusal:
            return None, refused_in_words(refusal)

    def _fields(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        """Declared fields that the analysis fills; what the author said is not overwritten."""
        type_ = self._registry.types[self._kind.type]
        found = {
            "kind": said.get("kind"),
            "category_level1": said.get("level1"),
            "category_level2": said.get("level2"),
            "category_level3": said.get("level3"),
            "public_subject": said.get("public_subject"),
            "public_body": said.get("public_body"),
        }
        return {
            name: value
            for name, value in found.items()
            if value is not None and type_.attribute(name) and not row.get(name)
        }

    def same(self, row: Mapping[str, Any], candidates: Sequence[Candidate]) -> SameMatter | None:
        """The candidate that surely reports the same matter."""
        return same_matter(self._called[str(self._kind.intake["similar"])], row, candidates)


def same_matter(
    similar: Callable[..., Any], row: Mapping[str, Any], candidates: Sequence[Candidate]
) -> SameMatter | None:
    """The candidate that by a pack's algorithm `similar` surely reports the same matter."""
    asked = {
        "demand": _matter(row, row.get("accepted_at")),
        "candidates": [_candidate(item) for item in candidates],
    }
    matches = similar([asked])[0].get("matches") or ()
    best = next((match for match in matches if match.get("same")), None)
    if best is None:
        return None
    return SameMatter(
        id=UUID(str(best["id"])), score=float(best["score"]), why=_told(best.get("why"))
    )


def learning_of(kind: CaseKind) -> str:
    """The algorithm that learns from corrections of this kind ("pack.name"); "" for none."""
    return str(kind.settings.get("learns") or "")


def _by_path(records: Sequence[Record]) -> dict[tuple[str, ...], list[Mapping[str, Any]]]:
    """Duty list entries by their category path."""
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for record in records:
        levels = (record.attributes.get(name) for name in ("level1", "level2", "level3"))
        found.setdefault(tuple(str(level or "") for level in levels), []).append(record.attributes)
    return found


def action_of(decided: Decided | None) -> str | None:
    """The action that a table's output names."""
    output = decided.output if decided is not None else None
    action = output.get("action") if isinstance(output, Mapping) else output
    return action if isinstance(action, str) else None


def refused_in_words(refusal: Refusal) -> Mapping[str, str]:
    """Why a table did not run, as a person reads it, with every fault."""
    told: dict[str, str] = {}
    for language in LANGUAGES:
        parts = [(refusal.code, refusal.facts), *((f.code, f.facts) for f in refusal.faults)]
        told[language] = " ".join(
            RULE_WORDS[code].fill(language, facts) if code in RULE_WORDS else code
            for code, facts in parts
        )
    return told


def _matter(row: Mapping[str, Any], at: object) -> dict[str, Any]:
    point = row.get("point")
    return {
        "subject": row.get("subject"),
        "body": row.get("body"),
        "level1": str(row.get("category") or "").split("/")[0],
        "lon": point[0] if point else None,
        "lat": point[1] if point else None,
        "at": at,
    }


def _candidate(item: Candidate) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "subject": item.title,
        "body": item.body,
        "level1": str(item.category or "").split("/")[0],
        "lon": item.point[0] if item.point else None,
        "lat": item.point[1] if item.point else None,
        "at": item.accepted_at.isoformat(),
        "event": str(item.event_id) if item.event_id else None,
    }


def _by_step(reasons: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Reasons by the step that they belong to, in both languages."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    names = {"organisation": "route", "responsible": "route", "duty": "route",
             "sensitive": "urgency"}  # fmt: skip
    for reason in reasons:
        step = str(reason.get("step", ""))
        found.setdefault(names.get(step, step), []).append(reason)
    return {step: _told(told) for step, told in found.items()}


def _told(reasons: Any) -> dict[str, Any]:
    listed = list(reasons or ())
    return {
        "zh": "；".join(str(item.get("zh", "")) for item in listed),
        "en": "; ".join(str(item.get("en", "")) for item in listed),
        "reasons": listed,
    }


def _article(record: Record) -> Article:
    values = record.attributes
    return Article(
        code=record.code,
        question=str(values.get("question") or ""),
        answer=str(values.get("answer") or ""),
        words=tuple(str(values.get("words") or "").split()),
        valid_until=values.get("valid_until"),
    )
