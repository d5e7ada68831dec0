"""Accepting under load, and the bare inserts of the very same rows as its reference."""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg

from benches._load import Order, Report
from benches._own_city import OwnCity
from pengcheng.ground.settings import ROOT
from pengcheng.ops.sample import messages, outlines
from pengcheng.ops.seed import SAMPLE_PACK, SEED

CONNECTIONS = 16
BACKLOG_SECONDS_MAX = 120.0
REPEATED, REPEATED_WITHIN = 10, 1000
"""Each so-manieth request repeats one of so many before it."""
MESSAGES = ROOT.parent / "shared" / "data"
BARE_ROWS = 3000
TABLES = ("cases", 'city."demand"', "log", "decision", "indicator_share", "search_document")
LOOK_SECONDS = 0.05
WAITING = "select exists (select 1 from cases where step = 'intake' and accepted_at >= %s)"


def requests_of(count: int) -> list[str]:
    """Prepared POSTs of real messages (synthetic ones where there are none).

    There are fewer messages than a minute takes: a text that comes again comes from another place,
    as another matter. One in ten is planted as a repeat, the same from the same place.
    """
    pack = ROOT / "packs" / SAMPLE_PACK
    folder = MESSAGES if MESSAGES.is_dir() else None
    items = list(messages(folder, pack=pack, outlines=outlines(pack, SEED), seed=SEED).items)
    chance = random.Random(SEED)
    chance.shuffle(items)
    points = [item.point for item in items if item.point]
    sent: list[tuple[Any, tuple[float, float] | None]] = []
    made = []
    for number in range(count):
        again, at = divmod(number, len(items))
        told = (items[at], chance.choice(points) if again and points else items[at].point)
        if number % REPEATED == REPEATED - 1:
            told = sent[-chance.randint(1, min(len(sent), REPEATED_WITHIN))]
        sent.append(told)
        item, point = told
        body = {
            "channel": ("website", "wechat", "api")[number % 3],
            "fields": {"subject": item.subject[:120], "body": (item.body or item.subject)[:1500]},
            "point": list(point) if point else None,
            "is_public": number % 2 == 0,
        }
        made.append(request("POST", "/api/v1/cases/demand", json.dumps(body, ensure_ascii=False)))
    return made


def request(method: str, path: str, body: str = "", token: str = "") -> str:
    """One request as it goes over the wire."""
    head = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1"]
    if token:
        head.append(f"authorization: Bearer {token}")
    if body:
        head += ["content-type: application/json", f"content-length: {len(body.encode())}"]
    return "\r\n".join(head) + "\r\n\r\n" + body


def load(order: Order) -> Report:
    """What a load process of its own measured."""
    done = subprocess.run(
        [sys.executable, "-m", "benches._load"], input=msgspec.json.encode(order),
        stdout=subprocess.PIPE, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return msgspec.json.decode(done.stdout, type=Report)


def sustained(own: OwnCity, requests: list[str], seconds: float) -> dict[str, float]:
    """Accepted a second over the whole time, and how many seconds the backlog then took."""
    with psycopg.connect(own.database_url, autocommit=True) as connection:
        begun = connection.execute("select clock_timestamp()").fetchone()
        found = load(
            Order(port=own.port, requests=requests, seconds=seconds, connections=CONNECTIONS)
        )
        ended = time.perf_counter()
        while (connection.execute(WAITING, begun).fetchone() or (False,))[0]:
            time.sleep(LOOK_SECONDS)
            if time.perf_counter() - ended > BACKLOG_SECONDS_MAX:
                break
        backlog = time.perf_counter() - ended
    accepted = found.answers.get(201, 0)
    return {
        "rate": accepted / found.seconds,
        "accepted": float(accepted),
        "cpu": found.cpu,
        "backlog": backlog,
        "refused": float(sum(found.answers.values()) - accepted),
    }


def dispatch_p99(own: OwnCity, requests: list[str], seconds: float, rate: float) -> float:
    """Milliseconds from acceptance to the entry of the dispatch, at a steady rate."""
    with psycopg.connect(own.database_url, autocommit=True) as connection:
        begun = connection.execute("select clock_timestamp()").fetchone()
        load(Order(port=own.port, requests=requests, seconds=seconds, connections=8, rate=rate))
        until = time.perf_counter() + seconds * 3
        while (connection.execute(WAITING, begun).fetchone() or (False,))[0]:
            time.sleep(LOOK_SECONDS)
            if time.perf_counter() > until:
                return float("inf")
        row = connection.execute(
            """select percentile_disc(0.99) within group
                          (order by extract(epoch from l.at - c.accepted_at) * 1000)
               from cases c join log l on l.subject_id = c.id and l.kind in
                    ('case.dispatched', 'case.needs_operator', 'case.answered', 'case.handed_over')
               where c.accepted_at >= %s""",
            begun,
        ).fetchone()
    return float(row[0]) if row and row[0] is not None else float("inf")


def bare_inserts(database_url: str, seconds: float) -> float:
    """Demands a second when their rows (everything that was written for each) go in bare."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = _rows(connection)
        connection.execute("drop schema if exists bench cascade; create schema bench")
        for table in TABLES:
            connection.execute(
                f"create table bench.{_plain(table)} (like {table} including all)"  # type: ignore[arg-type]  # names come from the catalogue
            )
    rate = asyncio.run(_insert(database_url, rows, seconds))
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop schema bench cascade")
    return rate


def _plain(table: str) -> str:
    return table.rpartition(".")[2].strip('"')


def _rows(connection: psycopg.Connection[Any]) -> list[list[tuple[str, tuple[Any, ...]]]]:
    """For each of the newest demands: (table, values as text) of every row written for it."""
    ids = [
        row[0]
        for row in connection.execute(
            "select id from cases where step <> 'intake' order by accepted_at desc limit %s",
            (BARE_ROWS,),
        )
    ]
    found: dict[Any, list[tuple[str, tuple[Any, ...]]]] = {one: [] for one in ids}
    keys = {"cases": "id", 'city."demand"': "id", "log": "subject_id", "decision": "case_id",
            "indicator_share": "case_id", "search_document": "id"}  # fmt: skip
    for table in TABLES:
        names = [
            row[0]
            for row in connection.execute(
                """select attname from pg_attribute where attrelid = %s::regclass and attnum > 0
                   and not attisdropped and attgenerated = '' order by attnum""",
                (table,),
            )
        ]
        columns = ", ".join(f'"{name}"::text' for name in names)
        marks = ", ".join(["%s"] * len(names))
        listed = ", ".join(f'"{name}"' for name in names)
        insert = f"insert into bench.{_plain(table)} ({listed}) values ({marks})"
        statement = f"select {keys[table]}, {columns} from {table} where {keys[table]} = any(%s)"
        for row in connection.execute(statement, (ids,)):  # type: ignore[arg-type]  # names come from the catalogue
            found[row[0]].append((insert, row[1:]))
    return [found[one] for one in ids]


async def _insert(
    database_url: str, rows: Sequence[Sequence[tuple[str, tuple[Any, ...]]]], seconds: float
) -> float:
    waiting, done = iter(rows), 0
    until = time.perf_counter() + seconds
    begun = time.perf_counter()

    async def one() -> None:
        nonlocal done
        connection = await psycopg.AsyncConnection.connect(
            database_url, autocommit=True, prepare_threshold=2
        )
        async with connection:
            for demand in waiting:
                # Pipelined: the reference pays for rows and flushes, not for round trips.
                async with connection.pipeline(), connection.transaction():
                    for statement, values in demand:
                        await connection.execute(statement, values)  # type: ignore[arg-type]  # names come from the catalogue
                done += 1
                if time.perf_counter() > until:
                    return

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - begun)
