"""The demonstration: what a visitor of a new sample city finds within minutes."""

import io
import time
from pathlib import Path

import msgspec
import psycopg
import pytest
from PIL import Image

from pengcheng.ground.settings import Running
from pengcheng.ops.sample import stream
from pengcheng.ops.sample.pictures import SIZE, picture
from pengcheng.ops.simulated_memory import FILE, KNOWN_MAX, Memory, Proof
from tests.ops.running import WITH_SAMPLE, city, free_port

OPENING_SECONDS = 600  # a machine at rest needs about 60; tests share it
DONE_BY_PEOPLE = (
    "reply_approved", "rated", "reopened", "called_back", "disputed", "decided", "suspended",
    "resumed", "extension_asked", "grid_task_sent", "supervised", "returned", "transferred",
    "assistance_asked",
)  # fmt: skip


def test_a_picture_is_drawn_anew_and_says_that_it_is_simulated() -> None:
    chance = stream(1, "pictures")
    one, other = picture("before", chance), picture("after", chance)

    shown = Image.open(io.BytesIO(one))
    assert (shown.format, shown.size) == ("JPEG", SIZE)
    assert one != other
    band = shown.convert("L").crop((0, SIZE[1] - 44, SIZE[0], SIZE[1]))
    lights = band.tobytes()
    assert min(lights) < 60 < 200 < max(lights)  # letters on the dark band


def test_authors_are_known_again_after_a_restart_by_their_owner_only(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    memory.sent("SQ1", Proof(receipt="secret"))
    memory.sent("SQ2", Proof(username="citizen"))
    memory.forget("SQ2")
    memory.opened()

    again = Memory(tmp_path)
    assert again.has_opened
    assert dict(again.waiting()) == {"SQ1": Proof(receipt="secret")}
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_long_simulation_remembers_the_newest_only(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    for number in range(KNOWN_MAX + 5):
        memory.sent(f"SQ{number}", Proof(username="citizen"))

    known = dict(memory.waiting())
    assert len(known) == KNOWN_MAX
    assert "SQ4" not in known


@pytest.mark.slow
def test_a_new_sample_city_has_demands_at_every_step_within_minutes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with city(data, free_port(), WITH_SAMPLE):
        until = time.monotonic() + OPENING_SECONDS
        while not Memory(data).has_opened and time.monotonic() < until:
            time.sleep(2)
        told = (data / "log" / "simulate.log").read_text()
        assert Memory(data).has_opened, told
        running = msgspec.json.decode((data / "run" / "city.json").read_bytes(), type=Running)
        with psycopg.connect(running.database_url) as connection:
            steps = connection.execute(
                "select distinct step from cases where open and step <> 'intake'"
            ).fetchall()
            done = connection.execute(
                "select distinct kind from log where actor_kind <> 'system'"
            ).fetchall()
            files = connection.execute(
                "select purpose, count(*) from stored_file group by purpose"
            ).fetchall()
            crowd = connection.execute("select max(cases) from event").fetchone()

    assert {"triage", "accepting", "dispute", "handling", "approval", "replied", "call_back"} <= {
        step for (step,) in steps
    }
    assert {f"case.{name}" for name in DONE_BY_PEOPLE} <= {kind for (kind,) in done}, told
    assert {purpose: count >= 2 for purpose, count in files}.get("reply"), files
    assert crowd is not None
    assert crowd[0] >= 5
