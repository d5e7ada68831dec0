"""Every setting of a city, read once at the start of a process from its environment and options.

`TABLE` is the one list of settings; `docs/operating/settings.md` is tested against it. Nothing
below `city.py` reads the environment again: what a part needs is passed to it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from pengcheng.ground import setting_values as values
from pengcheng.kernel.errors import Fault, Refusal, Trouble
from pengcheng.kernel.words import Words

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What this process was told. Empty texts mean "not given"."""

    data: Path
    database_url: str
    nats_url: str
    host: str
    port: int
    tls_cert: str
    tls_key: str
    trusted_proxy: str
    workers: int
    sample: bool
    simulate: bool
    packs: Path
    messages: str
    retrain_hours: int
    log_level: str
    webhook_private: bool
    open311_posts: int
    open311_reads: int
    guest_files: int
    otlp_endpoint: str

    @property
    def run(self) -> Path:
        """The folder of what is true only while the city runs: lock, children, addresses."""
        return self.data / "run"

    @property
    def origin(self) -> str:
        """The address under which this machine itself reaches the city, without a final slash."""
        scheme = "https" if self.tls_cert else "http"
        return f"{scheme}://{authority(self.host, self.port)}"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: its name, where it is read from, what it means when absent."""

    name: str
    default: str
    words: Words
    parse: Callable[[str], object]
    option: str = ""

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return f"PENGCHENG_{self.name.upper()}"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What a running city says of itself in `run/city.json` (readable by its owner only)."""

    database_url: str
    nats_url: str
    origin: str
    pid: int
    sample: bool = True


def read(environ: Mapping[str, str], options: Mapping[str, object] | None = None) -> Settings:
    """The settings by option, else by environment, else by default; every fault at once."""
    given = {name: value for name, value in (options or {}).items() if value is not None}
    found: dict[str, object] = {}
    faults: list[Fault] = []
    for row in TABLE:
        text = str(given.get(row.name, environ.get(row.variable, row.default)))
        try:
            found[row.name] = row.parse(text)
        except values.Unfit as unfit:
            where = row.option if row.option and row.name in given else row.variable
            facts = {"setting": where, "value": without_password(text), **unfit.facts}
            faults.append(Fault(path=where, code=unfit.code, facts=facts))
    if faults:
        raise Refusal("settings.invalid", faults=faults)
    settings = msgspec.convert(found, Settings)
    _agree(settings)
    return settings


def attached(settings: Settings) -> Settings:
    """The settings with the servers of the city that runs from this data folder filled in; of a
    city that began without a sample, no command makes one.

    Raises Trouble `city.not_running` when a private server is needed and none runs.
    """
    if settings.database_url and settings.nats_url:
        return settings
    try:
        running = msgspec.json.decode((settings.run / "city.json").read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError) as error:
        raise Trouble("city.not_running", data=str(settings.data)) from error
    return msgspec.structs.replace(
        settings,
        database_url=settings.database_url or running.database_url,
        nats_url=settings.nats_url or running.nats_url,
        sample=settings.sample and running.sample,
    )


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as variables, for a child process that reads them with `read`."""
    return {row.variable: _text(getattr(settings, row.name)) for row in TABLE}


def authority(host: str, port: int) -> str:
    """Host and port as they stand in an address; an IPv6 host gets its brackets."""
    told = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - only compared
    return f"[{told}]:{port}" if ":" in told else f"{told}:{port}"


def without_password(text: str) -> str:
    """A value as it may be shown: a password or token inside an address is not repeated."""
    scheme, mark, rest = text.partition("://")
    secret, at, place = rest.rpartition("@")
    name, colon, _ = secret.partition(":")
    if not mark or not at:
        return text
    return f"{scheme}://{name if colon else ''}…@{place}"


def _agree(settings: Settings) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Refusal("settings.tls_half")
    closed = settings.host in LOOPBACK or settings.tls_cert or settings.trusted_proxy
    if not closed:
        raise Refusal("settings.open_without_tls", host=settings.host)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


TABLE: tuple[Setting, ...] = (
    Setting(
        name="data",
        option="--data",
        default=str(ROOT / "var"),
        parse=values.path,
        words=Words("城市的数据文件夹", "The folder of the city's data"),
    ),
    Setting(
        name="database_url",
        default="",
        parse=values.url(("postgresql", "postgres")),
        words=Words(
            "使用这个 PostgreSQL（需 PostGIS），不启动自带的",
            "Use this PostgreSQL (with PostGIS) instead of a private one",
        ),
    ),
    Setting(
        name="nats_url",
        default="",
        parse=values.url(("nats", "tls")),
        words=Words(
            "使用这个 NATS（需 JetStream），不启动自带的",
            "Use this NATS (with JetStream) instead of a private one",
        ),
    ),
    Setting(
        name="host",
        option="--host",
        default="127.0.0.1",
        parse=values.host,
        words=Words(
            "监听的地址；非本机地址须有证书或可信代理",
            "The address to listen on; beyond loopback it needs TLS or a trusted proxy",
        ),
    ),
    Setting(
        name="port",
        option="--port",
        default="8000",
        parse=values.port,
        words=Words("监听的端口", "The port to listen on"),
    ),
    Setting(
        name="tls_cert",
        option="--tls-cert",
        default="",
        parse=values.file,
        words=Words("HTTPS 证书文件（PEM）", "The certificate file for HTTPS (PEM)"),
    ),
    Setting(
        name="tls_key",
        option="--tls-key",
        default="",
        parse=values.file,
        words=Words("证书的私钥文件（PEM）", "The certificate's private key (PEM)"),
    ),
    Setting(
        name="trusted_proxy",
        option="--trusted-proxy",
        default="",
        parse=values.anything,
        words=Words(
            "可信反向代理的地址，逗号分隔；其转发头才被采信",
            "Addresses of trusted reverse proxies, by commas; only their headers are believed",
        ),
    ),
    Setting(
        name="workers",
        option="--workers",
        default="auto",
        parse=values.workers,
        words=Words("网页进程数；auto 为每核一个", "Web processes; auto means one for each core"),
    ),
    Setting(
        name="sample",
        option="--no-sample",
        default="yes",
        parse=values.yes,
        words=Words(
            "首次启动时是否填入示例城市", "Whether the first start fills in the sample city"
        ),
    ),
    Setting(
        name="simulate",
        option="--no-simulation",
        default="yes",
        parse=values.yes,
        words=Words(
            "示例城市是否模拟诉求的到来与办理",
            "Whether arriving and handled demands are simulated in the sample city",
        ),
    ),
    Setting(
        name="packs",
        option="--packs",
        default=str(ROOT / "packs"),
        parse=values.path,
        words=Words("应用包所在文件夹", "The folder of the packs"),
    ),
    Setting(
        name="messages",
        option="--messages",
        default="",
        parse=values.folder,
        words=Words(
            "模拟所重放的真实留言文件夹；未给则用合成留言",
            "The folder of real messages that the simulation replays; synthetic ones without it",
        ),
    ),
    Setting(
        name="retrain_hours",
        default="24",
        parse=values.hours,
        words=Words(
            "隔多少小时用坐席的更正重新训练分类模型；0 为不训练",
            "After how many hours what operators put right trains the classifiers anew; 0: never",
        ),
    ),
    Setting(
        name="log_level",
        option="--log-level",
        default="info",
        parse=values.level,
        words=Words("日志级别", "The least severe log line that is written"),
    ),
    Setting(
        name="webhook_private",
        default="no",
        parse=values.yes,
        words=Words(
            "Webhook 可否发往内网地址和 http 地址",
            "Whether webhooks may be sent to private addresses and over plain http",
        ),
    ),
    Setting(
        name="open311_posts",
        default="60",
        parse=values.per_minute,
        words=Words(
            "一个地址每分钟经 Open311 提交的次数上限；本机为一千倍",
            "Requests a minute that one address sends by Open311; on loopback 1,000 times that",
        ),
    ),
    Setting(
        name="open311_reads",
        default="600",
        parse=values.per_minute,
        words=Words(
            "一个地址每分钟经 Open311 查询的次数上限；本机为一千倍",
            "Answers a minute that one address reads by Open311; on loopback 1,000 times that",
        ),
    ),
    Setting(
        name="guest_files",
        default="30",
        parse=values.per_minute,
        words=Words(
            "一个地址每分钟不登录可上传的文件数上限；本机为一千倍",
            "Files a minute that one address sends as a guest; on loopback 1,000 times that",
        ),
    ),
    Setting(
        name="otlp_endpoint",
        default="",
        parse=values.url(("http", "https")),
        words=Words(
            "OpenTelemetry 收集器的地址（OTLP/HTTP）；未给则不发送链路",
            "The address of an OpenTelemetry collector (OTLP over HTTP); no traces without it",
        ),
    ),
)
