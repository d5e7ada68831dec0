"""`kill -9` of any process under load: no accepted demand is lost, no effect happens twice."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from pengcheng import city as composition
from pengcheng.ground.settings import Running, read
from tests.ops.running import WITH_SAMPLE, City, city, eventually, free_port

KILLED = ("web-1", "worker", "postgres", "nats", "web-2", "worker", "postgres")
BETWEEN_SECONDS = 4.0
QUIET_SECONDS = 6.0
SENDERS = 3
DECIDED = ("case.dispatched", "case.needs_operator", "case.answered", "case.handed_over")


class Sender(threading.Thread):
    """Sends demands one after the other, and keeps the codes of those answered with 201."""

    def __init__(self, port: int, number: int, ending: threading.Event) -> None:
        super().__init__(daemon=True)
        self.accepted: list[str] = []
        self._port, self._number, self._ending = port, number, ending

    def run(self) -> None:
        sent = 0
        while not self._ending.is_set():
            sent += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._send(f"{self._number}-{sent}")
            time.sleep(0.02)

    def _send(self, name: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        fields = {"subject": f"井盖破损 {name}", "body": f"{name} 号路口井盖破损，行人危险。"}
        body = json.dumps({"channel": "website", "fields": fields})
        connection.request(
            "POST", "/api/v1/cases/demand", body, {"content-type": "application/json"}
        )
        answer = connection.getresponse()
        content = answer.read()
        if answer.status == http.HTTPStatus.CREATED:
            self.accepted.append(json.loads(content)["code"])
        connection.close()


def _url(data: Path) -> str:
    return msgspec.json.decode((data / "run" / "city.json").read_bytes(), type=Running).database_url


def _rows(data: Path, statement: str, *values: Any) -> list[Any]:
    with psycopg.connect(_url(data), autocommit=True) as connection:
        return connection.execute(statement, values).fetchall()


def _is_quiet(data: Path) -> bool:
    """Whether everything accepted was taken in, and no subscriber has had more to do for a time.

    A cursor that hears nothing stays where it is for a while, so its place does not tell.
    """
    handled = "select sum(handled), count(*) filter (where handled > 0) from subscription"
    before = _rows(data, handled)
    time.sleep(QUIET_SECONDS)
    waiting = _rows(data, "select count(*) from cases where step = 'intake'")[0][0]
    return waiting == 0 and _rows(data, handled) == before


def _told(data: Path) -> str:
    """What a person needs to know when the city does not come to rest."""
    steps = _rows(data, "select step, count(*) from cases group by 1")
    cursors = _rows(data, "select name, tx::text, seq, handled, moved_at from subscription")
    parked = _rows(data, "select subscriber, error from parked limit 5")
    log = (data / "log" / "worker.log").read_text()[-3000:]
    return f"{steps}\n{cursors}\n{parked}\n{log}"


def _indicators(data: Path) -> list[Any]:
    return _rows(
        data,
        """select indicator, day, hour, area_no, organisation_no, category, numerator, denominator
           from indicator_value where numerator <> 0 or denominator <> 0
           order by 1, 2, 3, 4, 5, 6""",
    )


async def _recounted(data: Path) -> None:
    settings = read({}, {"data": str(data), "database_url": _url(data), "nats_url": "nats://-:1"})
    services = composition.services_of(settings)
    await services.database.open()
    await composition.declare(services)
    await services.indicators.rebuild()
    await services.database.close()


def _killed(one: City, name: str) -> None:
    assert eventually(lambda: name in one.children(), 60)
    os.kill(one.children()[name].pid, signal.SIGKILL)
    time.sleep(BETWEEN_SECONDS)


@pytest.mark.slow
def test_nothing_accepted_is_lost_and_nothing_happens_twice(tmp_path: Path) -> None:
    data, ending = tmp_path / "city", threading.Event()
    with city(data, free_port(), WITH_SAMPLE, PENGCHENG_SIMULATE="no") as one:
        senders = [Sender(one.port, number, ending) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        time.sleep(BETWEEN_SECONDS)
        for name in KILLED:
            _killed(one, name)
        assert eventually(lambda: one.status() == 200, 90), one.printed
        ending.set()
        for sender in senders:
            sender.join(30)
        assert eventually(lambda: _is_quiet(data), 120), _told(data)
        accepted = [code for sender in senders for code in sender.accepted]
        assert len(accepted) > 100
        present = {row[0] for row in _rows(data, "select code from cases")}
        assert set(accepted) <= present
        assert len(accepted) == len(set(accepted))
        twice = _rows(
            data,
            """select c.code, count(*) filter (where l.kind = 'case.accepted'),
                      count(*) filter (where l.kind = any(%s))
               from cases c left join log l on l.subject_id = c.id group by 1
               having count(*) filter (where l.kind = 'case.accepted') <> 1
                   or count(*) filter (where l.kind = any(%s)) <> 1""",
            list(DECIDED),
            list(DECIDED),
        )
        assert twice == []
        told_twice = _rows(
            data,
            """select subject_id, kind, count(*) from notice
               group by subject_id, kind, person_id, organisation_no having count(*) > 1""",
        )
        assert told_twice == []
        assert _rows(data, "select * from parked where resolved_at is null") == []
        before = _indicators(data)
        asyncio.run(_recounted(data))
        assert _indicators(data) == before
