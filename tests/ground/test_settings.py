"""Settings: read by option, environment, default; every fault at once; secrets never repeated."""

from pathlib import Path

import msgspec
import pytest

from pengcheng.ground import settings
from pengcheng.kernel.errors import Refusal, Trouble


def test_an_option_is_stronger_than_the_environment_and_that_than_the_default() -> None:
    environment = {"PENGCHENG_PORT": "8001", "PENGCHENG_WORKERS": "3"}
    read = settings.read(environment, {"port": "8002", "workers": None})
    assert (read.port, read.workers, read.host) == (8002, 3, "127.0.0.1")


def test_a_child_reads_back_what_its_parent_was_told(tmp_path: Path) -> None:
    told = settings.read({}, {"data": str(tmp_path), "sample": "no", "workers": "2"})
    assert settings.read(settings.environment(told)) == told


def test_every_fault_is_told_at_once() -> None:
    environment = {"PENGCHENG_PORT": "eighty", "PENGCHENG_DATABASE_URL": "mysql://x"}
    with pytest.raises(Refusal) as refusal:
        settings.read(environment, {"workers": "0", "log_level": "loud"})
    told = {(fault.path, fault.code) for fault in refusal.value.faults}
    assert told == {
        ("PENGCHENG_PORT", "setting.number"),
        ("PENGCHENG_DATABASE_URL", "setting.url"),
        ("--workers", "setting.number"),
        ("--log-level", "setting.choice"),
    }


@pytest.mark.parametrize(
    "port", ["0", "65536", "-1", "1e3", "８０００", "99999999999999999999", ""]
)
def test_a_port_is_a_plain_number_in_range(port: str) -> None:
    with pytest.raises(Refusal, match="settings.invalid"):
        settings.read({}, {"port": port})


def test_an_open_address_needs_tls_or_a_trusted_proxy() -> None:
    with pytest.raises(Refusal, match="settings.open_without_tls"):
        settings.read({}, {"host": "0.0.0.0"})
    behind = settings.read({}, {"host": "0.0.0.0", "trusted_proxy": "10.0.0.1"})
    assert behind.origin == "http://127.0.0.1:8000"


def test_a_certificate_without_its_key_is_refused(tmp_path: Path) -> None:
    certificate = tmp_path / "city.pem"
    certificate.write_text("")
    with pytest.raises(Refusal, match="settings.tls_half"):
        settings.read({}, {"tls_cert": str(certificate)})


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://city:secret@db/x", "postgresql://city…@db/x"),
        ("nats://token@127.0.0.1:4222", "nats://…@127.0.0.1:4222"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("plain", "plain"),
    ],
)
def test_an_address_is_shown_without_its_secret(address: str, shown: str) -> None:
    assert settings.without_password(address) == shown


def test_a_command_finds_the_servers_of_the_running_city(tmp_path: Path) -> None:
    read = settings.read({}, {"data": str(tmp_path)})
    with pytest.raises(Trouble, match="city.not_running"):
        settings.attached(read)
    running = settings.Running(
        database_url="postgresql:///p", nats_url="nats://n", origin="http://h", pid=1
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "city.json").write_bytes(msgspec.json.encode(running))
    found = settings.attached(read)
    assert (found.database_url, found.nats_url) == ("postgresql:///p", "nats://n")
    assert found.sample


@pytest.mark.parametrize(("asked", "runs"), [(True, False), (False, True), (False, False)])
def test_no_command_brings_a_sample_to_a_city_without_one(
    tmp_path: Path, *, asked: bool, runs: bool
) -> None:
    running = settings.Running(
        database_url="postgresql:///p", nats_url="nats://n", origin="http://h", pid=1, sample=runs
    )
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "city.json").write_bytes(msgspec.json.encode(running))
    given = {"data": str(tmp_path), "sample": {True: "yes", False: "no"}[asked]}
    assert not settings.attached(settings.read({}, given)).sample


def test_an_address_of_ipv6_gets_its_brackets() -> None:
    assert settings.authority("::1", 80) == "[::1]:80"
    assert settings.authority("::", 80) == "[::1]:80"
    assert settings.authority("example.org", 80) == "example.org:80"
