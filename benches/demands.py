"""The demands loop, measured on a city of its own: accepting, reading with years of history.

Each figure that has a reference is measured beside it in the same run. `quick` fills a twentieth.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from typing import Any

from benches import _accepting, _volume
from benches._load import Order
from benches._own_city import OwnCity, own_city
from pengcheng import city
from pengcheng.edge.services import Services
from pengcheng.ground.settings import ROOT
from pengcheng.ops.sample import messages, outlines
from pengcheng.ops.seed import SAMPLE_PACK, SEED

PARTS = ("accepting", "reading", "history")
RECORD = ("demand_category", "010101")
PAGE_GOALS = {"http": "< 200 ms", "engine": "< 50 ms"}
ENGINE_GOALS = {
    "full-text search": "< 500 ms",
    "command figures by district, 30 days": "< 1000 ms",
    "record by code, in the engine": "< 5 ms",
    "records by area and time": "< 100 ms",
}
WARMING = 1_000
STEADY = 100
"""Demands a second while the time to dispatch is measured."""
FASTEST = 500
"""So many a second are prepared: no request is sent twice."""
SETTLE_SECONDS_MAX = 90
AT_REST = 0.3
"""CPU seconds a second below which a city is at rest."""

Rows = list[dict[str, Any]]


def run(*, quick: bool, only: str = "") -> Rows:
    """Every figure of the demands loop, or those of one part."""
    rows: Rows = []
    with own_city() as own:
        if only != "history":
            rows += _young(own, quick=quick, only=only)
        if only == "history":
            with own.up():
                pass  # it is prepared
        if only in ("", "history"):
            rows += _old(own, quick=quick)
    return rows


def _young(own: OwnCity, *, quick: bool, only: str) -> Rows:
    """The figures of a city as it opens."""
    rows: Rows = []
    with own.up():
        _settle(own)
        rows.append(_row("memory at rest", own.memory() / 2**20, "MiB", goal="< 1536 MiB"))
        if only in ("", "accepting"):
            rows += _accepted(own, quick=quick)
        if only in ("", "reading"):
            rows += _generic_read(own, seconds=4 if quick else 15)
    return rows


def _old(own: OwnCity, *, quick: bool) -> Rows:
    """The figures of a city with years of history."""
    cases, records = (50_000, 200_000) if quick else (1_000_000, 10_000_000)
    with own.database_only() as url:
        filled, tokens = asyncio.run(_fill(own, url, cases, records))
    rows = [
        _row(
            f"filling: cases with 10 log entries ({cases:,})",
            filled.cases_a_second,
            "1/s",
        ),
        _row("filling: indicators of all cases", filled.indicators_seconds, "s"),
        _row(
            f"filling: records of one type ({records:,})",
            filled.records_a_second,
            "1/s",
        ),
    ]
    with own.up():
        _settle(own)
        rows += asyncio.run(_engine(own, tokens, filled, 20 if quick else 60))
        rows += _http(own, tokens, filled, seconds=3 if quick else 10)
        rows.append(
            _row("memory at rest, with the history", own.memory() / 2**20, "MiB",
                 goal="< 1536 MiB")
        )  # fmt: skip
    return rows


def _row(
    name: str, value: float, unit: str, *, goal: str | None = None, reference: float | None = None
) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "value": round(value, 3), "unit": unit}
    if goal is not None:
        made["goal"] = goal
    if reference is not None:
        made["reference"] = round(reference, 3)
    # A run takes minutes: each figure is told as it comes.
    print(name, made["value"], unit, file=sys.stderr, flush=True)
    return made


def _settle(own: OwnCity) -> None:
    """Let a city that has just started come to rest, and answer a first time."""
    for _ in range(SETTLE_SECONDS_MAX):
        before = sum(own.cpu().values())
        time.sleep(1)
        if sum(own.cpu().values()) - before < AT_REST:
            break
    for _ in range(3):
        _accepting.load(
            Order(port=own.port, seconds=0.5, connections=4,
                  requests=[_accepting.request("GET", "/healthz")])
        )  # fmt: skip


def _accepted(own: OwnCity, *, quick: bool) -> Rows:
    seconds, steady = (8, 5) if quick else (60, 30)
    warming, paced = WARMING, WARMING + steady * STEADY
    requests = _accepting.requests_of(paced + seconds * FASTEST)
    _accepting.sustained(own, requests[:warming], 2)
    p99 = _accepting.dispatch_p99(own, requests[warming:paced], steady, STEADY)
    before = own.cpu()
    found = _accepting.sustained(own, requests[paced:], seconds)
    spent = {part: seconds - before.get(part, 0.0) for part, seconds in own.cpu().items()}
    bare = _accepting.bare_inserts(own.database_url, 4 if quick else 15)
    return [
        _row("accepting over HTTP, sustained", found["rate"], "1/s", goal=">= 300"),
        _row("accepting against bare inserts of the same rows", found["rate"], "1/s",
             reference=bare, goal="ratio >= 0.25"),
        _row("backlog at the end", found["backlog"], "s", goal="< 1 s"),
        _row("not accepted", found["refused"], "1", goal="= 0"),
        *(
            _row(f"CPU of a demand, {part}", seconds * 1000 / max(found["accepted"], 1), "ms")
            for part, seconds in {**spent, "load generator": found["cpu"]}.items()
        ),
        _row("acceptance to dispatch at 100 a second, p99", p99, "ms", goal="< 1000 ms"),
    ]  # fmt: skip


def _generic_read(own: OwnCity, *, seconds: float) -> Rows:
    """Requests a second of the generic route, beside a bare handler with the same SQL."""
    type_name, code = RECORD
    ours = [_accepting.request("GET", f"/api/v1/{type_name}/{code}")]
    theirs = [_accepting.request("GET", f"/api/v1/records/{code}")]
    services = own.services(own.database_url)
    asyncio.run(_declared(services))
    names = ", ".join(f'"{item.name}"' for item in services.registry.type_(type_name).attributes)
    statement = (
        "select id, code, title, area_no, organisation_no, owner_id, sensitivity, version, "
        f'changed_at, {names}, null as place from city."{type_name}" '
        "where code = %(key)s and retired_at is null and sensitivity <= 1"
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1024)
        bare = subprocess.Popen(
            [sys.executable, "-m", "benches._bare", str(listener.fileno()),
             str(os.cpu_count() or 1)],
            cwd=ROOT, pass_fds=(listener.fileno(),), start_new_session=True,
            env={**os.environ, "BENCH_DATABASE": own.database_url, "BENCH_STATEMENT": statement},
        )  # fmt: skip
        try:
            time.sleep(3)
            port = listener.getsockname()[1]
            rates = {"ours": 0.0, "bare": 0.0}
            for _ in range(2):  # in turns, so that other work on the machine hits both
                rates["bare"] += _rate(port, theirs, seconds / 2) / 2
                rates["ours"] += _rate(own.port, ours, seconds / 2) / 2
        finally:
            os.killpg(bare.pid, 15)
            bare.wait(20)
    return [
        _row("generic read of a record over HTTP", rates["ours"], "1/s",
             reference=rates["bare"], goal="ratio >= 0.5")
    ]  # fmt: skip


def _rate(port: int, requests: list[str], seconds: float) -> float:
    found = _accepting.load(
        Order(port=port, requests=requests, seconds=seconds, connections=_accepting.CONNECTIONS)
    )
    return found.answers.get(200, 0) / found.seconds


async def _declared(services: Services) -> None:
    await services.database.open()
    await city.declare(services)
    await services.database.close()


async def _fill(
    own: OwnCity, url: str, cases: int, records: int
) -> tuple[_volume.Filled, dict[str, str]]:
    services = own.services(url)
    await services.database.open()
    await city.declare(services)
    await services.areas.load()
    await services.organisations.load()
    pack = ROOT / "packs" / SAMPLE_PACK
    folder = _accepting.MESSAGES if _accepting.MESSAGES.is_dir() else None
    items = messages(folder, pack=pack, outlines=outlines(pack, SEED), seed=SEED).items
    filled = await _volume.fill(services, list(items), cases, records)
    tokens = await _volume.clerks(services)
    await services.database.close()
    return filled, tokens


async def _engine(own: OwnCity, tokens: dict[str, str], filled: _volume.Filled, times: int) -> Rows:
    services = own.services(own.database_url)
    await services.database.open()
    await city.declare(services)
    await services.areas.load()
    await services.organisations.load()
    found = await _volume.engine_figures(services, tokens, filled, times)
    await services.database.close()
    return [
        _row(name, value, "ms", goal=ENGINE_GOALS.get(name, PAGE_GOALS["engine"]))
        for name, value in found.items()
    ]


def _http(own: OwnCity, tokens: dict[str, str], filled: _volume.Filled, *, seconds: float) -> Rows:
    """Milliseconds over HTTP, one reader at a time."""
    rows = []
    for name, token in tokens.items():
        page = [_accepting.request("GET", "/api/v1/cases/demand?limit=100", token=token)]
        rows.append(_p95(own, f"workbench page, {name}, over HTTP", page, seconds, "< 200 ms"))
    cases = [
        _accepting.request("GET", f"/api/v1/cases/demand/{code}", token=tokens["operator"])
        for code in filled.codes[:200]
    ]
    rows.append(_p95(own, "case page over HTTP", cases, seconds, "< 100 ms"))
    return rows


def _p95(own: OwnCity, name: str, requests: list[str], seconds: float, goal: str) -> dict[str, Any]:
    found = _accepting.load(Order(port=own.port, requests=requests, seconds=seconds, connections=1))
    took = sorted(found.took)
    refused = sum(count for status, count in found.answers.items() if status != 200)
    value = took[int(len(took) * 0.95)] * 1000 if took and not refused else float("inf")
    return _row(name, value, "ms", goal=goal)
