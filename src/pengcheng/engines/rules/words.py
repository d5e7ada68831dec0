"""What the codes of this engine say to a person, in both languages."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

WORDS: Mapping[str, Words] = {
    "rules.invalid": Words("规则“{decision}”有误：", "The rule “{decision}” is not right:"),
    "rules.absent": Words("没有这个决策：{name}。", "There is no such decision: {name}."),
    "rules.better_not_understood": Words(
        "“{given}”不是次序；请写成 列 = 最好, 其次, 最差，或 列 = +（越大越好）、列 = -。",
        "“{given}” is no order; write COLUMN = best, next, worst, or COLUMN = + (more is better)"
        " or -.",
    ),
    "rules.too_large": Words(
        "文件有 {size} 字节，超过上限 {limit}。", "The file has {size} bytes; the limit is {limit}."
    ),
    "rules.not_xml": Words(
        "第 {line} 行第 {column} 列不是合法的 XML：{reason}",
        "Line {line}, column {column} is not well-formed XML: {reason}",
    ),
    "rules.document_type_not_allowed": Words(
        "文件含有文档类型声明或实体，出于安全不予读取；请删除后重试。",
        "The file declares a document type or entities, which are never read; remove them.",
    ),
    "rules.nested_too_deep": Words(
        "文件嵌套超过 {limit} 层。", "The file is nested more than {limit} levels deep."
    ),
    "rules.too_many_elements": Words(
        "文件的元素超过 {limit} 个。", "The file has more than {limit} elements."
    ),
    "rules.too_many_decisions": Words(
        "有 {count} 个决策，超过上限 {limit}；请分成几个模型。",
        "There are {count} decisions; the limit is {limit}: make several models.",
    ),
    "rules.too_many_rows": Words(
        "决策表有 {count} 行，超过上限 {limit}；请拆分，或把数据放进数据集。",
        "The table has {count} rows; the limit is {limit}: split it, or make its data a dataset.",
    ),
    "rules.too_many_columns": Words(
        "决策表有 {count} 列，超过上限 {limit}。",
        "The table has {count} columns; the limit is {limit}.",
    ),
    "rules.row_does_not_fit": Words(
        "第 {row} 行有 {inputs} 个条件、{outputs} 个结果，"
        "应为 {input_columns} 个、{output_columns} 个。",
        "Row {row} has {inputs} conditions and {outputs} results; "
        "{input_columns} and {output_columns} are wanted.",
    ),
    "rules.other_standard": Words(
        "这是 {found} 文件（根元素 {element}）；请导出为 DMN 1.3、1.4 或 1.5。",
        "This is a {found} file (root element {element}); export it as DMN 1.3, 1.4 or 1.5.",
    ),
    "rules.unknown_hit_policy": Words(
        "没有命中策略“{found}”；可用：{allowed}。",
        "There is no hit policy “{found}”; allowed are {allowed}.",
    ),
    "rules.unknown_aggregation": Words(
        "没有汇总方式“{found}”；可用：{allowed}。",
        "There is no aggregation “{found}”; allowed are {allowed}.",
    ),
    "rules.circular": Words(
        "决策互相依赖成环：{circle}。", "Decisions rest on each other in a circle: {circle}."
    ),
    "rules.repeated_id": Words(
        "模型“{model}”中编号 {id} 出现了两次。", "The id {id} occurs twice in the model “{model}”."
    ),
    "rules.missing_import": Words(
        "缺少导入的模型 {namespace}；请一并给出。",
        "The imported model {namespace} is missing; give it too.",
    ),
    "rules.unknown_reference": Words(
        "引用 {reference} 指向不存在的元素。", "The reference {reference} leads to no element."
    ),
    "rules.input_missing": Words("缺少输入“{name}”。", "The input “{name}” is missing."),
    "rules.input_misfit": Words(
        "输入“{name}”应为 {type} 类型。", "The input “{name}” must be of type {type}."
    ),
    "rules.unknown_type": Words(
        "没有类型“{name}”；请先声明它。", "The type “{name}” is unknown; declare it first."
    ),
    "rules.external_function": Words(
        "不运行 {kind} 函数；请用 FEEL 写。", "A {kind} function is not run; write it in FEEL."
    ),
    "rules.age_unknown": Words(
        "输入“{name}”的最长时限“{found}”不是时长；请写成 P30D、PT2H 这样。",
        "The maximum age “{found}” of the input “{name}” is no length of time; write P30D or PT2H.",
    ),
    "rules.too_old": Words(
        "数据已过期，不能据此决定：{names}。请更新后再办；什么也没有改变。",
        "The data are too old to decide by: {names}. Renew them first; nothing was changed.",
    ),
    "rules.input_too_old": Words(
        "“{name}”取自 {source}，已有 {age}，规则要求不超过 {limit}。",
        "“{name}” from {source} is {age} old; the rule allows {limit}.",
    ),
    "rules.unpublished": Words(
        "没有发布过规则“{name}”；请先发布。", "The rule “{name}” is not published; publish it."
    ),
    "rules.version_altered": Words(
        "规则“{name}”第 {number} 版的内容与发布时不同，不予运行；请通知管理员。",
        "Version {number} of the rule “{name}” is not what was published and is not run; "
        "tell the administrator.",
    ),
    "rules.no_model": Words(
        "这一步（{rule}）由算法得出，没有决策表可以重算。",
        "This step ({rule}) was made by an algorithm; there is no decision model to run again.",
    ),
    "rules.trial_unknown": Words(
        "没有这次试算；试算的结果保留 30 天。",
        "There is no such trial; what a trial found is kept for 30 days.",
    ),
    "rules.trial_given_up": Words(
        "试算几次都中断了，已放弃；请缩短时间范围再试。",
        "The trial broke off several times and was given up; try a shorter time.",
    ),
    "decision.unknown": Words(
        "没有这个决定，或您无权查看。", "There is no such decision, or you may not see it."
    ),
}
