"""What the codes of this engine say to a person, in both languages.

Faults of a text also carry `line`, `column` and `found`.
"""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

WORDS: Mapping[str, Words] = {
    "feel.invalid": Words("表达式有误：", "The expression is not right:"),
    "feel.expected": Words(
        "第 {line} 行第 {column} 列应为 {expected}，写的是“{found}”。",
        "Line {line}, column {column}: {expected} is expected, not “{found}”.",
    ),
    "feel.ended": Words(
        "第 {line} 行第 {column} 列应为 {expected}，但文字到此为止。",
        "Line {line}, column {column}: {expected} is expected, but the text ends.",
    ),
    "feel.unexpected": Words(
        "第 {line} 行第 {column} 列不应有“{found}”。",
        "Line {line}, column {column}: “{found}” is not expected here.",
    ),
    "feel.unknown_name": Words(
        "没有名称“{name}”；请检查写法，或先声明它。",
        "The name “{name}” is unknown; check its spelling or declare it first.",
    ),
    "feel.unknown_type": Words(
        "没有类型“{name}”；请用 FEEL 的类型或已声明的类型。",
        "The type “{name}” is unknown; use a type of FEEL or a declared one.",
    ),
    "feel.wrong_arguments": Words(
        "函数“{function}”的参数不对（给了 {given} 个）。",
        "The arguments do not fit the function “{function}” ({given} given).",
    ),
    "feel.mixed_arguments": Words(
        "参数要么都写名称，要么都按顺序。", "Name all arguments of a call, or none of them."
    ),
    "feel.repeated_key": Words("键“{key}”重复。", "The key “{key}” is repeated."),
    "feel.not_a_date_or_time": Words(
        '{found} 不是日期、时间或时长；写法如 @"2024-05-01"、@"P1D"。',
        '{found} is no date, time or duration; write @"2024-05-01" or @"P1D".',
    ),
    "feel.external_function": Words(
        "不运行 FEEL 以外的函数（Java、PMML）；请用 FEEL 写。",
        "Functions outside FEEL (Java, PMML) are not run; write it in FEEL.",
    ),
    "feel.malformed_pattern": Words("正则表达式写得不对。", "The pattern is not well-formed."),
    "feel.nested_too_deep": Words(
        "嵌套超过 {limit} 层；请拆成几步。", "Nested more than {limit} levels; take it in steps."
    ),
    "feel.too_long": Words(
        "太长，超过上限 {limit}；请缩短或拆开。",
        "Too long, the limit is {limit}; shorten or split it.",
    ),
    "feel.too_deep": Words(
        "调用或数据的层数超过 {limit}；请检查函数是否无止境地调用自己。",
        "Calls or data go deeper than {limit}; see whether a function calls itself without end.",
    ),
    "feel.too_many_steps": Words(
        "计算超过 {limit} 步，已停止；请缩小循环或列表。",
        "Stopped after {limit} steps; make the loops or lists smaller.",
    ),
    "feel.pattern_too_slow": Words(
        "正则表达式 {pattern} 在 {seconds} 秒内未能算完；请简化它。",
        "The pattern {pattern} did not finish within {seconds} s; make it simpler.",
    ),
    "feel.foreign_value": Words(
        "类型为 {type} 的值不能用于表达式。", "A value of type {type} cannot be used here."
    ),
}
