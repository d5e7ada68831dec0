"""What people read of errors of requests, accounts and records: title and sentence, by code."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

Told = tuple[Words, Words]


REQUEST: Mapping[str, Told] = {
    "input.invalid": (
        Words("有内容需要修改", "Some fields need mending"),
        Words(
            "请按每一项的说明修改后再提交，已填的内容没有丢失。",
            "Mend each field as told and send again; nothing that you typed is lost.",
        ),
    ),
    "request.crashed": (
        Words("系统出了错", "Something broke on our side"),
        Words(
            "这不是您的问题，已提交成功的内容没有丢失。请稍后再试。",
            "It is not your fault, and nothing accepted is lost. Please try again later.",
        ),
    ),
    "request.no_such_page": (
        Words("没有这个地址", "No such address"),
        Words("请检查地址，或回到首页。", "Check the address, or go to the home page."),
    ),
    "request.malformed": (
        Words("请求的写法不对", "The request is malformed"),
        Words(
            "什么也没有改变。请对照接口文档 /openapi.json 改正。",
            "Nothing was changed. Compare it with the description at /openapi.json.",
        ),
    ),
    "request.forbidden": (
        Words("不允许这样做", "This is not allowed"),
        Words(
            "什么也没有改变。需要时请联系管理员开通权限。",
            "Nothing was changed. Ask an administrator for the right if you need it.",
        ),
    ),
    "request.method_not_allowed": (
        Words("这个地址不支持这种操作", "This address does not take that method"),
        Words(
            "什么也没有改变。请对照接口文档 /openapi.json。",
            "Nothing was changed. See the methods of this address at /openapi.json.",
        ),
    ),
    "request.form_unreadable": (
        Words("表单读不出来", "The form cannot be read"),
        Words(
            "什么也没有改变。请重新打开页面再提交；程序请按 multipart/form-data 的格式发送。",
            "Nothing was changed. Open the page again and send it; a program sends it as "
            "multipart/form-data.",
        ),
    ),
    "request.media_type": (
        Words("不接受这种格式", "This media type is not taken"),
        Words(
            "什么也没有改变。请按接口文档指明的格式发送。",
            "Nothing was changed. Send one of the media types that /openapi.json names.",
        ),
    ),
    "request.being_answered": (
        Words("同样的请求正在处理", "The same request is being answered"),
        Words(
            "没有重复处理。请稍后用同一个 Idempotency-Key 再发一次，会得到它的答复。",
            "Nothing was done twice. Send it again soon with the same key for its answer.",
        ),
    ),
    "request.too_slow": (
        Words("发送中断了", "Sending came to a halt"),
        Words(
            "{seconds} 秒没有收到后面的内容，什么也没有保存。请检查网络后重新发送。",
            "Nothing more came for {seconds} seconds, and nothing was kept. "
            "Look to the network and send again.",
        ),
    ),
    "request.too_large": (
        Words("发送的内容太大", "Too much was sent"),
        Words(
            "什么也没有保存。一次最多 {max} 字节，请缩小或分开发送。",
            "Nothing was kept. At most {max} bytes at once: make it smaller or split it.",
        ),
    ),
    "request.too_many": (
        Words("请求太频繁", "Too many requests"),
        Words(
            "什么也没有改变。请在 {seconds} 秒后再试。",
            "Nothing was changed. Try again in {seconds} seconds.",
        ),
    ),
    "request.from_elsewhere": (
        Words("请求来自别的网站", "The request came from another site"),
        Words(
            "为了您的安全没有执行。请从本站页面操作。",
            "For your safety it was not carried out. Act from a page of this site.",
        ),
    ),
    "account.sign_in_needed": (
        Words("请先登录", "Please sign in"),
        Words("登录后继续，什么也没有改变。", "Sign in and go on; nothing was changed."),
    ),
    "account.sign_in_failed": (
        Words("账号或密码不对", "The user name or password is wrong"),
        Words(
            "请核对后再试；多次输错会暂时锁定。",
            "Check both and try again; the account is locked for a while after several failures.",
        ),
    ),
    "account.token_invalid": (
        Words("令牌无效或已过期", "The token is not valid any more"),
        Words(
            "什么也没有改变。请重新登录或换新令牌。",
            "Nothing was changed. Sign in again or get a new token.",
        ),
    ),
    "account.locked": (
        Words("账号暂时锁定", "The account is locked for a while"),
        Words(
            "输错次数太多，请在 {minutes} 分钟后再试，或联系管理员。",
            "Too many wrong passwords: try again in {minutes} minutes, or ask an administrator.",
        ),
    ),
    "account.unavailable": (
        Words("账号已停用或被管理员锁定", "The account is deactivated or locked"),
        Words(
            "密码没有问题，但这个账号现在不能登录。工作人员请联系管理员，市民请拨 12345。",
            "Nothing is wrong with what you typed, but this account is shut for now. Staff ask an "
            "administrator; everybody else calls 12345.",
        ),
    ),
    "account.password_to_change": (
        Words("请先修改一次性密码", "Change the one-time password first"),
        Words(
            "什么也没有改变。请到 /password 页面，或用 POST /api/v1/session/password 修改后再试。",
            "Nothing was changed. Change it at /password or by POST /api/v1/session/password, "
            "then try again.",
        ),
    ),
    "account.last_administrator": (
        Words("这是最后一位管理员", "This is the last administrator"),
        Words(
            "什么也没有改变。请先让另一位同事担任系统管理员。",
            "Nothing was changed. Let a colleague hold the role of administrator first.",
        ),
    ),
    "account.unknown": (
        Words("没有这个账号", "No such account"),
        Words("它可能已停用，请刷新列表。", "It may have been deactivated: reload the list."),
    ),
    "parked.unknown": (
        Words("这项搁置的工作已经处理过", "This parked work is settled already"),
        Words("请刷新列表，看看还有哪些。", "Reload the list to see what is left."),
    ),
    "post.unknown": (
        Words("没有这个任职", "No such post"),
        Words("它可能已经结束，请刷新列表。", "It may have ended already: reload the list."),
    ),
    "database.unreachable": (
        Words("数据库暂时连不上", "The database is away for the moment"),
        Words(
            "已提交成功的内容没有丢失，本次没有保存。请稍后再试。",
            "Nothing accepted is lost; this was not kept. Please try again shortly.",
        ),
    ),
    "database.full": (
        Words("数据库磁盘已满", "The database has no room left"),
        Words(
            "已提交成功的内容没有丢失，本次没有保存。请告知系统管理员。",
            "Nothing accepted is lost; this was not kept. Tell the administrator of the system.",
        ),
    ),
    "database.newer": (
        Words("数据库的版本更新", "The database is of a newer version"),
        Words(
            "请用新版程序启动；什么也没有改变。",
            "Start it with the newer program; nothing was changed.",
        ),
    ),
    "record.unknown": (
        Words("没有这条记录", "No such record"),
        Words(
            "可能已删除，或不在您的范围内。请检查编号。",
            "It may be gone, or not be yours to see. Check its number.",
        ),
    ),
    "relation.unknown": (
        Words("没有这种关系", "No such relation"),
        Words(
            "“{type}”没有声明“{relation}”。请看它的 /relations。",
            "“{type}” declares no “{relation}”. Look at its /relations.",
        ),
    ),
    "relation.edge_unknown": (
        Words("没有这条关系", "No such edge"),
        Words(
            "它可能已经撤销，或有一端不在您的范围内。请刷新后再看。",
            "It may have been withdrawn, or one of its ends is not yours to see. Reload and look.",
        ),
    ),
    "record.changed": (
        Words("别人刚刚改过这条记录", "Somebody changed this record first"),
        Words(
            "您的修改没有保存。请刷新，看过新内容后再改。",
            "Your change was not kept. Reload, read what is new, and change it again.",
        ),
    ),
    "record.exists": (
        Words("已有相同的记录", "Such a record exists already"),
        Words(
            "没有重复保存。请查看已有的记录。",
            "Nothing was kept twice. Look at the one that exists.",
        ),
    ),
    "record.outside_your_scope": (
        Words("不在您的管辖范围", "Outside what is yours"),
        Words(
            "什么也没有保存。请选择您辖区或单位内的地点。",
            "Nothing was kept. Choose a place within your area or organisation.",
        ),
    ),
    "record.not_yours_to_do": (
        Words("您没有这项权限", "You may not do this"),
        Words(
            "什么也没有改变。需要时请联系管理员开通权限。",
            "Nothing was changed. Ask an administrator for the right if you need it.",
        ),
    ),
    "type.unknown": (
        Words("没有这类数据", "No such type of record"),
        Words(
            "请检查地址；已声明的类型见 /openapi.json。",
            "Check the address; declared types stand in /openapi.json.",
        ),
    ),
    "case_kind.unknown": (
        Words("没有这类事项", "No such kind of case"),
        Words(
            "请检查地址；已声明的事项见 /openapi.json。",
            "Check the address; declared kinds stand in /openapi.json.",
        ),
    ),
    "organisation.unknown": (
        Words("没有这个单位", "No such organisation"),
        Words("它可能已撤并，请重新选择。", "It may have been dissolved: choose again."),
    ),
    "organisation.parent_unknown": (
        Words("上级单位不存在", "The parent organisation does not exist"),
        Words(
            "什么也没有保存。请先添加上级 {parent}。",
            "Nothing was kept. Add the parent {parent} first.",
        ),
    ),
    "organisation.tree_full": (
        Words("单位层级已满", "The tree of organisations is full"),
        Words(
            "什么也没有保存。一个单位下最多 {children_max} 个，最多 {depth_max} 层。",
            "Nothing was kept. At most {children_max} beneath one, and {depth_max} levels.",
        ),
    ),
    "organisation.has_open_cases": (
        Words("单位还有未办结的事项", "The organisation still has open cases"),
        Words(
            "没有停用。请先转出 {cases} 件在办事项。",
            "It was not retired. Transfer its {cases} open cases first.",
        ),
    ),
    "organisation.has_active_beneath": (
        Words("还有在用的下级机构", "Organisations beneath it are still in use"),
        Words(
            "没有停用。请先停用或移走它的下级。",
            "It was not retired. Retire or move what is beneath it first.",
        ),
    ),
    "role.unknown": (
        Words("没有这个角色", "No such role"),
        Words(
            "请回到角色列表，看看现在有哪些。", "See which roles there are in the list of roles."
        ),
    ),
    "area.unknown": (
        Words("没有这个区划", "No such area"),
        Words("请检查区划代码 {code}。", "Check the area code {code}."),
    ),
    "area.level_unknown": (
        Words("没有这一级区划", "No such level of areas"),
        Words(
            "可用：city、district、sub_district、community。",
            "Use city, district, sub_district or community.",
        ),
    ),
    "tile.unknown": (
        Words("没有这块地图", "No such map tile"),
        Words("请检查层级和编号。", "Check the zoom and the numbers."),
    ),
    "indicator.unknown": (
        Words("没有这个指标", "No such indicator"),
        Words(
            "它可能已停用，请从指标列表打开。", "It may have been retired: open it from the list."
        ),
    ),
}
