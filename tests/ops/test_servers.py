"""The private servers: whole, private, reachable below a closed folder."""

import asyncio
import os
import socket
from pathlib import Path

import nats as nats_client
import psycopg
import pytest

from pengcheng.ops import children, postgres, serve


def test_a_fresh_database_has_every_migration_and_extension(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        names = {row[0] for row in connection.execute("select extname from pg_extension")}
        revisions = connection.execute("select version_num from alembic_version").fetchall()
    assert {"postgis", "pg_trgm", "btree_gist"} <= names
    assert len(revisions) == 1


def test_what_one_test_writes_the_next_does_not_see(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create table only_here (n int)")
        found = connection.execute("select to_regclass('only_here')").fetchone()
    assert found == ("only_here",)


def test_the_next_test_indeed_does_not_see_it(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regclass('only_here')").fetchone() == (None,)


def test_the_server_has_no_port_and_a_socket_only_its_owner_may_enter(
    postgres_server: postgres.Cluster,
) -> None:
    with psycopg.connect(postgres_server.url_of("postgres")) as connection:
        addresses = connection.execute("show listen_addresses").fetchone()
    assert addresses == ("",)
    assert postgres_server.sockets.stat().st_mode & 0o777 == 0o700


def test_chinese_letters_count_as_letters_and_order_is_by_code_point(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select upper('é'), 'a' > 'B', show_trgm('井盖') <> '{}'"
        ).fetchone()
    assert row == ("É", True, True)


def test_the_bus_takes_a_durable_message_with_its_token_and_refuses_without(nats_url: str) -> None:
    async def publish() -> int:
        connection = await nats_client.connect(nats_url)
        stream = connection.jetstream()
        await stream.add_stream(name="trial", subjects=["trial.>"])
        sequence = (await stream.publish("trial.one", b"1")).seq
        await connection.close()
        return sequence

    async def intrude() -> None:
        stranger = "nats://" + nats_url.partition("@")[2]
        await nats_client.connect(stranger, allow_reconnect=False, max_reconnect_attempts=1)

    assert asyncio.run(publish()) == 1
    with pytest.raises(nats_client.errors.Error):
        asyncio.run(intrude())


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("\n".join(str(number) for number in range(100)))
    assert children.tail(log, 3) == "97\n98\n99"


def test_a_connection_to_the_handed_socket_sends_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as made,
        serve.listener(os.dup(made.fileno())) as handed,
        socket.create_connection(handed.getsockname()),
        handed.accept()[0] as served,
    ):
        assert handed.family is socket.AF_INET
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
