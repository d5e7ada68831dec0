"""What `pengcheng up` prints when the city serves: its addresses, and who may enter.

Accounts are read from `accounts.json` in the data folder, which the filling of the sample writes
for its owner's eyes only. Only addresses that the city answers are told.
"""

import http
import unicodedata
from collections.abc import Callable
from pathlib import Path

import msgspec

from pengcheng.ground.settings import Settings
from pengcheng.kernel.words import Words

ACCOUNTS = "accounts.json"
PLACES: tuple[tuple[str, Words], ...] = (
    ("/i/", Words("i深圳：市民", "i深圳: people")),
    ("/q/", Words("深i企：企业", "深i企: enterprises")),
    ("/e/", Words("深政易：工作人员", "深政易: officials")),
    ("/h/", Words("深治慧：指挥与决策", "深治慧: command and decision")),
    ("/www/", Words("政府在线", "the government online")),
    ("/studio/", Words("编写应用", "the studio")),
    ("/openapi.json", Words("接口说明", "the API described")),
    ("/open311/v2/discovery.json", Words("Open311 诉求接口", "Open311 for demands")),
)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account of the sample city."""

    account: str
    password: str
    role: Words


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """What `accounts.json` holds: the sample's accounts, or one link for the first administrator.

    The link is a path of this city, works once, and stands here until it has been used.
    """

    accounts: tuple[Account, ...] = ()
    first_administrator: str = ""


def text(settings: Settings, status: Callable[[str], int]) -> str:
    """The greeting of a city that answers `status(path)`."""
    lines = ["", "鹏城已启动  The city is up", ""]
    present = [(path, words) for path, words in PLACES if status(path) not in _ABSENT]
    lines += [f"  {settings.origin}{path}  {words.zh}  {words.en}" for path, words in present]
    lines += _accounts(settings)
    lines += ["", "按 Ctrl-C 停止  Ctrl-C stops it", ""]
    return "\n".join(lines)


_ABSENT = {0, http.HTTPStatus.NOT_FOUND}


def read(data: Path) -> Accounts | None:
    """The accounts of a data folder; None when nothing was written or it cannot be understood."""
    try:
        return msgspec.json.decode((data / ACCOUNTS).read_bytes(), type=Accounts)
    except (OSError, msgspec.MsgspecError):
        return None


def _accounts(settings: Settings) -> list[str]:
    found = read(settings.data)
    if found is None:
        return []
    lines: list[str] = []
    if found.first_administrator:
        lines += ["", "首位管理员的一次性链接  one-time link for the first administrator:"]
        lines.append(f"  {settings.origin}{found.first_administrator}")
    if found.accounts:
        lines += ["", f"示例账号  sample accounts ({settings.data / ACCOUNTS}):"]
        rows = [
            (one.account, one.password, f"{one.role.zh}  {one.role.en}") for one in found.accounts
        ]
        wide = max(_width(account) for account, _, _ in rows)
        lines += [
            f"  {account}{' ' * (wide - _width(account))}  {password}  {role}"
            for account, password, role in rows
        ]
    return lines


def _width(words: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
