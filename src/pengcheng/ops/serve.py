"""`pengcheng serve`: one web process, on the socket it was handed or on one of its own."""

import argparse
import os
import socket

import uvicorn

from pengcheng import city
from pengcheng.ground import telemetry
from pengcheng.ground.settings import Settings
from pengcheng.ops import options
from pengcheng.ops.bounded_http import BoundedHttp
from pengcheng.ops.up import BACKLOG, LISTENER

DRAIN_SECONDS = 10


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `serve` to the command."""
    parser = subparsers.add_parser("serve", description=__doc__)
    options.add(parser, "port", "host", "tls_cert", "tls_key", "trusted_proxy", "packs")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until asked to end; requests that have begun are answered first."""
    settings = options.running(arguments)
    telemetry.configure_logs(settings.log_level)
    server = uvicorn.Server(configuration(settings))
    handed = os.environ.get(LISTENER, "")
    server.run(sockets=[listener(int(handed))] if handed else None)
    return 0 if server.started else 1


def listener(number: int) -> socket.socket:
    """The socket that was handed over. Its connections send at once: Nagle's algorithm would hold
    the second part of each answer back for 40 ms, until the first is acknowledged.

    uvicorn's own `fd` takes any socket for one of this machine's own kind (AF_UNIX), on which
    nothing sets that.
    """
    found = socket.socket(fileno=number)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def configuration(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves the city with these settings."""
    return uvicorn.Config(
        city.web(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedHttp,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        log_level=settings.log_level,
        server_header=False,
        date_header=True,
        proxy_headers=bool(settings.trusted_proxy),
        forwarded_allow_ips=settings.trusted_proxy or None,
        ssl_certfile=settings.tls_cert or None,
        ssl_keyfile=settings.tls_key or None,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
