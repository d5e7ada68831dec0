"""What people read of errors of cases, tasks, imports and streams: title and sentence, by code."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

Told = tuple[Words, Words]


WORK: Mapping[str, Told] = {
    "case.unknown": (
        Words("没有这件事项", "No such case"),
        Words(
            "请检查编号和查询码；也可能不在您的范围内。",
            "Check its number and receipt code; it may also not be yours to see.",
        ),
    ),
    "view.unknown": (
        Words("没有这个视图", "No such view"),
        Words(
            "它可能已经去掉了，别的什么也没有改变。请回到存好的视图看看。",
            "It may have been removed already; nothing else was changed. See the saved views.",
        ),
    ),
    "case.changed": (
        Words("别人刚刚办理过这件事项", "Somebody acted on this case first"),
        Words(
            "您的操作没有执行。请刷新，看过最新进展后再办。",
            "What you did was not carried out. Reload, read what is new, and act again.",
        ),
    ),
    "case.action_not_now": (
        Words("现在不能这样办", "This cannot be done at this step"),
        Words(
            "什么也没有改变。请刷新，从当前可用的操作中选择。",
            "Nothing was changed. Reload and choose among what is possible now.",
        ),
    ),
    "case.not_yours_to_do": (
        Words("这件事项不由您办", "This is not yours to do"),
        Words(
            "什么也没有改变。请联系承办单位或管理员。",
            "Nothing was changed. Turn to the organisation that handles it, or an administrator.",
        ),
    ),
    "case.may_not_submit": (
        Words("您不能提交这类事项", "You may not submit this kind"),
        Words(
            "什么也没有保存。请用市民或企业账号，或拨打 12345。",
            "Nothing was kept. Use a citizen's or enterprise's account, or call 12345.",
        ),
    ),
    "case.bound_reached": (
        Words("次数已用完", "The limit is reached"),
        Words(
            "什么也没有改变。最多 {bound} 次，请改用其他办法或提请裁定。",
            "Nothing was changed. At most {bound} times: choose another way or ask for a decision.",
        ),
    ),
    "case.nothing_to_undo": (
        Words("没有可撤销的自动分派", "Nothing was sent on automatically"),
        Words(
            "什么也没有改变。这件事项本来就由人工分派。",
            "Nothing was changed. This case was left to a person anyway.",
        ),
    ),
    "case.acted_since": (
        Words("已有人接着办了", "Somebody has acted on it since"),
        Words(
            "什么也没有改变。请用退回、转办或重办，让经办人知道原因。",
            "Nothing was changed. Return, transfer or reopen it, so that who has it learns why.",
        ),
    ),
    "case.not_running": (
        Words("计时没有在走", "The clock is not running"),
        Words(
            "什么也没有改变。请先恢复计时，或刷新页面。",
            "Nothing was changed. Resume the clock first, or reload the page.",
        ),
    ),
    "case.not_suspended": (
        Words("没有在中止中", "It is not suspended"),
        Words(
            "什么也没有改变。可能已到期自动恢复，请刷新页面。",
            "Nothing was changed. It may have resumed by itself: reload the page.",
        ),
    ),
    "case.closed": (
        Words("事项已办结", "The case is closed"),
        Words(
            "什么也没有改变。不满意的可以申请重办一次。",
            "Nothing was changed. Who is not satisfied may ask once to reopen it.",
        ),
    ),
    "case.taken_by_another": (
        Words("别人已经接手", "Somebody has taken it already"),
        Words(
            "什么也没有改变。请刷新列表，另选一件。",
            "Nothing was changed. Reload the list and take another.",
        ),
    ),
    "case.caller_not_yours": (
        Words("您不能查看来电人的其他诉求", "You may not see a caller's other cases"),
        Words("只有受理岗位可以查看。", "Only those who take calls may."),
    ),
    "case.nothing_sealed": (
        Words("没有封存的信息", "Nothing is sealed here"),
        Words(
            "这件事项不是保密提交的，或封存期已满、密钥已销毁。",
            "It was not sent confidentially, or its time is over and the key was destroyed.",
        ),
    ),
    "account.not_yours_to_close": (
        Words("这个账号不能自行注销", "You cannot close this account yourself"),
        Words(
            "工作人员的账号由管理员停用；已经注销的不用再注销。",
            "An official's account is ended by an administrator; a closed one is closed.",
        ),
    ),
    "case.retention_ended": (
        Words("这件事项的保存期限已满", "The keeping of this matter has ended"),
        Words(
            "内容和身份信息已经删除，不能再办理或补充；如有新情况，请重新提交。",
            "What was said and by whom is erased; nothing can be added. Send a new one instead.",
        ),
    ),
    "decision.erased": (
        Words("这次决定的依据已删除", "What this decision was made of is erased"),
        Words(
            "所属事项的保存期限已满；结果和校验值仍然保留。",
            "The keeping of its matter has ended; the outcome and its hash are still there.",
        ),
    ),
    "case.submission_key_taken": (
        Words("提交编号已被使用", "This Idempotency-Key is taken"),
        Words(
            "没有重复保存。请换一个新的编号再提交。",
            "Nothing was kept twice. Send again with a new key.",
        ),
    ),
    "case.no_operators": (
        Words("没有受理单位", "Nobody is there to take it"),
        Words(
            "没有保存。请管理员先设置 {organisation_kind} 类单位。",
            "It was not kept. An administrator must add a {organisation_kind} organisation.",
        ),
    ),
    "case.not_written": (
        Words("没有写入", "It was not written"),
        Words("本次没有保存，请再提交一次。", "It was not kept: send it once more."),
    ),
    "task.unknown": (
        Words("没有这项任务", "No such task"),
        Words("它可能已完成或撤回，请刷新列表。", "It may be done or withdrawn: reload the list."),
    ),
    "task.changed": (
        Words("任务已有变化", "The task has changed"),
        Words(
            "您的操作没有执行。请刷新后再办。",
            "What you did was not carried out. Reload and act again.",
        ),
    ),
    "task.not_yours_to_do": (
        Words("这项任务不由您办", "This task is not yours"),
        Words(
            "什么也没有改变。请交给任务指定的岗位。",
            "Nothing was changed. Leave it to the post that it names.",
        ),
    ),
    "task.taken_by_another": (
        Words("别人已经接了这项任务", "Somebody has taken this task"),
        Words(
            "什么也没有改变。请刷新列表，另选一项。",
            "Nothing was changed. Reload the list and take another.",
        ),
    ),
    "process.step_unknown": (
        Words("没有这个环节", "No such step"),
        Words(
            "流程可能已更新，请刷新页面。", "The process may have been replaced: reload the page."
        ),
    ),
    "portal.officials_only": (
        Words("这里只供工作人员使用", "Only officials may enter here"),
        Words(
            "市民请用 i深圳（/i/），企业请用深i企（/q/）。", "Citizens use /i/, enterprises /q/."
        ),
    ),
    "portals.not_built": (
        Words("页面资源没有构建", "The pages are not built"),
        Words("请运行 {remedy} 后重启。", "Run {remedy} and start again."),
    ),
    "screen.unknown": (
        Words("没有这个页面", "No such screen"),
        Words(
            "应用包可能已更新，请从首页重新进入。",
            "The pack may have been replaced: start from the home page.",
        ),
    ),
    "open311.key_invalid": (
        Words("api_key 无效", "The api_key is not valid"),
        Words(
            "没有保存。提交不需要 api_key，可以去掉后重试。",
            "Nothing was kept. Sending needs no api_key: leave it out and try again.",
        ),
    ),
    "open311.service_unknown": (
        Words("没有这个 service_code", "No such service_code"),
        Words("可用的见 services.json。", "See services.json for those that exist."),
    ),
    "algorithm.unknown": (
        Words("没有这个算法或模型", "No such algorithm or model"),
        Words(
            "没有改动。请从“算法”页重新选择。",
            "Nothing was changed. Choose again on the page Algorithms.",
        ),
    ),
    "algorithm.changed": (
        Words("在用的模型已经换了", "Another model counts by now"),
        Words(
            "没有改动。请刷新页面，看清现在用的是哪一个。",
            "Nothing was changed. Load the page again and see which one counts now.",
        ),
    ),
    "algorithm.rules_invalid": (
        Words("识别规则有误", "The word rules are not right"),
        Words("没有启用。请改正：{problem}", "They were not put to use. Mend: {problem}"),
    ),
    "code_pattern.place": (
        Words("编号格式里有未知的占位", "The code pattern has an unknown place"),
        Words("请改正 {text}。", "Mend {text}."),
    ),
    "code_pattern.not_unique": (
        Words("编号格式会产生重复", "The code pattern is not unique"),
        Words("请在 {text} 中加入 serial。", "Put a serial into {text}."),
    ),
    "code_pattern.too_long": (
        Words("编号格式太长", "The code pattern is too long"),
        Words("请缩短 {text}。", "Shorten {text}."),
    ),
    "code_pattern.literal": (
        Words(
            "编号格式里有不能用的字符", "The code pattern has characters that codes may not have"
        ),
        Words("请改正 {text}。", "Mend {text}."),
    ),
    "import.format": (
        Words("不能读这种文件", "This file cannot be read"),
        Words(
            "什么也没有导入。请发送 CSV、XLSX 或 NDJSON。",
            "Nothing was imported. Send CSV, XLSX or NDJSON.",
        ),
    ),
    "import.unreadable": (
        Words("文件读不出来", "The file cannot be read"),
        Words("什么也没有导入。{why}", "Nothing was imported. {why}"),
    ),
    "import.too_many_rows": (
        Words("行数太多", "There are too many rows"),
        Words(
            "什么也没有导入。一次最多 {max} 行，请分几次导入。",
            "Nothing was imported. At most {max} rows at once: import them in parts.",
        ),
    ),
    "export.format": (
        Words("不支持这种导出格式", "No such format of export"),
        Words("可用：csv、xlsx、ndjson。", "Use csv, xlsx or ndjson."),
    ),
    "events.too_many_open": (
        Words("打开的实时连接太多", "Too many live connections are open"),
        Words(
            "请关闭其他页面，或在 {seconds} 秒后再试；用 Last-Event-ID 接着读，不会漏掉。",
            "Close other pages or try again in {seconds} s; with Last-Event-ID nothing is missed.",
        ),
    ),
    "webhook.unknown": (
        Words("没有这个 webhook", "No such webhook"),
        Words("它可能已删除，或不是您的。", "It may have been removed, or not be yours."),
    ),
    "webhook.no_delivery": (
        Words("没有这次发送", "No such delivery"),
        Words(
            "只保留最近的若干次。可用 redeliver 从某个位置重发。",
            "Only the newest are kept. Use redeliver to send from a position on.",
        ),
    ),
    "webhook.too_many": (
        Words("webhook 已到上限", "There are too many webhooks"),
        Words(
            "没有保存。每个账号最多 {max} 个，请先删除不用的。",
            "It was not kept. At most {max} for an account: remove one first.",
        ),
    ),
}
