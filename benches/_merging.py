"""How well reports of one matter are merged: real ones as they came, and planted repeats.

The messages are played in the order of their times through the engine's own `Matching` and the
pack's `similar`, with as many candidates, as near in time, as intake asks the database for.
"""

import collections
import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from packs.citizen_demands import logic
from pengcheng.engines.cases import Candidate
from pengcheng.engines.cases._store_intake import CANDIDATES_MAX
from pengcheng.engines.cases.intake import SAME_MATTER_DAYS
from pengcheng.engines.cases.matching import Matching
from pengcheng.pack.analysing import same_matter

Row = dict[str, Any]
BATCH = 50

# Matters that many of the real messages report: what they name, and what it is about.
MATTERS = (
    ("伊景园|武广新城", "车位|捆绑|捆梆"), ("丽发新城|暮云", "搅拌"),
    ("魅力之城", "油烟|夜宵|烧烤|餐"), ("泉星公园", "."), ("辉煌国际", "烟|饭店|餐"),
    ("58车[贷货]", "."), ("茶场村", "拆迁|规划"), ("凉塘路", "旧城改造|旧改"),
    ("人才", "购房补贴"), ("江山帝景", "."), ("中[茂贸]城", "钱|款|资金"), ("兰亭湾畔", "餐"),
    ("诺亚山林", "医院"), ("圣力华苑", "两证"), ("海外滩", "高铁|铁路"),
    ("梅溪湖", "安置.*质量|嘉顺苑"), ("温斯顿", "."), ("月亮岛|金星北", "高压|110"),
    ("汝金城", "."), ("海伦春天", "出行"), ("松雅(西地省|湖)站", "."), ("十里天池", "."),
    ("楚郡未来", "学费"), ("农商行", "扣月供|乱扣"),
)  # fmt: skip


def figures(messages: list[Row], planted: int) -> list[Row]:
    """Rows {"subject", "body", "created_at"}; `planted` repeats are told again among them."""
    filed = sorted(
        ({**row, "at": _moment(row["created_at"])} for row in messages), key=lambda row: row["at"]
    )
    for at in range(0, len(filed), 200):
        part = filed[at : at + 200]
        for number, row, said in zip(range(at, at + 200), part, logic.category(part), strict=False):
            row["level1"], row["id"] = said["level1"], UUID(int=number)
    chance = random.Random(1)
    again = [_told_again(row, chance) for row in chance.sample(filed, planted)]
    return [*_natural(filed), *_planted(filed, again)]


def _moment(text: str) -> datetime:
    """As the messages have it: 2019/2/8 9:05:00, with or without seconds, with / or -."""
    year, month, day, hour, minute, second = (*map(int, re.findall(r"\d+", text)), 0)[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


class _City:
    """What intake keeps of earlier reports: who shares a key, and which event each is in."""

    def __init__(self) -> None:
        self._by_key: dict[int, list[UUID]] = collections.defaultdict(list)
        self._known: dict[UUID, Candidate] = {}
        self.event_of: dict[UUID, UUID] = {}
        self.joined: dict[UUID, UUID] = {}

    def hear(self, rows: list[Row]) -> None:
        """Take in one batch."""
        keyed = [one["keys"] for one in logic.blocking_keys(rows)]
        near = {row["id"]: self._near(row, keys) for row, keys in zip(rows, keyed, strict=True)}
        matching = Matching(near, lambda row, items: same_matter(logic.similar, row, items))
        for row, keys in zip(rows, keyed, strict=True):
            mine = _candidate(row)
            asked = {**row, "category": row["level1"], "accepted_at": row["at"].isoformat()}
            _, lead = matching.join(mine, str(row["id"]), keys, asked)
            self._known[mine.id] = mine
            if lead is not None and lead.event_id is not None:
                self.event_of[lead.id] = self.event_of[mine.id] = lead.event_id
                self.joined[mine.id] = lead.id
        for row, keys in zip(rows, keyed, strict=True):
            for key in keys:
                self._by_key[key].append(row["id"])

    def _near(self, row: Row, keys: list[int]) -> list[Candidate]:
        since = row["at"] - timedelta(days=SAME_MATTER_DAYS)
        sharing = collections.Counter(
            one
            for key in keys
            for one in self._by_key.get(key, ())
            if self._known[one].accepted_at >= since
        )
        best = sorted(sharing, key=lambda one: (-sharing[one], self._known[one].accepted_at))
        return [self._as_now(self._known[one]) for one in best[:CANDIDATES_MAX]]

    def _as_now(self, one: Candidate) -> Candidate:
        return _candidate_in(one, self.event_of.get(one.id))


def _candidate(row: Row) -> Candidate:
    return Candidate(
        id=row["id"], title=row["subject"], body=row["body"], category=row["level1"], point=None,
        area_no=None, accepted_at=row["at"], event_id=None, organisation_id=UUID(int=0),
    )  # fmt: skip


def _candidate_in(one: Candidate, event_id: UUID | None) -> Candidate:
    return Candidate(
        id=one.id, title=one.title, body=one.body, category=one.category, point=None,
        area_no=None, accepted_at=one.accepted_at, event_id=event_id,
        organisation_id=one.organisation_id,
    )  # fmt: skip


def _played(rows: list[Row]) -> _City:
    city = _City()
    for at in range(0, len(rows), BATCH):
        city.hear(rows[at : at + BATCH])
    return city


def _natural(filed: list[Row]) -> list[Row]:
    """Precision and recall over pairs of reports, for the matters that are told apart by name."""
    event_of = _played(filed).event_of
    matter_of = {row["id"]: matter for row in filed if (matter := _matter(row)) is not None}
    members: dict[UUID, list[UUID]] = collections.defaultdict(list)
    for one, event in event_of.items():
        members[event].append(one)
    right, wrong = 0, 0
    for one, matter in matter_of.items():
        mates = [] if one not in event_of else members[event_of[one]]
        right += sum(matter_of.get(mate) == matter for mate in mates if mate != one)
        wrong += sum(matter_of.get(mate) != matter for mate in mates)
    within = _pairs_within(filed, matter_of)
    joined = sum(one in event_of for one in matter_of) / len(matter_of)
    return [
        _figure(f"real reports of {len(MATTERS)} matters that join an event", joined, "share"),
        _figure(
            "real merges right, no place known", right / max(right + wrong, 1), "share right",
            goal=">= 0.9",
        ),
        _figure(
            f"real pairs within {SAME_MATTER_DAYS} days in one event",
            sum(event_of.get(one, one) == event_of.get(other, other) for one, other in within)
            / max(len(within), 1),
            "share found", goal=">= 0.5",
        ),
    ]  # fmt: skip


def _matter(row: Row) -> int | None:
    head, more = row["subject"] + row["body"][:60], row["subject"] + row["body"][:150]
    for number, (name, about) in enumerate(MATTERS):
        if re.search(name, head) and re.search(about, more):
            return number
    return None


def _pairs_within(filed: list[Row], matter_of: dict[UUID, int]) -> list[tuple[UUID, UUID]]:
    told = [row for row in filed if row["id"] in matter_of]
    least = timedelta(days=SAME_MATTER_DAYS)
    return [
        (one["id"], other["id"])
        for number, one in enumerate(told)
        for other in told[number + 1 :]
        if matter_of[one["id"]] == matter_of[other["id"]] and other["at"] - one["at"] <= least
    ]


def _planted(filed: list[Row], again: list[Row]) -> list[Row]:
    """Repeats told in other words three days after their originals, in the same stream."""
    numbered = [{**row, "id": UUID(int=10**6 + number)} for number, row in enumerate(again)]
    stream = sorted([*filed, *numbered], key=lambda row: row["at"])
    without, event_of = _played(filed).event_of, _played(stream).event_of
    kept = collections.defaultdict(set)
    for one, event in without.items():
        kept[event].add(one)
    members = collections.defaultdict(set)
    for one, event in event_of.items():
        members[event].add(one)
    planted = {row["id"] for row in numbered}
    found, wrong = 0, 0
    for row in numbered:
        original = row["of"]
        mates = members[event_of[row["id"]]] - planted if row["id"] in event_of else set()
        # What is one matter with the original itself is no mistake of the repeat.
        twins = kept[without[original]] if original in without else set()
        found += original in mates
        wrong += len(mates - twins - {original})
    many = len(numbered)
    return [
        _figure("planted repeats found", found / many, "share", goal=">= 0.9"),
        _figure(
            "planted merges right", found / max(found + wrong, 1), "share right", goal=">= 0.95"
        ),
    ]


def _told_again(row: Row, chance: random.Random) -> Row:
    """The message with sentences dropped and in another order, under another head and tail."""
    parts = [one for one in re.split(r"(?<=[。！？!?；;\n])", row["body"]) if one.strip()]
    size = max(1, round(len(parts) * chance.uniform(0.5, 0.8)))
    kept = chance.sample(parts, size) if len(parts) > 2 else parts
    head = chance.choice(["再次反映：", "求助！", "请领导关注", "", "强烈要求解决"])
    tail = chance.choice(["", "的问题", "，请尽快处理", "，急"])
    subject = re.sub("^(关于|投诉|反映|咨询|请求|建议)", "", row["subject"])
    body = chance.choice(["领导您好，", "", "尊敬的市长："]) + "".join(kept)
    return {
        "level1": row["level1"], "subject": f"{head}{subject}{tail}", "body": body,
        "at": row["at"] + timedelta(days=3), "of": row["id"],
    }  # fmt: skip


def _figure(name: str, value: float, unit: str, **more: Any) -> Row:
    return {"name": name, "value": round(value, 4), "unit": unit, **more}
