"""What the codes of this engine say to a person, in both languages."""

from collections.abc import Mapping

from pengcheng.engines.feel import WORDS as FEEL_WORDS
from pengcheng.kernel.errors import Refusal
from pengcheng.kernel.words import LANGUAGES, Words


def said(fault: Refusal) -> Words:
    """What FEEL says of a text that it refuses."""
    told = [(FEEL_WORDS.get(one.code, Words(one.code, one.code)), one) for one in fault.faults]
    zh, en = (
        " ".join(words.fill(language, one.facts) for words, one in told) or str(fault)
        for language in LANGUAGES
    )
    return Words(zh, en)


WORDS: Mapping[str, Words] = {
    # reading a file
    "process.file_too_large": Words(
        "文件有 {size_bytes} 字节，超过上限 {limit_bytes}。",
        "The file has {size_bytes} bytes; the limit is {limit_bytes}.",
    ),
    "process.document_type": Words(
        "文件含有文档类型声明或实体，出于安全不予读取；请删除后重试。",
        "The file declares a document type or entities, which are never read; remove them.",
    ),
    "process.not_xml": Words(
        "第 {line} 行不是合法的 XML：{said}", "Line {line} is not well-formed XML: {said}"
    ),
    "process.other_standard": Words(
        "这是 {standard} 文件；请导出为 BPMN 2.0。",
        "This is a {standard} file; export it as BPMN 2.0.",
    ),
    "process.not_bpmn": Words(
        "这不是 BPMN 2.0 文件（根元素 {element}，命名空间 {namespace}）。",
        "This is no BPMN 2.0 file (root element {element}, namespace {namespace}).",
    ),
    "process.too_many_elements": Words(
        "文件的元素超过 {limit} 个。", "The file has more than {limit} elements."
    ),
    "process.too_deep": Words(
        "文件嵌套超过 {limit} 层。", "The file is nested more than {limit} levels deep."
    ),
    "process.id_twice": Words("编号 {id} 出现了两次。", "The id {id} occurs twice."),
    "process.id_missing": Words(
        "第 {line} 行的元素没有编号。", "The element in line {line} has no id."
    ),
    "process.flow_to_nowhere": Words(
        "顺序流 {flow} 的 {end} 指向不存在的 {missing}（第 {line} 行）。",
        "The {end} of sequence flow {flow} names {missing}, which does not exist (line {line}).",
    ),
    "process.none_in_file": Words("文件里没有流程。", "There is no process in the file."),
    "process.which": Words(
        "请指明流程编号；文件中有：{found}。", "Say which process; the file has: {found}."
    ),
    # the short form
    "process.short_form": Words("流程写得不对：", "The process is not written rightly:"),
    "fault.process.bad_name": Words(
        "“{value}”不能作编号：用英文字母、数字和下划线，以字母开头，且不用 start。",
        "“{value}” is no id: use letters, digits and underscores, begin with a letter, not start.",
    ),
    "fault.process.no_steps": Words("流程没有步骤。", "The process has no steps."),
    "fault.process.too_many_steps": Words(
        "步骤超过 {limit} 个。", "There are more than {limit} steps."
    ),
    "fault.process.step_not_a_mapping": Words(
        "步骤应写成键值形式。", "A step is written as keys and values."
    ),
    "fault.process.unknown_key": Words(
        "不认识“{value}”；可用：{allowed}；最接近：{nearest}。",
        "“{value}” is unknown; allowed: {allowed}; nearest: {nearest}.",
    ),
    "fault.process.unknown_kind": Words(
        "没有“{value}”这种步骤；可用：{allowed}；最接近：{nearest}。",
        "There is no kind “{value}”; allowed: {allowed}; nearest: {nearest}.",
    ),
    "fault.process.unknown_step": Words(
        "没有步骤“{value}”；最接近：{nearest}。",
        "There is no step “{value}”; nearest: {nearest}.",
    ),
    "fault.process.id_twice": Words("步骤 {id} 出现了两次。", "The step {id} occurs twice."),
    "fault.process.wait_for_what": Words(
        "等待步骤要写明等什么：{allowed} 或 actions。",
        "A wait says what for: {allowed} or actions.",
    ),
    "fault.process.end_goes_on": Words(
        "结束步骤之后不能再有步骤。", "Nothing follows an end step."
    ),
    "fault.process.leads_nowhere": Words(
        "步骤 {step} 没有去向：写 actions、next 或 branches。",
        "The step {step} leads nowhere: write actions, next or branches.",
    ),
    "fault.process.late_form": Words(
        "late 写作 {{after, to, interrupts}}。", "late is written {{after, to, interrupts}}."
    ),
    "fault.process.actions_form": Words(
        "actions 写作：动作: 去向。", "actions are written: action: step."
    ),
    "fault.process.branches_form": Words(
        "branches 是 {{when, to}} 的列表。", "branches is a list of {{when, to}}."
    ),
    # what check finds
    "process.cannot_run": Words(
        "流程 {process} 不能发布运行：{said}", "Process {process} cannot be published: {said}"
    ),
    "process.not_supported": Words(
        "{element}：不支持运行“{construct}”（导入导出时保留）。",
        "{element}: a {construct} is kept on import and export, but cannot be run.",
    ),
    "process.empty": Words("{element}：流程是空的。", "{element}: the process is empty."),
    "process.no_start": Words(
        "{element}：没有可以开始的地方。", "{element}: there is nowhere to begin."
    ),
    "process.unreachable": Words(
        "{element}：永远走不到。", "{element}: nothing ever leads here."
    ),
    "process.end_unreachable": Words(
        "{element}：从这里到不了任何结束。", "{element}: no end can be reached from here."
    ),
    "process.dead_end": Words(
        "{element}：没有出路，又不是结束事件。",
        "{element}: nothing leads on, and it is no end event.",
    ),
    "process.ends_without_event": Words(
        "{element}：之后没有结束事件。", "{element}: no end event follows."
    ),
    "process.deadlock": Words(
        "{element}：死锁，有的分支永远到不了这个汇合。",
        "{element}: deadlock; some branch never arrives at this join.",
    ),
    "process.tokens_pile_up": Words(
        "{element}：可能被重复经过而堆积，请确认是有意的。",
        "{element}: may be passed again and again at once; make sure that is meant.",
    ),
    "process.not_proven": Words(
        "{element}：分支太多，未能证明没有死锁（试了 {limit} 种情形）。",
        "{element}: too wide to prove free of deadlock ({limit} markings tried).",
    ),
    "process.loop_without_wait": Words(
        "{element}：循环中没有等待：{nodes}", "{element}: a loop without a wait: {nodes}"
    ),
    "process.loop_of_calls": Words(
        "{element}：循环中只有服务调用：{nodes}", "{element}: a loop of service calls only: {nodes}"
    ),
    "process.default_missing": Words(
        "{element}：没有默认去向；条件都不成立时会停住。",
        "{element}: no default flow; when no condition holds, the step is parked.",
    ),
    "process.default_elsewhere": Words(
        "{element}：默认流 {flow} 不从这里出去。",
        "{element}: the default flow {flow} does not leave from here.",
    ),
    "process.condition_missing": Words("{element}：没有条件。", "{element}: has no condition."),
    "process.event_start": Words(
        "{element}：事件子流程要有且只有一个带触发的开始事件。",
        "{element}: an event sub-process has exactly one start event, with a trigger.",
    ),
    "process.inner_start_triggered": Words(
        "{element}：子流程的开始事件不能有触发。",
        "{element}: the start event of a sub-process has no trigger.",
    ),
    "process.link_to_nowhere": Words(
        "{element}：没有名为“{link}”的链接捕获事件。",
        "{element}: there is no catching link event “{link}”.",
    ),
    "process.boundary_on_nothing": Words(
        "{element}：边界事件没有触发，或没有附着在活动上。",
        "{element}: the boundary event has no trigger, or is attached to no activity.",
    ),
    "process.boundary_never": Words(
        "{element}：{on} 不停留，这个边界事件永远不会发生。",
        "{element}: {on} never rests, so this boundary event never happens.",
    ),
    "process.flow_across": Words(
        "{element}：顺序流不能穿过子流程的边界。",
        "{element}: a sequence flow may not cross the border of a sub-process.",
    ),
    "process.not_awaited": Words(
        "{element}：事件网关 {gateway} 之后只能是可等待的事件。",
        "{element}: after the event-based gateway {gateway} only events may stand.",
    ),
    "process.flow_into_event": Words(
        "{element}：不能有进入的流。", "{element}: no flow may lead into it."
    ),
    "process.flow_out_of_end": Words(
        "{element}：结束事件不能有出去的流。", "{element}: no flow may leave an end event."
    ),
    "process.language": Words(
        "{element}：表达式语言 {language} 不支持；请用 {allowed}。",
        "{element}: the expression language {language} is not run; use {allowed}.",
    ),
    "process.expression_wrong": Words(
        "{element}：表达式“{text}”不对：{said}", "{element}: “{text}” is not right: {said}"
    ),
    "process.expression": Words(
        "{where}：表达式“{text}”不对：{said}", "{where}: “{text}” is not right: {said}"
    ),
    "process.timer_missing": Words(
        "{element}：定时器没有时间。", "{element}: the timer has no time."
    ),
    "process.timer_text": Words(
        "时间“{text}”不对；应写作 {wanted}。", "The time “{text}” is not right; write {wanted}."
    ),
    "process.timer_too_far": Words(
        "定时器晚于 {year_max} 年。", "The timer is later than the year {year_max}."
    ),
    "process.timer_too_often": Words(
        "定时器“{text}”间隔短于 {seconds_min} 秒。",
        "The timer “{text}” repeats faster than every {seconds_min} s.",
    ),
    "process.loop_over_nothing": Words(
        "{element}：多实例没有次数，也没有列表。",
        "{element}: the multi-instance has neither a number nor a list.",
    ),
    "process.loop_without_end": Words(
        "{element}：循环没有条件，也没有次数上限。",
        "{element}: the loop has neither a condition nor a maximum.",
    ),
    # running
    "process.which_start": Words(
        "请指明开始事件：{found}。", "Say which start event: {found}."
    ),
    "process.other_process": Words(
        "这个实例属于流程 {process}。", "The instance is of process {process}."
    ),
    "process.node_unknown": Words(
        "流程 {process} 没有步骤 {node}。", "Process {process} has no step {node}."
    ),
    "process.over": Words("这个实例已经结束（{status}）。", "The instance is over ({status})."),
    "process.done_already": Words(
        "已有人办了这一步，请刷新。", "Someone has done this step already; look again."
    ),
    "process.position_unknown": Words("没有这一步。", "There is no such step."),
    "process.not_completable": Words(
        "这一步（{kind}）不由人或服务完成。",
        "This step ({kind}) is not completed by a person or service.",
    ),
    "process.message_unexpected": Words(
        "没有步骤在等消息“{message}”；正在等：{awaited}。",
        "Nothing waits for the message “{message}”; awaited: {awaited}.",
    ),
    "process.endless": Words(
        "一步之内走了 {steps_max} 次仍未停（{node}）：有没有等待的循环。",
        "{steps_max} moves without a rest (at {node}): a loop without a wait.",
    ),
    "process.too_many_positions": Words(
        "同时进行的步骤超过 {limit} 个。", "More than {limit} steps are under way at once."
    ),
    "process.too_many_rounds": Words(
        "{node}：要做 {rounds} 次，上限 {limit}。",
        "{node}: {rounds} rounds are asked for; the limit is {limit}.",
    ),
    "process.no_way_out": Words(
        "{node}：没有一个条件成立。", "{node}: no condition holds."
    ),
    "process.no_event_to_wait_for": Words(
        "{node}：之后没有可等的事件。", "{node}: no event follows that could be waited for."
    ),
    "process.not_a_list": Words(
        "{node}：变量 {variable} 不是列表。", "{node}: the variable {variable} is no list."
    ),
    "process.not_a_count": Words(
        "{node}：“{value}”不是次数。", "{node}: “{value}” is no number of times."
    ),
    "process.error_uncaught": Words(
        "{node}：错误 {error} 无人处理。", "{node}: nothing handles the error {error}."
    ),
    "process.not_adhoc": Words(
        "这一步不是可自选的子流程。", "This step is no ad-hoc sub-process."
    ),
    "process.not_offered": Words(
        "不能从 {node} 开始；可选：{offered}。",
        "{node} cannot be begun; offered: {offered}.",
    ),
    "process.one_at_a_time": Words(
        "这里一次只能做一件。", "Here one thing is done at a time."
    ),
    "process.not_parked": Words("这一步没有停住。", "This step is not parked."),
    "process.unpublished": Words(
        "流程 {process} 尚未发布。", "The process {process} is not published."
    ),
    "process.instance_unknown": Words("没有这个流程实例。", "There is no such instance."),
    "process.no_account": Words("请先登录。", "Sign in first."),
    "process.taken": Words("这一步已由他人领取。", "Somebody else has taken this step."),
    "process.calls_too_deep": Words(
        "流程层层调用超过 {limit} 层；请看 {process} 是否绕回来调用了自己。",
        "Processes call one another more than {limit} levels deep; see whether {process} comes"
        " round to call itself.",
    ),
    "process.no_service": Words(
        "没有可用的服务“{operation}”；请接通后重试。",
        "There is no service “{operation}”; connect one and retry.",
    ),
    "process.not_yours": Words(
        "您没有这样处理流程的权限（{action}）。", "You have no right to do this ({action})."
    ),
    "process.other_role": Words(
        "这一步由“{role}”办理。", "This step is for the role “{role}”."
    ),
    "process.runs_cases": Words(
        "“{process}”是办件的流程：请通过受理办件来启动，随应用包更新。",
        "“{process}” is the process of a kind of case: accept a case instead, and change it with"
        " its pack.",
    ),
    "process.which_version": Words(
        "请用 --old 写明旧版本。", "Say with --old which older version."
    ),
    "process.step_form": Words(
        "“{given}”请写成 旧步骤=新步骤。", "“{given}”: write it as OLD=NEW."
    ),
    "case.upgrade_nothing": Words(
        "没有按第 {old} 版在办的事项。", "No case is open under version {old}."
    ),
    "case.upgrade_unknown": Words("没有这次升级。", "There is no such upgrade."),
    "case.upgrade_undone_already": Words("这次升级已经退回。", "This upgrade was undone already."),
    "process.upgrade_unknown": Words("没有这次升级。", "There is no such upgrade."),
    "process.which_decision": Words(
        "规则“{rule}”有多个决策（{found}），请写明哪一个。",
        "The rule “{rule}” has several decisions ({found}): say which one.",
    ),
    "process.call_failed": Words(
        "调用了 {tries} 次都没有成功：{said}", "{tries} calls have failed: {said}"
    ),
    "process.not_one_token": Words(
        "{element}（{construct}）：一件事项同一时刻只能停在一步，办件的流程只用人工、服务、规则、接收任务，"
        "排他网关，普通的开始和结束事件",
        "{element} ({construct}): a case stands at one step: its process has user, service, rule"
        " and receive tasks, exclusive gateways, plain start and end events only",
    ),
    "process.case_condition": Words(
        "{element}：办件的走向只由动作决定，条件“{text}”还用到了：{reads}",
        "{element}: where a case goes is chosen by its verb alone; the condition “{text}” also"
        " reads: {reads}",
    ),
    "process.case_way_unnamed": Words(
        '{element}：从一步出去的连线须说明动作：条件 action = "…"，或属性 pengcheng:action',
        '{element}: a way out of a step names its verb: a condition action = "…", or the attribute'
        " pengcheng:action",
    ),
    "process.case_way_stuck": Words(
        "{element}：动作“{verb}”之后没有去处（{said}）",
        "{element}: after the verb “{verb}” nothing leads on ({said})",
    ),
    # upgrading
    "process.cannot_migrate": Words(
        "这个实例现在不能升级：{found}", "The instance cannot be upgraded now: {found}"
    ),
    "process.migrate_moves": Words("随之升级", "moves"),
    "process.migrate_stays": Words("按旧版本办完", "is finished under the old version"),
    "process.migrate_gone": Words(
        "新版本没有这一步，要有人定去向", "the step is gone; someone must say where it goes"
    ),
    "process.migrate_other_kind": Words(
        "这一步换了种类，要有人定去向", "the step is of another kind; someone must decide"
    ),
    "process.migrate_other_place": Words(
        "这一步换了所在的子流程，要有人定去向",
        "the step stands in another sub-process; someone must decide",
    ),
    "process.migrate_during_loop": Words("等这个循环做完", "waits until the loop is done"),
    "process.migrate_during_join": Words("等汇合完成", "waits until the join is complete"),
    "process.migrate_during_gateway": Words(
        "等其中一个事件发生", "waits until one of the events has happened"
    ),
    "process.migrate_during_call": Words(
        "正在自动办理，等这一步做完", "is being done automatically; waits until it is"
    ),
    "process.migrate_during_compensating": Words(
        "等补偿做完", "waits until the compensation is done"
    ),
}  # fmt: skip
