"""`pengcheng up` for real: first and second start, ends of all kinds, and what it refuses."""

import datetime
import ipaddress
import os
import signal
import socket
import ssl
import urllib.request
from pathlib import Path

import msgspec
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pengcheng.ground.settings import Running
from pengcheng.ops.ledger import is_running
from tests.ops.running import City, city, eventually, free_port, refused

pytestmark = pytest.mark.slow


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    """A data folder below a folder that only we may enter."""
    above = tmp_path / "closed"
    above.mkdir(mode=0o700)
    return above / "data"


def running(data: Path) -> Running:
    return msgspec.json.decode((data / "run" / "city.json").read_bytes(), type=Running)


def test_an_empty_folder_below_a_closed_one_becomes_a_city_that_ends_cleanly(
    closed_folder: Path,
) -> None:
    with city(closed_folder, free_port()) as one:
        children = one.children()
        assert {"postgres", "nats", "worker", "web-1"} <= children.keys()
        assert one.status() == 200
        assert f"http://127.0.0.1:{one.port}" == running(closed_folder).origin
        assert one.end(signal.SIGTERM) == 0
    assert not any(map(is_running, children.values()))
    assert not (closed_folder / "run" / "city.json").exists()
    assert "shut down" in (closed_folder / "log" / "postgres.log").read_text()


def test_ctrl_c_ends_it_cleanly_and_it_starts_again(tmp_path: Path) -> None:
    port = free_port()
    with city(tmp_path / "data", port) as one:
        children = one.children()
        os.killpg(one.process.pid, signal.SIGINT)
        assert one.process.wait(60) == 0
        assert not any(map(is_running, children.values()))
    again = City(tmp_path / "data", port)
    again.wait_until_up()
    assert again.status() == 200
    assert again.end() == 0


def test_after_kill_9_the_next_start_recovers_and_nothing_written_is_lost(tmp_path: Path) -> None:
    port = free_port()
    with city(tmp_path / "data", port) as one:
        children = one.children()
        with psycopg.connect(running(tmp_path / "data").database_url) as connection:
            connection.execute("create table written as select 42 as answer")
        one.process.kill()
        one.process.wait()
    with city(tmp_path / "data", port) as two:
        assert not any(map(is_running, children.values()))
        assert two.status() == 200
        with psycopg.connect(running(tmp_path / "data").database_url) as connection:
            assert connection.execute("select answer from written").fetchone() == (42,)


@pytest.mark.parametrize("name", ["web-1", "worker", "nats", "postgres"])
def test_a_process_that_is_killed_comes_back(tmp_path: Path, name: str) -> None:
    with city(tmp_path / "data", free_port(), "--workers", "1") as one:
        before = one.children()[name]
        os.kill(before.pid, signal.SIGKILL)
        assert eventually(lambda: one.children().get(name, before).pid != before.pid)
        assert eventually(lambda: one.status() == 200)
        assert one.end() == 0


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, said = refused(tmp_path / "data", port)
    assert code == 1
    assert f"Port {port} of 127.0.0.1 is taken" in said
    assert f"端口 {port} 已被" in said
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_second_city_on_the_same_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with city(tmp_path / "data", free_port()) as one:
        code, said = refused(tmp_path / "data", free_port())
        assert code == 1
        assert f"(process {one.process.pid})" in said
        assert one.status() == 200


def test_a_folder_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "city.version").write_text('{"format": 99}')
    code, said = refused(tmp_path, free_port())
    assert code == 1
    assert "written by a newer version (format 99" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city.version"]


def test_a_wrong_database_address_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://city:topsecret@127.0.0.1:1/none"
    code, said = refused(tmp_path / "data", free_port(), PENGCHENG_DATABASE_URL=url)
    assert code == 1
    assert "The database postgresql://city…@127.0.0.1:1/none cannot be reached" in said
    assert "topsecret" not in said
    assert "Traceback" not in said


def test_a_wrong_bus_address_is_told(tmp_path: Path) -> None:
    code, said = refused(tmp_path / "data", free_port(), PENGCHENG_NATS_URL="nats://127.0.0.1:1")
    assert code == 1
    assert "NATS at nats://127.0.0.1:1 cannot be reached" in said
    assert "Traceback" not in said


def test_with_addresses_of_servers_it_starts_none_of_its_own(
    tmp_path: Path, database_url: str, nats_url: str
) -> None:
    given = {"PENGCHENG_DATABASE_URL": database_url, "PENGCHENG_NATS_URL": nats_url}
    with city(tmp_path / "data", free_port(), **given) as one:
        assert one.status() == 200
        assert not {"postgres", "nats"} & one.children().keys()
        assert one.end() == 0
    assert not (tmp_path / "data" / "postgres").exists()


def test_it_serves_https_with_a_certificate(tmp_path: Path) -> None:
    certificate, key = certified(tmp_path)
    options = ("--tls-cert", str(certificate), "--tls-key", str(key))
    with city(tmp_path / "data", free_port(), *options) as one:
        trusting = ssl.create_default_context(cafile=str(certificate))
        url = f"https://127.0.0.1:{one.port}/readyz"
        with urllib.request.urlopen(url, context=trusting, timeout=10) as answer:
            assert answer.status == 200


def test_asked_to_end_while_it_starts_it_ends_and_leaves_nothing(tmp_path: Path) -> None:
    one = City(tmp_path / "data", free_port())
    assert eventually(lambda: "NATS" in one.printed)
    assert one.end() == 0
    assert not one.children()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine's loopback, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pengcheng test")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "city.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "city.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    return folder / "city.pem", folder / "city.key"
