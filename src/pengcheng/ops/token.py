"""`pengcheng token ACCOUNT`: print a bearer token of the running city, for scripts.

The token carries the account's rights, is kept as a hash only, and expires.
"""

import argparse
import asyncio
from datetime import timedelta

from pengcheng import city
from pengcheng.ground.settings import Settings
from pengcheng.ops import options

DAYS_DEFAULT = 30
DAYS_MAX = 366


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `token` to the command."""
    parser = subparsers.add_parser("token", description=__doc__)
    options.add(parser)
    parser.add_argument("account", help="用户名  the user name")
    parser.add_argument(
        "--days", type=int, default=DAYS_DEFAULT, choices=range(1, DAYS_MAX + 1),
        metavar="DAYS", help="有效天数  how many days it is valid",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the token alone, so that `$(pengcheng token clerk)` works."""
    settings = options.running(arguments)
    print(asyncio.run(issue(settings, arguments.account, timedelta(days=arguments.days))))
    return 0


async def issue(settings: Settings, account: str, lifetime: timedelta) -> str:
    """A fresh token of an account; refuses an account that does not exist."""
    services = city.services_of(settings)
    await services.database.open()
    try:
        session = await services.identity.issue_token(account, note="command", lifetime=lifetime)
    finally:
        await services.database.close()
    return session.token
