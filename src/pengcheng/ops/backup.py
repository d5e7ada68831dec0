"""`pengcheng backup FILE`: the whole city in one file, taken while it runs.

The file is a tar: what it is, the database as PostgreSQL's own base backup (so that the positions
of the log, which are transaction numbers, stay true), the files by content hash, the master key,
the accounts of the sample. It holds every secret of the city: its reader is its owner.
"""

import argparse
import hashlib
import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pengcheng.ground.settings import Settings
from pengcheng.kernel.errors import Refusal, Trouble
from pengcheng.kernel.words import Words
from pengcheng.ops import options, postgres
from pengcheng.ops.progress import step

FORMAT = 1
MANIFEST = "pengcheng-backup.json"
DATABASE = ("postgres/base.tar", "postgres/pg_wal.tar")
KEPT = ("city.version", "master.key", "accounts.json")
FILES = "files"
OWNER_ONLY = 0o600
CHUNK_BYTES = 1024 * 1024


class Part(msgspec.Struct, frozen=True):
    """One file of a backup, with what proves that it came whole."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself; the first file in it."""

    format: int
    made_at: datetime
    postgres: int
    parts: tuple[Part, ...]


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `backup` to the command."""
    parser = subparsers.add_parser("backup", description=__doc__)
    options.add(parser)
    parser.add_argument("file", type=options.target, help="写到哪个新文件  the new file to write")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the backup whole or not at all."""
    settings = options.running(arguments)
    target: Path = arguments.file
    if target.exists():
        raise Refusal("backup.exists", file=str(target))
    if not (settings.data / "postgres" / "PG_VERSION").exists():
        raise Refusal("backup.not_our_server", data=str(settings.data))
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=target.parent) as name:
        folder = Path(name)
        with step(Words("备份数据库", "backing up the database")):
            major = _base_backup(settings, folder)
        with step(Words("写入备份文件", "writing the backup")):
            written = folder / "city.tar"
            _write(settings, folder, written, major)
            os.replace(written, target)
    print(f"{target}  {target.stat().st_size:,} B")
    return 0


def _base_backup(settings: Settings, folder: Path) -> int:
    """PostgreSQL's base backup as tar files; the major version that can read it."""
    major = int((settings.data / "postgres" / "PG_VERSION").read_text(encoding="ascii"))
    command = [
        str(postgres.installed(major) / "pg_basebackup"),
        f"--dbname={settings.database_url}",
        f"--pgdata={folder / 'postgres'}",
        "--format=tar",
        "--wal-method=stream",
        "--checkpoint=fast",
        "--no-manifest",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Trouble("backup.database", why=done.stderr.strip()[-500:])
    return major


def _write(settings: Settings, folder: Path, target: Path, major: int) -> None:
    # The database first: a file that it names was there before it was named.
    parts = [(name, folder / name) for name in DATABASE]
    parts += [(name, path) for name in KEPT if (path := settings.data / name).is_file()]
    parts += list(_stored(settings.data / FILES))
    manifest = Manifest(
        format=FORMAT,
        made_at=datetime.now(UTC),
        postgres=major,
        parts=tuple(Part(name, path.stat().st_size, digest(path)) for name, path in parts),
    )
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            content = msgspec.json.encode(manifest)
            head = tarfile.TarInfo(MANIFEST)
            head.size = len(content)
            archive.addfile(head, io.BytesIO(content))
            for name, path in parts:
                archive.add(path, name, recursive=False)
        file.flush()
        os.fsync(file.fileno())


def _stored(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield f"{FILES}/{path.relative_to(folder)}", path


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
