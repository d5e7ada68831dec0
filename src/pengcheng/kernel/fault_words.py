"""What a person reads when a field of an input is wrong, by fault code: what, and how to mend it.

`{field_zh}` and `{field_en}` are the field's label; the other facts are those of the fault.
"""

from collections.abc import Mapping

from pengcheng.kernel.errors import Fault
from pengcheng.kernel.fault_words_queries import QUERY_WORDS
from pengcheng.kernel.fault_words_takeover import TAKEOVER_WORDS
from pengcheng.kernel.words import Language, Words

UNKNOWN = Words("输入有误，请检查后重填", "This is not right: check it and enter it again")

FAULT_WORDS: Mapping[str, Words] = {
    **TAKEOVER_WORDS,
    **QUERY_WORDS,
    "account.unknown": Words("没有这个账号", "There is no such account"),
    "account.not_in_unit": Words("这个人不在该单位任职", "This person has no post in the unit"),
    "account.own": Words("不能停用自己的账号", "You cannot deactivate your own account"),
    "account.closing_unconfirmed": Words("请确认注销", "Confirm that the account is to close"),
    "account.own_lock": Words("不能锁定自己的账号", "You cannot lock your own account"),
    "username.form": Words(
        "用户名写 3 到 {length_max} 个字母、数字、点或下划线",
        "A user name has 3 to {length_max} letters, digits, dots or underscores",
    ),
    "username.taken": Words(
        "这个用户名已被使用，请换一个", "This user name is taken: choose another"
    ),
    "telephone.taken": Words(
        "这个号码已登记在另一个人名下", "This number is registered for somebody else already"
    ),
    "row.twice": Words("这一行和前面的某一行重复", "This repeats an earlier row"),
    "parked.unknown": Words(
        "没有这项搁置的工作，或已处理", "No such parked work, or it is settled"
    ),
    "row.differs": Words(
        "与第 {row} 行里同一个人的内容不同",
        "It differs from row {row}, which is of the same person",
    ),
    "post.not_held": Words("这个人没有这个岗位，无法终止", "This person holds no such post to end"),
    "day.not_arranged": Words("这一天没有本市的安排", "The city has arranged nothing on this day"),
    "organisation.has_open_cases": Words(
        "还有 {cases} 件未办结，先转出再停用", "It has {cases} open cases: transfer them first"
    ),
    "organisation.has_active_beneath": Words(
        "下面还有在用的机构，先停用或移走",
        "Others beneath it are in use: retire or move them first",
    ),
    "period.reversed": Words(
        "结束日期不能早于开始日期", "It cannot end before it starts: mend one of the two days"
    ),
    "post.held": Words(
        "这个人在同一时段已有这个岗位", "This person holds the same post in this period already"
    ),
    "role.form": Words(
        "键以小写字母开头，只用小写字母、数字和下划线，2 到 40 个",
        "A key begins with a lower-case letter; 2 to 40 lower-case letters, digits, underscores",
    ),
    "role.taken": Words("这个键已被一个角色使用", "A role has this key already"),
    "organisation.not_yours": Words(
        "这个机构不在您管理的范围内", "This organisation is not within what you administer"
    ),
    "organisation.level_above": Words(
        "下级的层级不能高于上级", "An organisation cannot be of a higher level than its superior"
    ),
    "organisation.moved_apart": Words(
        "已有的机构换上级请在机构页面办理，这里保持原样",
        "An organisation that exists is moved on its own page: keep parent and level as they are",
    ),
    "organisation.beneath_itself": Words(
        "不能移到自己或自己的下级之下", "It cannot be moved beneath itself"
    ),
    "organisation.there_already": Words("它已经在这个上级之下", "It stands there already"),
    "password.not_again": Words("两次输入的新密码不一样", "The two new passwords differ"),
    "days.too_many": Words("一次最多 {limit} 天", "At most {limit} days at once"),
    "sheet.no_rows": Words("表头下面没有一行内容", "There is no row below the column names"),
    "area.unknown": Words("本市没有这个区划", "The city has no such area"),
    "area.not_yours": Words("这个区划不在您的管理范围", "This area is not yours to administer"),
    "area.overlaps": Words(
        "与网格 {other} 重叠：一个点只能在一个网格里",
        "It overlaps cell {other}: a point lies in one cell only",
    ),
    "geometry.crossing": Words(
        "轮廓不合法（{why}）：边不能相交",
        "The outline is not valid ({why}): its edges must not cross",
    ),
    "sheet.geojson": Words(
        "不是 GeoJSON 的 FeatureCollection", "This is no GeoJSON FeatureCollection"
    ),
    "sheet.crs": Words(
        "坐标系要用 WGS 84 或 CGCS 2000 的经纬度，先转换再导入",
        "Coordinates must be longitude and latitude in WGS 84 or CGCS 2000: convert them first",
    ),
    "area.parent": Words(
        "上级区划应是 {wanted}，先导入上级", "Its area above is {wanted}: import that one first"
    ),
    "area.level": Words("代码的位数说它是“{told}”", "By its code its level is “{told}”"),
    "geometry.form": Words(
        "轮廓写成 WKT 或 GeoJSON 的 POLYGON 或 MULTIPOLYGON，经纬度（WGS 84）",
        "Write an outline as a POLYGON or MULTIPOLYGON in WKT or GeoJSON, longitude and latitude",
    ),
    "password.same": Words("新密码不能和旧密码一样", "The new password must differ from the old"),
    "open311.place_missing": Words(
        "缺 lat 和 long，或 address_string、address_id", "Give lat and long, or an address"
    ),
    "open311.span": Words("最多相差 {days} 天，请分段查询", "At most {days} days: ask in parts"),
    "sheet.columns": Words("表头有重复或太多", "Column names repeat, or are too many"),
    "sheet.unreadable": Words("表格读不出来：{why}", "The sheet cannot be read: {why}"),
    "boolean.form": Words("请写 true 或 false", "Write true or false"),
    "file.required": Words("请附上文件", "Attach a file"),
    "value.unfit": Words(
        "有一个值太大，或含有不能保存的字符",
        "A value is too large, or holds a character that cannot be kept",
    ),
    "query.text": Words(
        "“{field}”太长或含有控制字符", "“{field}” is too long or holds control characters"
    ),
    "area.code": Words(
        "区划代码应为 12 位，网格为 15 位", "An area code has 12 digits, a grid cell's 15"
    ),
    "bbox.form": Words("范围写成 西,南,东,北 四个数", "Write a box as west,south,east,north"),
    "code.form": Words("编号太长或有看不见的字符", "The code is too long or unprintable"),
    "value.taken": Words(
        "另一条记录已有这个值，它不可重复：请更正，或去改那条记录",
        "Another record has this value, which may stand only once: mend it, or change that record",
    ),
    "schema.duplicates": Words(
        "{type} 的 {attribute} 要求不重复，但有 {count} 个值重复：请先改正这些记录",
        "{attribute} of {type} is to be unique, but {count} values stand more than once: "
        "mend those records first",
    ),
    "schema.relation_to": Words(
        "{type} 的关系 {relation} 已有 {count} 条连到 {to}：请给新的关系另取一个名字",
        "{count} edges of {relation} of {type} lead to {to}: give the new relation another name",
    ),
    "schema.relation_one": Words(
        "{type} 的关系 {relation} 同时只能有一条，但有 {count} 条记录有几条：请先让多余的到期",
        "{relation} of {type} is to stand once at a time, but {count} records have several: "
        "end those first",
    ),
    "effect.refused": Words(
        "“{effect_zh}”办不成，这一步没有执行。{what_zh}：{why_zh}",
        "“{effect_en}” cannot be done, so nothing was. {what_en}: {why_en}",
    ),
    "effect.names_none": Words(
        "办件没有指明是哪一条记录", "the case does not name the record that it is about"
    ),
    "rule.broken": Words("{message_zh}", "{message_en}"),
    "field.computed": Words(
        "“{field_zh}”由其他各项算出，不用填写", "“{field_en}” is computed: leave it out"
    ),
    "relation.itself": Words("记录不能与自己相连", "A record cannot be related to itself"),
    "relation.order": Words("结束须晚于开始", "The end must be after the beginning"),
    "relation.twice": Words(
        "这两条记录在这段时间里已经相连", "These two are related already at that time"
    ),
    "relation.one_only": Words(
        "“{relation_zh}”同时只能有一条：请先让原来的到期",
        "There is one “{relation_en}” at a time: end the one that stands first",
    ),
    "relation.ended": Words(
        "它已有更早的结束时间；之后又相连的，请另加一条",
        "It ended earlier already; if they are related again since, add another edge",
    ),
    "schema.place": Words(
        "{type} 的位置不能换成另一种图形：请声明一个新类型",
        "The place of {type} cannot become another kind of shape: declare a new type",
    ),
    "schema.step_gone": Words(
        "有 {count} 件 {kind} 停在步骤“{step}”，流程却没有这一步了："
        "请放回它，或把流程的 version 加一",
        "{count} open cases of {kind} stand at the step “{step}”, which is gone: put it back, or "
        "raise the version of the process",
    ),
    "schema.kind_gone": Words(
        "有 {count} 件 {kind} 未办结，它的声明却不在了：请先放回这个应用包",
        "{count} cases of {kind} are open, but nothing declares it any more: put its pack back",
    ),
    "schema.role": Words(
        "{type} 已是另一种声明（对象、事件或办件）：请另取一个名字",
        "{type} stands already as another kind of declaration (object, event, case): "
        "choose another name",
    ),
    "record.not_standing": Words("没有这个编号的记录可停用", "No record of this code to retire"),
    "record.not_yours": Words("这条记录不在您的权限内", "This record is beyond your rights"),
    "code.taken": Words("编号已被使用，请换一个", "This code is taken: choose another"),
    "one_time_code.wrong": Words(
        "验证码不对或已过期，请重新获取", "The code is wrong or has expired: ask for a new one"
    ),
    "enterprise.not_yours": Words("您不是这家企业的办事人", "You do not act for this enterprise"),
    "field.not_yours": Words("您无权修改这一项", "You may not change this field"),
    "json.malformed": Words("不是正确的 JSON：{why}", "Not valid JSON: {why}"),
    "json.twice": Words("“{field}”写了两次，请只留一个", "“{field}” stands twice: leave one"),
    "json.not_object": Words("请发送一个 JSON 对象", "Send a JSON object"),
    "key.form": Words(
        "Idempotency-Key 须为 8 至 128 个可见字符",
        "Idempotency-Key must have 8 to 128 printable characters",
    ),
    "key.reused": Words(
        "这个 Idempotency-Key 已用于另一个请求，请换一个",
        "This Idempotency-Key belongs to another request: take a new one",
    ),
    "id.form": Words(
        "编号写法不对，请用上一页给出的", "This is no id: use the one of the page before"
    ),
    "process.step_unknown": Words("流程中没有“{step}”这个环节", "The process has no step “{step}”"),
    "organisation.retired": Words("该单位已停用，请另选", "This organisation is retired"),
    "unit.several": Words(
        "叫“{given}”的单位不止一个，请从下面选",
        "More than one unit is named “{given}”: choose below",
    ),
    "organisation.unknown": Words("没有这个单位，请重新选择", "There is no such organisation"),
    "password.length": Words(
        "密码须有 {low} 至 {high} 个字符", "A password has {low} to {high} characters"
    ),
    "password.weak": Words("密码太简单，请换一个", "This password is too simple"),
    "password.wrong": Words("原密码不对", "The old password is wrong"),
    "place.unwanted": Words("这类记录没有位置", "Records of this type have no place"),
    "number.range": Words("须在 {low} 与 {high} 之间", "Must lie between {low} and {high}"),
    "reference.unknown": Words("所指的记录不存在", "The record that it names does not exist"),
    "shape.wrong": Words("写法不对：{why}", "Wrong shape: {why}"),
    "record.kind": Words("应为字段名和值", "Send field names with values"),
    "field.unknown": Words(
        "没有“{field}”这个字段，请删去", "There is no field “{field}”: remove it"
    ),
    "field.required": Words("请填写{field_zh}", "Enter: {field_en}"),
    "text.kind": Words("{field_zh}须为文字", "{field_en} must be a text"),
    "view.too_many": Words(
        "存好的视图最多 {max} 个，请先去掉不用的",
        "At most {max} views are kept: remove one that is not used first",
    ),
    "text.too_long": Words(
        "{field_zh}最多 {limit} 个字，现有 {length} 个，请缩短",
        "{field_en} may have {limit} characters and has {length}: shorten it",
    ),
    "text.control": Words(
        "{field_zh}中有看不见的控制字符，请删去后重填",
        "{field_en} holds invisible control characters: type it anew",
    ),
    "text.one_line": Words("{field_zh}须写在一行内", "{field_en} must be a single line"),
    "text.pattern": Words(
        "{field_zh}的写法应符合 {pattern}", "{field_en} must be written as {pattern}"
    ),
    "integer.kind": Words(
        "{field_zh}须为整数，如 12", "{field_en} must be a whole number, such as 12"
    ),
    "integer.too_large": Words("{field_zh}的数太大", "{field_en} is too large a number"),
    "number.kind": Words("{field_zh}须为数，如 12.5", "{field_en} must be a number, such as 12.5"),
    "number.not_finite": Words("{field_zh}须为有限的数", "{field_en} must be a finite number"),
    "number.too_low": Words("{field_zh}不可小于 {low}", "{field_en} must be at least {low}"),
    "number.too_high": Words("{field_zh}不可大于 {high}", "{field_en} must be at most {high}"),
    "boolean.kind": Words("{field_zh}请选是或否", "{field_en}: choose yes or no"),
    "date.form": Words(
        "{field_zh}请写成 2026-03-01 的形式", "{field_en}: write the date like 2026-03-01"
    ),
    "date.unreal": Words(
        "没有 {given} 这一天，请改正", "There is no such day as {given}: correct it"
    ),
    "instant.form": Words(
        "{field_zh}请写成 2026-03-01T09:30:00+08:00 的形式",
        "{field_en}: write the time like 2026-03-01T09:30:00+08:00",
    ),
    "instant.no_zone": Words(
        "{field_zh}请注明时区，如 +08:00", "{field_en}: state the time zone, such as +08:00"
    ),
    "code.kind": Words("{field_zh}请从列表中选择", "{field_en}: choose from the list"),
    "code.unknown": Words(
        "{field_zh}中没有“{given}”，可选：{allowed}",
        "{field_en} has no “{given}”; choose from: {allowed}",
    ),
    "reference.form": Words(
        "{field_zh}所指的记录写法不对，请重新选择",
        "{field_en} does not name a record: choose it again",
    ),
    "identity_number.length": Words(
        "{field_zh}应为 18 位（末位可为 X），请核对证件",
        "{field_en} has 18 digits (the last may be X): compare it with the card",
    ),
    "identity_number.area": Words(
        "{field_zh}前两位不是地区代码，请核对证件",
        "{field_en} does not begin with an area code: compare it with the card",
    ),
    "identity_number.birth": Words(
        "{field_zh}中的出生日期不存在，请核对证件",
        "{field_en} holds no real date of birth: compare it with the card",
    ),
    "identity_number.check": Words(
        "{field_zh}的校验位不符，可能输错了一位，请核对证件",
        "{field_en}: the check digit does not fit, a digit may be wrong: compare it with the card",
    ),
    "social_credit_code.length": Words(
        "{field_zh}应为 18 位数字和大写字母（无 I、O、S、V、Z），请核对营业执照",
        "{field_en} has 18 digits and capitals (no I, O, S, V, Z): compare it with the licence",
    ),
    "social_credit_code.area": Words(
        "{field_zh}第 3 至 8 位不是行政区划代码，请核对营业执照",
        "{field_en}: places 3 to 8 are no division code: compare it with the licence",
    ),
    "social_credit_code.check": Words(
        "{field_zh}的校验位不符，可能输错了一位，请核对营业执照",
        "{field_en}: the check digit does not fit: compare it with the licence",
    ),
    "telephone.form": Words(
        "{field_zh}不是电话号码，请写 11 位手机号或带区号的固定电话",
        "{field_en} is not a telephone number: enter a mobile number or one with its area code",
    ),
    "email.form": Words(
        "{field_zh}不是电子邮箱，请写成 name@example.com 的形式",
        "{field_en} is not an e-mail address: write it like name@example.com",
    ),
    "schema.many_values": Words(
        "{attribute} 有 {count} 条记录填了多项，改成单项会丢失：请先让每条只留一项",
        "{count} records have several values of {attribute}: leave each with one first",
    ),
    "list.kind": Words("{field_zh}须为列表", "{field_en} must be a list"),
    "list.blank": Words("是空的，请填写或删去", "It is empty: fill it in or remove it"),
    "list.twice": Words("“{given}”重复，请删去一个", "“{given}” stands twice: remove one of them"),
    "list.too_few": Words("{field_zh}至少要有 {low} 项", "{field_en}: give at least {low}"),
    "list.too_many": Words("{field_zh}最多 {high} 项", "{field_en}: give at most {high}"),
    "table.form": Words(
        "{field_zh}读不出来：第一行写列名，以下每行一条，列之间用 | 隔开",
        "{field_en} cannot be read: column names first, then a line for each row, cells split by |",
    ),
    "table.too_large": Words(
        "{field_zh}合计超过 {limit} 字节，请写短些", "{field_en} is over {limit} bytes: shorten it"
    ),
    "files.kind": Words(
        "{field_zh}须为已上传文件的列表", "{field_en} must be a list of uploaded files"
    ),
    "files.form": Words(
        "{field_zh}中有文件没有上传成功，请重新上传",
        "{field_en} names a file that was not uploaded: upload it again",
    ),
    "files.too_many": Words("{field_zh}最多 {limit} 个文件", "{field_en} may have {limit} files"),
    "rows.too_many": Words(
        "一次最多 {limit} 行，请分几次导入", "At most {limit} rows at once: import them in parts"
    ),
    "day.twice": Words("{given} 出现了两次，请只留一行", "{given} stands twice: keep one row"),
    "cursor_invalid": Words(
        "翻页位置已失效，请从第一页重新打开", "This place in the list is not valid: begin anew"
    ),
    "url.form": Words(
        "地址须以 https:// 或 http:// 开头，不含账号和空格",
        "The address begins with https:// or http://, without account and spaces",
    ),
    "url.unknown_host": Words("找不到 {host} 这台服务器", "There is no server {host}"),
    "url.https": Words("请给出 https:// 地址", "Give an https:// address"),
    "webhook.kind": Words(
        "事件种类写成 case.accepted 这样，最多 50 种",
        "Write kinds of events like case.accepted, at most 50 of them",
    ),
    "url.too_long": Words("地址太长", "The address is too long"),
    "url.port": Words("不能发往这个端口", "Nothing is sent to this port"),
    "url.inward": Words(
        "地址指向内部网络，不能发送；请填写公网地址",
        "The address leads into an internal network: give a public one",
    ),
    "secret.form": Words(
        "密钥须为 whsec_ 开头的 Base64 文字", "The secret is Base64 that begins with whsec_"
    ),
    "json.kind": Words("{field_zh}不是 JSON 值", "{field_en} is not a JSON value"),
    "json.too_deep": Words(
        "{field_zh}嵌套超过 {depth} 层", "{field_en} is nested deeper than {depth} levels"
    ),
    "json.too_large": Words(
        "{field_zh}超过 {limit} 字节", "{field_en} has more than {limit} bytes"
    ),
    "place.kind": Words("位置须为 GeoJSON 几何", "The place must be a GeoJSON geometry"),
    "place.form": Words(
        "位置请写成“经度,纬度”，如 114.06,22.54",
        "Write the place as longitude,latitude, such as 114.06,22.54",
    ),
    "place.geometry": Words("位置的类型须为 {allowed}", "The place must be of type {allowed}"),
    "place.coordinates": Words(
        "位置的坐标写法不对，应为 [经度, 纬度]",
        "The coordinates are not written as [longitude, latitude]",
    ),
    "place.too_many": Words("位置超过 {limit} 个点", "The place has more than {limit} points"),
    "place.off_earth": Words(
        "坐标超出范围：经度 -180 至 180，纬度 -90 至 90",
        "The coordinates are out of range: longitude -180 to 180, latitude -90 to 90",
    ),
    "place.short_line": Words("一条线至少要有两个点", "A line needs at least two points"),
    "place.open_ring": Words(
        "面的边界须首尾相接，至少四个点",
        "A polygon's ring must close and have at least four points",
    ),
}


def fault_text(fault: Fault, language: Language) -> str:
    """The sentence of a fault in the reader's language. A field that has no label of its own is
    called by its name; a place within a value (row and column) is told first."""
    name = fault.path.rpartition("/")[2]
    facts = {"field": name, "field_zh": name, "field_en": name, **fault.facts}
    told = FAULT_WORDS.get(fault.code, UNKNOWN).fill(language, facts)
    place = str(fault.facts.get(f"at_{language}", ""))
    return (f"{place}：{told}" if language == "zh" else f"{place}: {told}") if place else told
