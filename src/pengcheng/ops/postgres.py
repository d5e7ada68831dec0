"""A private PostgreSQL: its programs, its data, its settings, its start.

It listens on a Unix socket only, in a folder that only its account may enter, and knows people by
their account of the operating system (peer); there is no password and no port. Superuser and
database are both named `pengcheng`.
"""

import os
import pwd
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import msgspec

from pengcheng.kernel.errors import Trouble
from pengcheng.ops import private_folder
from pengcheng.ops.children import Program
from pengcheng.ops.system_account import User, current
from pengcheng.ops.written import replace

NAME = "pengcheng"
VERSION_MIN = 15
VERSIONS = Path("/usr/lib/postgresql")
EXTENSIONS = Path("/usr/share/postgresql")
STOP_SECONDS = 60.0
STOP_SIGNAL = signal.SIGINT  # fast shutdown: clients are cut off, what is committed stays

# For two cores and a city of one machine: about 0.5 GiB at work, everything durable.
CONFIGURATION: Mapping[str, str] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # What is written twice or is long is pressed by what costs least.
    "wal_compression": "lz4",
    "default_toast_compression": "lz4",
    "min_wal_size": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    # Some seven hundred communities: with a hundred values known, the planner takes a sub-district
    # of ten million records for four of them.
    "default_statistics_target": "500",
    "effective_io_concurrency": "100",
    "jit": "off",
    "max_worker_processes": "6",
    "max_parallel_workers": "2",
    "max_parallel_workers_per_gather": "1",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "30s",
    "idle_in_transaction_session_timeout": "5min",
    "log_line_prefix": "'%m [%p] %a '",
    "log_min_duration_statement": "2s",
    "log_checkpoints": "off",
    "log_timezone": "'Asia/Shanghai'",
    "timezone": "'UTC'",
    "cluster_name": "'pengcheng'",
}
# The data of a test is thrown away: its server need not wait for the disk.
FORGETFUL: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "log_min_duration_statement": "-1",
}


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """One data folder of PostgreSQL with the programs that fit it."""

    folder: Path
    sockets: Path
    bin: Path
    user: User | None
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """The address of its database for whoever started it."""
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql:///{database}?host={quote(str(self.sockets))}&user={NAME}"


def installed(version: int | None = None) -> Path:
    """The folder of the newest fitting programs; `Trouble` names what to install."""
    found = sorted(
        (int(folder.name), folder / "bin")
        for folder in VERSIONS.glob("*")
        if folder.name.isdigit()
        and (folder / "bin" / "postgres").exists()
        and (EXTENSIONS / folder.name / "extension" / "postgis.control").exists()
    )
    fitting = [path for number, path in found if number == (version or max(number, VERSION_MIN))]
    if not fitting:
        wanted = version or VERSION_MIN
        raise Trouble("postgres.not_installed", version=wanted, or_newer=version is None)
    return fitting[-1]


def cluster(data: Path, *, user: User | None, settings: Mapping[str, str] | None = None) -> Cluster:
    """The private cluster of a data folder, made if there is none; it does not run yet."""
    folder = data / "postgres"
    made = Cluster(
        folder=folder,
        sockets=private_folder.socket_folder(data, user),
        bin=installed(_version_of(folder)),
        user=user,
        settings={**CONFIGURATION, **(settings or {})},
    )
    if not (folder / "PG_VERSION").exists():
        _initialise(made)
    private_folder.make(folder, user)
    _configure(made)
    return made


def program(made: Cluster, handle: private_folder.Handle, *, log: Path) -> Program:
    """The server itself."""
    return Program(
        name="postgres",
        argv=(str(made.bin / "postgres"), "-D", handle.path),
        log=log,
        env=_environment(),
        user=made.user,
        fds=(handle.fd,),
        stop_signal=STOP_SIGNAL,
        stop_seconds=STOP_SECONDS,
        is_server=True,
    )


def is_ready(made: Cluster, pid: int) -> bool:
    """Whether this server says of itself, in the last line of its own file, that it is ready."""
    lines = _pid_file(made.folder)
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def ensure_database(made: Cluster) -> None:
    """Make the city's database in a running server that has none yet."""
    present = _asked(made, f"select 1 from pg_database where datname = '{NAME}'")
    if present != "1":
        _asked(made, f"create database {NAME}")


def forgotten(data: Path) -> int | None:
    """The number of a server of this data folder that runs but that no ledger knows."""
    lines = _pid_file(data / "postgres")
    if len(lines) < 5 or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    try:
        is_postgres = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "postgres"
    except OSError:
        return None
    mark = private_folder.socket_folder_name(data)
    return pid if is_postgres and Path(lines[4].strip()).name == mark else None


def _asked(made: Cluster, statement: str) -> str:
    command = [str(made.bin / "psql"), "--no-psqlrc", "--tuples-only", "--no-align"]
    command += [f"--dbname={made.url_of('postgres')}", f"--command={statement}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode != 0:
        raise Trouble("postgres.initdb", why=done.stderr.strip())
    return done.stdout.strip()


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _version_of(folder: Path) -> int | None:
    try:
        return int((folder / "PG_VERSION").read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def _initialise(made: Cluster) -> None:
    """Make the cluster beside its place and move it there whole: no half made one is ever seen."""
    fresh = made.folder.with_name("postgres.new")
    private_folder.remove(fresh)
    if made.folder.exists() and any(made.folder.iterdir()):
        raise Trouble("postgres.strange_folder", folder=str(made.folder))
    private_folder.make(fresh, made.user)
    handle = private_folder.Handle(fresh)
    command = [
        str(made.bin / "initdb"),
        f"--pgdata={handle.path}",
        f"--username={NAME}",
        "--auth=peer",
        "--encoding=UTF8",
        # Code point order: fast, prefix searches use plain indexes, and no upgrade of the
        # operating system can change it. Chinese order is asked for where people read (zh-x-icu).
        "--locale=C.UTF-8",
        "--lc-collate=C",
        "--data-checksums",
    ]
    done = subprocess.run(
        command,
        cwd="/",
        env=_environment(),
        pass_fds=(handle.fd,),
        user=made.user.uid if made.user else None,
        group=made.user.gid if made.user else None,
        extra_groups=[] if made.user else None,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    handle.close()
    if done.returncode != 0:
        private_folder.remove(fresh)
        raise Trouble("postgres.initdb", why=_reason(done.stderr))
    os.replace(fresh, made.folder)


def _configure(made: Cluster) -> None:
    """Write the three files of the server; `alter system` stays stronger than the first."""
    lines = [f"{name} = {value}" for name, value in made.settings.items()]
    lines.append(f"unix_socket_directories = '{made.sockets}'")
    names = {pwd.getpwuid(0).pw_name, current().name, (made.user or current()).name}
    files = {
        "postgresql.conf": "\n".join(lines),
        "pg_hba.conf": "local all all peer map=city\nlocal replication all peer map=city",
        "pg_ident.conf": "\n".join(f"city {name} {NAME}" for name in sorted(names)),
    }
    for name, text in files.items():
        content = f"# Written at each start; change with: alter system\n{text}\n"
        replace(made.folder / name, content.encode(), owner=made.user)


def _environment() -> dict[str, str]:
    """Nothing of ours but the path: PGDATA, PGPORT and the like must not reach it."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept}


def _reason(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if re.search(r"error|FATAL|No space", line)]
    return " ".join(lines[-3:]) or stderr.strip()[-300:]
