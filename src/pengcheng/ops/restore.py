"""`pengcheng restore FILE --data DIR`: a city from its backup, into an empty folder.

Everything is read and checked beside the place first; the folder appears whole or not at all.
`pengcheng up --data DIR` then starts the city as it was.
"""

import argparse
import os
import shutil
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from pengcheng.ground.settings import Settings
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import Words
from pengcheng.ops import options, postgres, private_folder
from pengcheng.ops.backup import DATABASE, FILES, FORMAT, KEPT, MANIFEST, Manifest, digest
from pengcheng.ops.data_folder import OWNER_ONLY
from pengcheng.ops.progress import step
from pengcheng.ops.system_account import User, for_servers

MANIFEST_BYTES_MAX = 256 * 1024 * 1024
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `restore` to the command."""
    parser = subparsers.add_parser("restore", description=__doc__)
    options.add(parser)
    parser.add_argument("file", type=options.source, help="备份文件  the backup")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Restore whole or not at all."""
    settings = options.settings(arguments)
    _check_target(settings)
    user = for_servers()
    settings.data.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.data.parent) as name:
        fresh = Path(name) / "city"
        fresh.mkdir(mode=OWNER_ONLY)
        with step(Words("读取并核对备份", "reading and checking the backup")):
            _read(arguments.file, fresh)
        with step(Words("铺开数据库", "laying out the database")):
            _lay_out(fresh, user)
        if settings.data.exists():
            settings.data.rmdir()
        os.replace(fresh, settings.data)
    print(f"pengcheng up --data {settings.data}")
    return 0


def _check_target(settings: Settings) -> None:
    data = settings.data
    if settings.database_url:
        raise Refusal("restore.own_server_only")
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise Refusal("restore.not_empty", data=str(data))


def _read(file: Path, folder: Path) -> None:
    """Every part of the backup, checked against what the manifest says of it."""
    try:
        with tarfile.open(file, mode="r:") as archive:
            manifest = _manifest(archive, file)
            postgres.installed(manifest.postgres)
            expected = {part.name: part for part in manifest.parts}
            while (member := archive.next()) is not None:
                part = expected.pop(member.name, None)
                content = archive.extractfile(member) if member.isreg() else None
                if part is None or content is None or not _is_known(member.name):
                    raise Refusal("restore.damaged", file=str(file), part=member.name)
                path = folder / member.name
                _copy(content, path)
                if path.stat().st_size != part.bytes or digest(path) != part.sha256:
                    raise Refusal("restore.damaged", file=str(file), part=member.name)
    except (tarfile.TarError, EOFError) as error:
        raise Refusal("restore.not_a_backup", file=str(file), why=str(error)) from error
    if expected:
        raise Refusal("restore.damaged", file=str(file), part=min(expected))


def _manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    first = archive.next()
    is_ours = first is not None and first.name == MANIFEST and first.size <= MANIFEST_BYTES_MAX
    content = archive.extractfile(first) if first is not None and is_ours else None
    if content is None:
        raise Refusal("restore.not_a_backup", file=str(file), why=MANIFEST)
    try:
        found = msgspec.json.decode(content.read(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise Refusal("restore.not_a_backup", file=str(file), why=str(error)) from error
    if found.format > FORMAT:
        raise Refusal("restore.newer", file=str(file), found=found.format, known=FORMAT)
    return found


def _is_known(name: str) -> bool:
    """Whether a backup of ours has such a part; nothing may lead out of the folder."""
    path = PurePosixPath(name)
    is_stored = path.parts[0] == FILES and not path.is_absolute() and ".." not in path.parts
    return name in DATABASE or name in KEPT or is_stored


def _copy(content: IO[bytes], path: Path) -> None:
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with path.open("xb") as file:
        os.fchmod(file.fileno(), FILE_MODE)
        shutil.copyfileobj(content, file)


def _lay_out(folder: Path, user: User | None) -> None:
    """The database's folder from PostgreSQL's tar files, given to the servers' account."""
    base, wal = (folder / name for name in DATABASE)
    cluster = folder / "postgres"
    _unpack(base, cluster)
    _unpack(wal, cluster / "pg_wal")
    base.unlink()
    wal.unlink()
    private_folder.make(cluster, user)
    for path in cluster.rglob("*"):
        private_folder.own(path, user)


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive, mode="r:") as inner:
        for member in inner:
            path = PurePosixPath(member.name)
            target = folder / path
            if path.is_absolute() or ".." in path.parts:
                raise Refusal("restore.damaged", file=archive.name, part=member.name)
            if member.isdir():
                target.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
                continue
            content = inner.extractfile(member) if member.isreg() else None
            if content is None:
                raise Refusal("restore.damaged", file=archive.name, part=member.name)
            _copy(content, target)
