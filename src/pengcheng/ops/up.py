"""`pengcheng up`: one command from an empty folder to a city that serves, in the foreground.

Everything that can be refused is refused before anything is started: a folder in use or written by
a newer version, a full disk, a taken port. docs/decisions/0002 tells why the servers are children.
"""

import argparse
import contextlib
import errno
import http
import http.client
import os
import socket
import ssl
import sys
from functools import partial
from pathlib import Path

import msgspec

from pengcheng.ground.settings import Running, Settings, authority, environment
from pengcheng.ground.telemetry import SHARED_FOLDER_VARIABLE
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import Words
from pengcheng.ops import data_folder, greeting, ledger, nats, options, postgres, private_folder
from pengcheng.ops.children import Program
from pengcheng.ops.progress import say, step
from pengcheng.ops.supervisor import Stopped, Supervisor
from pengcheng.ops.system_account import User, for_servers
from pengcheng.ops.written import replace

BACKLOG = 1024
ANSWER_SECONDS = 5.0
STOP_SECONDS = 15.0
# By this variable a web process learns which of its open files is the socket of the city.
LISTENER = "PENGCHENG_LISTENER"
OPTIONS = ("port", "host", "tls_cert", "tls_key", "trusted_proxy", "sample", "simulate", "workers")
MORE_OPTIONS = ("packs", "messages", "log_level")


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `up` to the command."""
    parser = subparsers.add_parser("up", description=__doc__)
    options.add(parser, *OPTIONS, *MORE_OPTIONS)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Start the city and stay until asked to end; 0 when it ended as asked."""
    settings = options.settings(arguments)
    # Kept until the end of the process: letting go of it would unlock the folder.
    lock = data_folder.take(settings.data)
    _clear_leftovers(settings)
    listener = _bound(settings)
    supervisor = Supervisor(ledger.Ledger(settings.run / "children.json"), print)
    supervisor.listen()
    try:
        return _live(supervisor, settings, listener)
    except Stopped:
        return 0
    finally:
        say(Words("正在停止…", "stopping …"))
        supervisor.end()
        (settings.run / "city.json").unlink(missing_ok=True)
        say(Words("已停止", "stopped"))
        lock.release()


def _live(supervisor: Supervisor, given: Settings, listener: socket.socket) -> int:
    settings = _with_servers(supervisor, given)
    for left in _figures(settings).iterdir():
        left.unlink()
    running = Running(
        database_url=settings.database_url,
        nats_url=settings.nats_url,
        origin=settings.origin,
        pid=os.getpid(),
        sample=settings.sample,
    )
    replace(settings.run / "city.json", msgspec.json.encode(running))
    if supervisor.run(_part("prepare", settings)) != 0:
        return 1
    with step(Words("启动网页与后台进程", "web processes and the worker")):
        _start_parts(supervisor, settings, listener)
    print(greeting.text(settings, partial(_status, settings)), flush=True)
    supervisor.watch()
    return 0


def _clear_leftovers(settings: Settings) -> None:
    left = ledger.leftovers(settings.run / "children.json")
    forgotten = postgres.forgotten(settings.data)
    if forgotten is not None:
        left.append(ledger.entry("postgres", forgotten, postgres.STOP_SIGNAL))
    if left:
        with step(Words("结束上次遗留的进程", "ending what an earlier run left behind")):
            ledger.clear(left)


def _bound(settings: Settings) -> socket.socket:
    """The socket of the city, ours from now on; clients are only let in when all is ready."""
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise _refusal(error, settings) from error
    return listener


def _refusal(error: OSError, settings: Settings) -> Refusal:
    if error.errno == errno.EADDRINUSE:
        return Refusal("city.port_taken", host=settings.host, port=settings.port)
    why = error.strerror or str(error)
    return Refusal("city.cannot_listen", host=settings.host, port=settings.port, why=why)


def _with_servers(supervisor: Supervisor, given: Settings) -> Settings:
    """The settings with the addresses of the servers that were given, or started here."""
    user = None if given.database_url and given.nats_url else for_servers()
    database_url, nats_url = given.database_url, given.nats_url
    if not database_url:
        with step(Words("启动 PostgreSQL", "PostgreSQL")):
            database_url = _start_postgres(supervisor, given, user)
    if not nats_url:
        with step(Words("启动 NATS", "NATS")):
            nats_url = _start_nats(supervisor, given, user)
    return msgspec.structs.replace(given, database_url=database_url, nats_url=nats_url)


def _start_postgres(supervisor: Supervisor, settings: Settings, user: User | None) -> str:
    cluster = postgres.cluster(settings.data, user=user)
    # The handle stays open as long as the supervisor lives: a restart needs it again.
    handle = private_folder.Handle(cluster.folder)
    program = postgres.program(cluster, handle, log=settings.data / "log" / "postgres.log")
    supervisor.start(program, partial(postgres.is_ready, cluster))
    postgres.ensure_database(cluster)
    return cluster.url


def _start_nats(supervisor: Supervisor, settings: Settings, user: User | None) -> str:
    bus = nats.bus(settings.data, user=user)
    handle = private_folder.Handle(bus.folder)
    program = nats.program(bus, handle, log=settings.data / "log" / "nats.log")
    supervisor.start(program, lambda _pid: nats.is_ready(bus))
    return bus.url


def _start_parts(supervisor: Supervisor, settings: Settings, listener: socket.socket) -> None:
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise _refusal(error, settings) from error
    for number in range(1, settings.workers + 1):
        web = _part("serve", settings, f"web-{number}", listener.fileno())
        supervisor.start(web)
    supervisor.start(_part("worker", settings, "worker"))

    def is_ready() -> bool:
        supervisor.check()
        return _status(settings, "/readyz") == http.HTTPStatus.OK

    supervisor.wait(is_ready, web)
    if settings.sample and settings.simulate:
        supervisor.start(_part("simulate", settings, "simulate"))


def _part(command: str, settings: Settings, name: str = "", listener: int | None = None) -> Program:
    """A sub-command of ours as a process; without a name of its own it speaks to the terminal."""
    told = {} if listener is None else {LISTENER: str(listener)}
    return Program(
        name=name or command,
        argv=(sys.executable, "-m", "pengcheng.ops.command", command),
        env={
            **os.environ,
            **environment(settings),
            SHARED_FOLDER_VARIABLE: str(_figures(settings)),
            **told,
        },
        log=settings.data / "log" / f"{name}.log" if name else None,
        fds=() if listener is None else (listener,),
        stop_seconds=STOP_SECONDS,
    )


def _figures(settings: Settings) -> Path:
    """The folder in which the processes of one run put their figures together."""
    folder = settings.run / "figures"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _status(settings: Settings, path: str) -> int:
    """What the city answers to this path; 0 when it does not answer."""
    address = authority(settings.host, settings.port)
    try:
        if settings.tls_cert:
            # The certificate names the city, not this machine's loopback.
            trusting = ssl.create_default_context()
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                address, timeout=ANSWER_SECONDS, context=trusting
            )
        else:
            connection = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
