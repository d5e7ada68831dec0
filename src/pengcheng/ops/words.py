"""What the command says when something is wrong: one sentence for each code, in both languages."""

from collections.abc import Mapping

from pengcheng.edge.error_words import WORDS
from pengcheng.kernel.errors import Fault, PengchengError, Refusal
from pengcheng.kernel.fault_words import FAULT_WORDS, fault_text
from pengcheng.kernel.words import LANGUAGES, Words

SENTENCES: Mapping[str, Words] = {
    "input.invalid": Words("给出的内容不能用：", "What was given cannot be used:"),
    "file.absent": Words("没有文件 {file}。", "There is no file {file}."),
    "file.no_folder": Words(
        "文件夹 {folder} 不存在，文件无处可写。",
        "There is no folder {folder} to write the file into.",
    ),
    "settings.invalid": Words("设置有误：", "Some settings are not usable:"),
    "settings.tls_half": Words(
        "HTTPS 需要同时给出 --tls-cert 和 --tls-key。",
        "HTTPS needs both --tls-cert and --tls-key.",
    ),
    "settings.open_without_tls": Words(
        "地址 {host} 对外开放，须同时给出 --tls-cert 和 --tls-key，"
        "或用 --trusted-proxy 指明前面的反向代理。",
        "The address {host} is open to others: give --tls-cert and --tls-key, "
        "or name the reverse proxy in front of it with --trusted-proxy.",
    ),
    "setting.empty": Words("{setting} 不能为空。", "{setting} must not be empty."),
    "setting.no_file": Words(
        "{setting}：文件 {value} 不存在或不可读。",
        "{setting}: there is no readable file {value}.",
    ),
    "setting.no_folder": Words(
        "{setting}：文件夹 {value} 不存在。", "{setting}: there is no folder {value}."
    ),
    "setting.host": Words(
        "{setting}：“{value}”不是主机名或 IP 地址。",
        "{setting}: “{value}” is not a host name or an IP address.",
    ),
    "setting.number": Words(
        "{setting}：“{value}”应为 {low} 到 {high} 的整数。",
        "{setting}: “{value}” must be a whole number from {low} to {high}.",
    ),
    "setting.yes_no": Words(
        "{setting}：“{value}”应为 yes 或 no。", "{setting}: “{value}” must be yes or no."
    ),
    "setting.choice": Words(
        "{setting}：“{value}”应为其中之一：{choices}。",
        "{setting}: “{value}” must be one of: {choices}.",
    ),
    "setting.url": Words(
        "{setting}：“{value}”不是可用的地址，应以 {schemes} 开头。",
        "{setting}: “{value}” is not a usable address; it begins with {schemes}.",
    ),
    "city.running": Words(
        "数据文件夹 {data} 的城市已在运行（进程 {pid}）。请先停止它，或用 --data 另选文件夹。",
        "A city already runs on the data folder {data} (process {pid}). "
        "Stop it first, or choose another folder with --data.",
    ),
    "city.not_running": Words(
        "数据文件夹 {data} 的城市没有运行。请先运行 ./up，或用 --data 指明文件夹。",
        "No city runs on the data folder {data}. Start it with ./up, or name it with --data.",
    ),
    "city.newer": Words(
        "数据文件夹 {data} 由更新的版本写成（格式 {found}，本程序认识到 {known}）。"
        "请升级程序；数据未被改动。",
        "The data folder {data} was written by a newer version (format {found}; this program "
        "knows up to {known}). Upgrade the program; the data was not touched.",
    ),
    "city.version_unreadable": Words(
        "数据文件夹的版本文件 {path} 无法读懂；为安全起见不予启动。",
        "The version file {path} of the data folder cannot be understood; nothing was started.",
    ),
    "city.folder": Words(
        "不能使用数据文件夹 {data}：{why}",
        "The data folder {data} cannot be used: {why}",
    ),
    "city.no_room": Words(
        "数据文件夹 {data} 所在磁盘只剩 {free_mb} MB，至少需要 {needed_mb} MB。",
        "The disk of the data folder {data} has {free_mb} MB left; {needed_mb} MB are needed.",
    ),
    "city.port_taken": Words(
        "{host} 的端口 {port} 已被别的程序占用。请用 --port 另选一个。",
        "Port {port} of {host} is taken by another program. Choose another with --port.",
    ),
    "city.cannot_listen": Words(
        "不能在 {host} 的端口 {port} 上监听：{why}",
        "Cannot listen on port {port} of {host}: {why}",
    ),
    "city.leftovers": Words(
        "上次运行遗留的进程无法结束：{names}",
        "Processes left over from an earlier run cannot be ended: {names}",
    ),
    "city.socket_path_too_long": Words(
        "套接字路径过长：{path}", "The path of the socket is too long: {path}"
    ),
    "city.socket_folder_taken": Words(
        "文件夹 {path} 不属于当前用户，不能使用。",
        "The folder {path} belongs to someone else and is not used.",
    ),
    "city.not_ready": Words(
        "城市没有在 {seconds} 秒内就绪：{why}\n日志在 {logs}。",
        "The city was not ready within {seconds} seconds: {why}\nThe logs are in {logs}.",
    ),
    "child.cannot_start": Words("{name} 无法启动：{why}", "{name} cannot be started: {why}"),
    "child.ended": Words(
        "{name} 启动后退出（代码 {exit_code}）。日志 {log} 的最后几行如下。",
        "{name} ended while starting (code {exit_code}). The last lines of {log} follow.",
    ),
    "child.slow": Words(
        "{name} 在 {seconds} 秒内没有就绪。日志 {log} 的最后几行如下。",
        "{name} was not ready within {seconds} seconds. The last lines of {log} follow.",
    ),
    "account.no_useradd": Words(
        "以 root 启动需要系统账号 {account}，但找不到 useradd（软件包 passwd）。",
        "Started by root, the account {account} is needed, but there is no useradd "
        "(package passwd).",
    ),
    "account.cannot_create": Words(
        "不能建立系统账号 {account}：{why}", "The account {account} cannot be made: {why}"
    ),
    "postgres.not_installed": Words(
        "找不到带 PostGIS 的 PostgreSQL {version}。请安装 Debian 软件包 "
        "postgresql 和 postgresql-postgis（./up 会代为安装）。",
        "There is no PostgreSQL {version} with PostGIS. Install the Debian packages postgresql "
        "and postgresql-postgis (./up does it for you).",
    ),
    "postgres.initdb": Words("不能建立数据库：{why}", "The database could not be created: {why}"),
    "postgres.strange_folder": Words(
        "文件夹 {folder} 里有别的东西，不像本程序的数据库；未作改动。",
        "The folder {folder} holds something that is not our database; nothing was changed.",
    ),
    "nats.not_installed": Words(
        "找不到 nats-server。请安装 Debian 软件包 nats-server（./up 会代为安装）。",
        "There is no nats-server. Install the Debian package nats-server (./up does it for you).",
    ),
    "nats.no_port": Words(
        "{low} 到 {high} 之间没有空闲的本机端口。",
        "There is no free loopback port from {low} to {high}.",
    ),
    "database.unreachable": Words(
        "连接不上数据库 {url}：{why}", "The database {url} cannot be reached: {why}"
    ),
    "database.newer": Words(
        "数据库的结构（{revision}）比本程序新。请升级程序；数据未被改动。",
        "The database has a newer schema ({revision}) than this program. "
        "Upgrade the program; the data was not touched.",
    ),
    "database.full": Words(
        "数据库所在磁盘已满；未完成的一步已撤回。腾出空间后再启动即可。",
        "The disk of the database is full; the unfinished step was undone. "
        "Make room and start again.",
    ),
    "database.too_old": Words(
        "数据库 {url} 的版本是 {found}，至少需要 PostgreSQL {needed}。",
        "The database {url} is PostgreSQL {found}; {needed} or newer is needed.",
    ),
    "database.no_extension": Words(
        "数据库 {url} 没有扩展 {names}；请在该服务器上安装 PostGIS 与 contrib。",
        "The database {url} lacks the extensions {names}; install PostGIS and contrib there.",
    ),
    "bus.unreachable": Words(
        "连接不上 NATS {url}：{why}", "NATS at {url} cannot be reached: {why}"
    ),
    "pack.invalid": Words("应用包有误（{count} 处）：", "The packs have faults ({count}):"),
    "pack.name": Words(
        "名称“{name}”须以小写字母开头，只用小写字母、数字和下划线。",
        "The name “{name}” must begin with a lower-case letter and hold only these, digits and _.",
    ),
    "pack.type_reserved": Words(
        "类型名“{name}”由引擎使用，请用 --type 另起一个。",
        "The engines use the type name “{name}”: choose another with --type.",
    ),
    "pack.exists": Words("{folder} 已经存在，未作改动。", "{folder} exists; nothing was changed."),
    "system.refused": Words(
        "操作系统拒绝了（{path}）：{why}", "The operating system refused ({path}): {why}"
    ),
    "algorithm.unknown": Words(
        "没有名为 {name} 的算法。现有：{known}", "There is no algorithm {name}. There are: {known}"
    ),
    "algorithm.pack_unknown": Words(
        "应用包 {pack} 没有 logic.py。", "The pack {pack} has no logic.py."
    ),
    "algorithm.no_model": Words(
        "算法 {name} 没有模型，不需要训练。", "The algorithm {name} has no model to train."
    ),
    "algorithm.changed": Words(
        "{name} 的模型刚被别人换过，这次训练作废。",
        "The model of {name} was changed meanwhile: this training does not count.",
    ),
    "algorithm.not_taught": Words(
        "没有哪类事项的更正用来训练 {name}。", "No kind of case teaches {name} by its corrections."
    ),
    "algorithm.untrained": Words(
        "模型 {model} 尚未训练。请运行 pengcheng algorithm train。",
        "The model {model} was never trained: run pengcheng algorithm train.",
    ),
    "algorithm.no_data": Words(
        "文件夹 {folder} 中没有所需的 CSV 训练数据。",
        "The folder {folder} has no CSV files to train on, or not those that are needed.",
    ),
    "algorithm.no_table": Words(
        "训练数据缺少文件 {file}。", "The training data lack the file {file}."
    ),
    "algorithm.no_column": Words(
        "文件 {file} 缺少列 {column}。", "The file {file} lacks the column {column}."
    ),
    "algorithm.data_too_large": Words("文件 {file} 过大。", "The file {file} is too large."),
    "algorithm.too_few_rows": Words(
        "每个类别至少需要 {at_least} 条有标签的行，且至少两个类别；不足的：{labels}",
        "Each class needs {at_least} labelled rows, and two classes there must be; few: {labels}",
    ),
    "algorithm.label_unknown": Words(
        "标签不是任何类别：{labels}", "These labels are no classes: {labels}"
    ),
    "algorithm.model_invalid": Words(
        "模型文件无法使用：{problem}", "The model file is unusable: {problem}"
    ),
    "backup.exists": Words(
        "文件 {file} 已经存在，未作改动。", "The file {file} exists; nothing was changed."
    ),
    "backup.not_our_server": Words(
        "数据文件夹 {data} 没有自己的数据库。使用外部 PostgreSQL 的城市，请用该服务器自己的备份"
        "（物理备份，以保持日志的事务编号），并另存文件夹中的 files 和 master.key。",
        "The data folder {data} has no database of its own. Back a PostgreSQL server that you gave "
        "up with its own tools (a physical backup, which keeps the transaction numbers of the "
        "log), and keep files and master.key of the folder beside it.",
    ),
    "backup.database": Words("数据库备份失败：{why}", "The database could not be backed up: {why}"),
    "restore.own_server_only": Words(
        "恢复只用于自带的数据库；请先取消 PENGCHENG_DATABASE_URL。",
        "A backup is restored into a private database: unset PENGCHENG_DATABASE_URL first.",
    ),
    "restore.not_empty": Words(
        "文件夹 {data} 不是空的，未作改动。请用 --data 另选一个。",
        "The folder {data} is not empty; nothing was changed. Choose another with --data.",
    ),
    "restore.not_a_backup": Words(
        "文件 {file} 不是本程序的备份（{why}）。", "{file} is not a backup of this program ({why})."
    ),
    "restore.damaged": Words(
        "备份 {file} 不完整：{part} 与清单不符；未作改动。",
        "The backup {file} is not whole: {part} is not what its list says; nothing was changed.",
    ),
    "restore.newer": Words(
        "备份 {file} 由更新的版本写成（格式 {found}，本程序认识到 {known}）。请升级程序。",
        "The backup {file} was written by a newer version (format {found}; this program knows up "
        "to {known}). Upgrade the program.",
    ),
    "bench.unknown": Words(
        "没有名为 {name} 的测量。现有：{known}", "There is no bench {name}. There are: {known}"
    ),
    "bench.row": Words(
        "测量 {name} 的第 {number} 行不完整：{why}", "Row {number} of bench {name} is unfit: {why}"
    ),
}


def told(error: PengchengError) -> str:
    """What an error says to a person at a terminal: Chinese, then English."""
    sentence = SENTENCES.get(error.code)
    if sentence is None and error.code in WORDS:
        words = WORDS[error.code]
        lines = [
            f"{words.title.fill(at, error.facts)}: {words.detail.fill(at, error.facts)}"
            for at in LANGUAGES
        ]
    elif sentence is None:
        lines = [str(error)]
    else:
        lines = [sentence.fill("zh", error.facts), sentence.fill("en", error.facts)]
    if "tail" in error.facts:
        lines.append(str(error.facts["tail"]))
    if isinstance(error, Refusal):
        lines.extend(f"  {line}" for fault in error.faults for line in _fault(fault))
    return "\n".join(lines)


def _fault(fault: Fault) -> list[str]:
    sentence = SENTENCES.get(fault.code)
    if {"zh", "en"} <= fault.facts.keys():
        return [str(fault.facts["zh"]), str(fault.facts["en"])]
    if sentence is None and fault.code in FAULT_WORDS:
        return [f"{fault.path}: {fault_text(fault, at)}" for at in LANGUAGES]
    if sentence is None:
        return [f"{fault.path}: {fault.code} {dict(fault.facts)}"]
    return [sentence.fill("zh", fault.facts), sentence.fill("en", fault.facts)]
