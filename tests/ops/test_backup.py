"""A city moves to another folder: nothing is different, and it goes on."""

import http.client
import json
import tarfile
from pathlib import Path

import msgspec
import psycopg
import pytest

from pengcheng.ground.settings import Running
from pengcheng.ops.command import main
from tests.ops import running
from tests.ops.running import WITH_SAMPLE, city, eventually, free_port

# What a running city writes of itself, whoever uses it: a sign of life, cursors' moments, seals.
OF_ITSELF = ("city_setting", "subscription")


def _database(data: Path) -> str:
    return msgspec.json.decode((data / "run" / "city.json").read_bytes(), type=Running).database_url


def _hashes(url: str) -> dict[str, tuple[int, str]]:
    """Rows and a hash of all of them, for each table."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute(
            """select quote_ident(table_schema) || '.' || quote_ident(table_name)
               from information_schema.tables
               where table_schema in ('public', 'city', 'city_history')
                 and table_type = 'BASE TABLE' and table_name <> all(%s)""",
            (list(OF_ITSELF),),
        ).fetchall()
        return {
            name: connection.execute(
                f"select count(*), coalesce(md5(string_agg(md5(t::text), '' order by t::text)), '')"
                f" from {name} t"
            ).fetchone()
            for (name,) in names
        }


def _send(port: int, method: str, path: str, body: object = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def _demand(number: int) -> dict[str, object]:
    fields = {"subject": f"路灯不亮 {number}", "body": "莲花路上的路灯三天不亮了，请派人来修。"}
    return {"channel": "website", "fields": fields}


def _unsealed(url: str) -> int:
    """Entries of the log that have no leaf yet: a running city seals them by and by."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "select (select count(*) from log) - (select count(*) from log_leaf)"
        ).fetchone()
    return int(row[0]) if row else -1


def _waiting(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("select count(*) from cases where step = 'intake'").fetchone()
    return int(row[0]) if row else -1


@pytest.mark.slow
def test_a_city_restored_from_its_backup_is_the_same_and_goes_on(tmp_path: Path) -> None:
    first, second, file = tmp_path / "one", tmp_path / "two", tmp_path / "city.tar"
    quiet = {"PENGCHENG_SIMULATE": "no"}
    with city(first, free_port(), WITH_SAMPLE, **quiet) as one:
        sent = [_send(one.port, "POST", "/api/v1/cases/demand", _demand(n))[0] for n in range(20)]
        assert sent == [201] * 20
        assert eventually(lambda: _waiting(_database(first)) == 0)
        assert eventually(lambda: _unsealed(_database(first)) == 0)
        assert eventually(lambda: _hashes(_database(first)) == _hashes(_database(first)))
        assert main(["backup", str(file), "--data", str(first)]) == 0
        before = _hashes(_database(first))
        stored = sorted(path.name for path in (first / "files").rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o077 == 0
    assert main(["restore", str(file), "--data", str(second)]) == 0
    with city(second, free_port(), WITH_SAMPLE, **quiet) as two:
        assert _hashes(_database(second)) == before
        assert stored == sorted(p.name for p in (second / "files").rglob("*") if p.is_file())
        accounts = json.loads((second / "accounts.json").read_bytes())["accounts"]
        known = {"username": accounts[0]["account"], "password": accounts[0]["password"]}
        assert _send(two.port, "POST", "/api/v1/session", known)[0] in (200, 201)
        # Positions of the log are transaction numbers: a restored city must go on after them.
        assert _send(two.port, "POST", "/api/v1/cases/demand", _demand(99))[0] == 201
        assert eventually(lambda: _waiting(_database(second)) == 0, 30)


def test_a_folder_that_is_not_empty_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "something").write_text("mine")
    (tmp_path / "x.tar").touch()
    assert main(["restore", str(tmp_path / "x.tar"), "--data", str(tmp_path / "city")]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert (tmp_path / "city" / "something").read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"not a tar at all", b"\0" * 10240])
def test_a_file_that_is_no_backup_is_refused_and_leaves_nothing(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    assert main(["restore", str(tmp_path / "x.tar"), "--data", str(tmp_path / "city")]) == 1
    assert "is not a backup" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.tar"]


def test_a_foreign_tar_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(tmp_path / "a.txt", "../a.txt")
    assert main(["restore", str(tmp_path / "x.tar"), "--data", str(tmp_path / "city")]) == 1
    assert "is not a backup" in capsys.readouterr().err
    assert not (tmp_path / "city").exists()


def test_the_running_helper_keeps_its_promise() -> None:
    assert "--no-sample" in running.command(Path("x"), 1)
    assert "--no-sample" not in running.command(Path("x"), 1, WITH_SAMPLE)
