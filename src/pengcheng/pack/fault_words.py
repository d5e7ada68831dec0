"""The sentences of pack faults in both languages; every one says what to do."""

from pengcheng.kernel.words import Words

ALLOWED = Words("可用：", "allowed: ")
MORE = Words("，另有 {rest} 个", " and {rest} more")
NEAREST = Words("是否为“{nearest}”", "did you mean “{nearest}”")

WORDS: dict[str, Words] = {
    # the folder
    "folder.absent": Words("没有应用包文件夹 {given}", "there is no pack folder {given}"),
    "folder.name": Words(
        "文件夹名“{given}”须为小写字母、数字和下划线，并与 pack.yaml 中的 name 相同",
        "the folder name “{given}” must be lower-case letters, digits and _, and equal the name"
        " in pack.yaml",
    ),
    "file.missing": Words("缺少必需文件 {name}", "the required file {name} is missing"),
    "file.unknown": Words(
        "应用包中没有“{given}”这种文件，请移走或改名",
        "a pack has no file “{given}”: move or rename it",
    ),
    "file.empty": Words("文件为空，请写入内容", "the file is empty: write it"),
    "file.too_large": Words(
        "文件超过 {limit} 字节，请拆分", "the file is larger than {limit} bytes: split it"
    ),
    "file.not_text": Words("文件不是 UTF-8 文本", "the file is not UTF-8 text"),
    "file.link": Words("不接受符号链接", "symbolic links are not accepted"),
    "pack.too_long": Words(
        "声明共 {lines} 行，超过 {limit} 行，请拆成两个应用包",
        "{lines} declared lines, more than {limit}: make it two packs",
    ),
    "pack.twice": Words("应用包“{given}”出现了两次", "the pack “{given}” occurs twice"),
    "pack.needs_unknown": Words(
        "needs 中的应用包“{given}”没有一起加载", "the pack “{given}” in needs is not loaded with it"
    ),
    "pack.needs_circle": Words(
        "应用包互相需要，成了环：{circle}", "packs need each other in a circle: {circle}"
    ),
    # YAML
    "yaml.syntax": Words("YAML 写法有误：{problem}", "this is not well-formed YAML: {problem}"),
    "yaml.alias": Words(
        "不接受锚点和别名，请把内容写出来", "anchors and aliases are refused: write it out"
    ),
    "yaml.tag": Words("不接受标签“{given}”", "the tag “{given}” is refused: tags are not used"),
    "yaml.merge": Words("不接受合并键“<<”", "the merge key << is refused: write it out"),
    "yaml.version": Words("只接受 YAML 1.2", "only YAML 1.2 is accepted"),
    "yaml.documents": Words("一个文件只写一份文档", "one file holds one document"),
    "yaml.key": Words("键须为文字", "a key must be a text"),
    "yaml.twice": Words(
        "“{given}”在第 {first} 行已写过一次", "“{given}” already stands on line {first}"
    ),
    "yaml.deep": Words("嵌套超过 {limit} 层", "nested deeper than {limit} levels"),
    "yaml.many": Words(
        "内容超过 {limit} 个节点，请拆分", "more than {limit} nodes: split the file"
    ),
    # shapes
    "shape.unknown_key": Words("没有“{given}”这一项", "there is no key “{given}” here"),
    "shape.missing_key": Words("缺少“{name}”", "“{name}” is missing"),
    "shape.root": Words(
        "文件应为键和值，而不是{got_zh}", "the file must be keys and values, not {got}"
    ),
    "shape.kind": Words("应为{wanted_zh}，写的却是{got_zh}", "must be {wanted}, not {got}"),
    "shape.quote": Words(
        "应为文字：请给 {given} 加引号", "must be a text: put {given} in quotation marks"
    ),
    "shape.choice": Words("“{given}”不可用", "“{given}” is not possible here"),
    "shape.pattern": Words(
        "“{given}”的写法不对，应如 {example}", "“{given}” is not written like {example}"
    ),
    "shape.range": Words(
        "{given} 须在 {low} 与 {high} 之间", "{given} must be from {low} to {high}"
    ),
    "shape.length": Words(
        "长度（个数）须在 {low} 与 {high} 之间",
        "must have from {low} to {high} characters or items",
    ),
    "shape.number": Words("须为有限的数", "must be a finite number"),
    # references
    "name.unknown": Words("没有声明{what_zh}“{given}”", "no {what} “{given}” is declared"),
    "name.not_needed": Words(
        "{what_zh}“{given}”属于应用包 {pack}，请把它写入 pack.yaml 的 needs",
        "the {what} “{given}” belongs to the pack {pack}: name that in needs of pack.yaml",
    ),
    "name.twice": Words(
        "{what_zh}“{given}”已在 {first} 声明", "the {what} “{given}” is already declared at {first}"
    ),
    "name.reserved": Words(
        "“{given}”是保留名，请换一个名称", "“{given}” is reserved: choose another name"
    ),
    "attribute.needs": Words(
        "is: {is_kind} 的属性须写 {name}", "an attribute with is: {is_kind} must have {name}"
    ),
    "attribute.unfit": Words(
        "{name} 不适用于 is: {is_kind} 的属性",
        "{name} does not suit an attribute with is: {is_kind}",
    ),
    "attribute.unfit_list": Words(
        "{name} 不适用于 many: true 的属性", "{name} does not suit an attribute with many: true"
    ),
    "attribute.count": Words(
        "这里的 min 和 max 是个数，须为 0 到 {limit} 的整数",
        "here min and max are numbers of entries: whole, from 0 to {limit}",
    ),
    "attribute.single": Words(
        "这里要用只有一个值的属性，“{given}”有多个值",
        "an attribute with one value is needed here; “{given}” has many",
    ),
    "table.all_computed": Words(
        "表至少要有一列由人填写", "a table needs a column that is not computed"
    ),
    "rule.names_nothing": Words("这条规则没有用到任何属性", "this rule speaks of no attribute"),
    "computed.kind": Words(
        "is: {is_kind} 的属性不能由公式得出", "an attribute with is: {is_kind} cannot be computed"
    ),
    "computed.unfit": Words(
        "{name} 不适用于算出的属性", "{name} does not suit an attribute that is computed"
    ),
    "effect.creates_or_changes": Words(
        "写 creates（对象类型）或 changes（办件的字段），只写一个",
        "write creates (an object type) or changes (a field of the case): one of them",
    ),
    "effect.unfit": Words("{name} 只用于 creates", "{name} goes with creates only"),
    "effect.needs": Words("set 里缺少必填的属性", "set lacks attributes that are required"),
    "effect.code": Words(
        "类型 {given} 没有 code 编号规则，新记录无从编号",
        "the type {given} has no code pattern, so a record that is made has no number",
    ),
    "effect.place": Words(
        "place 要求办件和对象的位置都是 point", "place needs a point as the place of both"
    ),
    "effect.sensitivity": Words(
        "它来自更敏感的 {names}：请给这个属性同样的 sensitivity",
        "it comes from {names}, which is more sensitive: give the attribute the same sensitivity",
    ),
    "computed.event": Words(
        "事件由报告合成，属性不能是算出的",
        "an event is made of reports: its attributes cannot be computed",
    ),
    "computed.asked": Words(
        "“{given}”是算出的，表单不用问它", "“{given}” is computed: a form does not ask for it"
    ),
    "computed.clock": Words(
        "算出的值在记录改变时才更新，不能依赖 now() 或 today()；可在规则里用它们",
        "a computed value is made when its record changes: it cannot ask now() or today(), which "
        "rules may",
    ),
    "computed.sensitivity": Words(
        "它由更敏感的 {names} 算出：请给它同样的 sensitivity",
        "it is computed from {names}, which is more sensitive: give it the same sensitivity",
    ),
    "attribute.pattern": Words(
        "正则表达式有误或过于复杂：{problem}",
        "the pattern is not a safe regular expression: {problem}",
    ),
    "attribute.default": Words(
        "默认值不符合该属性：{problem_zh}", "the default does not fit the attribute: {problem}"
    ),
    "attribute.order": Words("min 大于 max", "min is greater than max"),
    "code.pattern": Words(
        "编码规则“{given}”有误：{problem_zh}", "the code pattern “{given}” is wrong: {problem}"
    ),
    "codes.source": Words(
        "代码表须且只须写 codes 或 from 之一", "a code list has either codes or from, one of them"
    ),
    "codes.parent": Words(
        "上级代码“{given}”不在表中", "the parent code “{given}” is not in the list"
    ),
    "codes.circle": Words(
        "代码“{given}”的上级成了环", "the parents of the code “{given}” form a circle"
    ),
    "csv.absent": Words("没有文件 {given}", "there is no file {given}"),
    "csv.column": Words("没有“{given}”这一列", "there is no column “{given}”"),
    "csv.twice": Words("列“{given}”出现了两次", "the column “{given}” occurs twice"),
    "csv.width": Words(
        "这一行有 {got} 格，表头有 {wanted} 格", "this row has {got} cells, the head has {wanted}"
    ),
    "csv.value": Words("“{name}”：{problem_zh}", "“{name}”: {problem}"),
    "csv.reference": Words(
        "“{name}”所指的 {to} “{given}”不在样例中",
        "“{name}” names a {to} “{given}” that no sample has",
    ),
    "csv.rows": Words("超过 {limit} 行", "more than {limit} rows"),
    # processes
    "process.unreachable": Words("从起点到不了步骤“{given}”", "no way leads to the step “{given}”"),
    "process.endless": Words(
        "从步骤“{given}”走不到任何结束步骤", "from the step “{given}” no end can be reached"
    ),
    "process.no_role": Words("人工步骤“{given}”须写 role", "the user step “{given}” needs a role"),
    "process.end_acts": Words(
        "结束步骤“{given}”不能有动作", "the end step “{given}” has no actions"
    ),
    "process.no_action": Words(
        "步骤“{given}”没有动作，走不出去", "the step “{given}” has no action: nothing leads on"
    ),
    "process.no_clock": Words(
        "步骤“{given}”须写 within：每个未了结的步骤都有时限",
        "the step “{given}” needs within: each open step has a clock",
    ),
    "process.no_expiry": Words(
        "等待步骤“{given}”须有动作 expire：等候期满后去哪里",
        "the wait step “{given}” needs the action expire: where it leads when time is up",
    ),
    "process.loop": Words(
        "自动步骤成环，中间没有人也没有等待：{circle}",
        "service and rule steps form a circle with no person and no wait: {circle}",
    ),
    "process.steps_or_file": Words(
        "流程须写 start 和 steps，或写 file（BPMN 文件），二者取一",
        "a process has either start and steps, or file (a BPMN file), one of them",
    ),
    "process.file_absent": Words(
        "processes 文件夹里没有文件 {given}", "there is no file {given} in the folder processes"
    ),
    "process.within": Words(
        "时限“{given}”写法有误，例如 5 working days",
        "the time limit “{given}” is not written like 5 working days",
    ),
    # rules, expressions, logic
    "feel.invalid": Words("表达式有误：{problem_zh}", "the expression is wrong: {problem}"),
    "rule.no_rows": Words("决策表没有行", "the decision table has no rows"),
    "bpmn.finding": Words("这个流程不能运行：{problem_zh}", "this process cannot run: {problem}"),
    "dmn.invalid": Words("DMN 文件有误：{problem}", "the DMN file is refused: {problem}"),
    "logic.syntax": Words(
        "Python 写法有误：{problem}", "this is not well-formed Python: {problem}"
    ),
    "logic.import": Words("logic.py 不可导入“{given}”", "a pack's code may not import “{given}”"),
    "logic.call": Words("应用包的代码不可使用“{given}”", "a pack's code may not use “{given}”"),
    "logic.level": Words(
        "模块层面只可有说明、导入、常量、函数和类",
        "at module level stand only a docstring, imports, constants, functions and classes",
    ),
    "logic.too_long": Words("超过 {limit} 行", "longer than {limit} lines"),
    "logic.untyped": Words(
        "函数“{given}”须注明每个参数和结果的类型",
        "the function “{given}” must state the types of its parameters and result",
    ),
    # screens, rights, indicators
    "indicator.unfit": Words(
        "{name} 不适用于 measure: {measure}", "{name} does not suit measure: {measure}"
    ),
    "indicator.codes": Words(
        "by 中只能有一个代码属性，已有“{first}”",
        "only one code attribute may stand in by, and “{first}” does",
    ),
    "indicator.personal": Words(
        "{names} 是个人信息，不能用来计数", "{names} is personal: no figure is made of it"
    ),
    "indicator.clock": Words(
        "办件（{name}）的指标在办件变化时计数，不能用 now() 或 today()："
        "逾期写 was_late，计时状态写 clock，或改为统计对象、事件",
        "a figure of cases ({name}) is counted when its case changes and cannot ask now() or "
        "today(): write was_late or clock, or count records or events",
    ),
    "indicator.ratio": Words(
        "比值由 count 或 sum 指标相除，“{given}”是 {measure}",
        "a ratio is of counts or sums, and “{given}” is a {measure}",
    ),
    "recurring.on": Words(
        "on 是一周、一月、一季或一年中的第几天（every: month 等），不与 since 或多个周期同用",
        "on is a day of each week, month, quarter or year (every: month), with no number before it "
        "and no since",
    ),
    "recurring.needs": Words("set 里缺少办件必填的字段", "set lacks fields that the case requires"),
    "indicator.needs": Words("measure: {measure} 须写 {name}", "measure: {measure} needs {name}"),
    "screen.needs": Words("“{what_for}”页面须写 {name}", "a {what_for} needs {name}"),
    # stories
    "story.needs": Words(
        "此句须且只须写其一：{names}", "this sentence needs exactly one of: {names}"
    ),
    "story.failed": Words(
        "故事不成立：期望 {wanted}，实际 {got}", "the story fails: wanted {wanted}, got {got}"
    ),
}
