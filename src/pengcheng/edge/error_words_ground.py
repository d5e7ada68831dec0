"""What people read of the errors of the ground and of deadlines: title and sentence, by code."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

Told = tuple[Words, Words]

_LATER = Words(
    "已提交成功的内容没有丢失，请稍后再试。", "Nothing accepted is lost. Please try again later."
)
_TOLD_OPERATOR = Words(
    "已提交成功的内容没有丢失。请告知系统管理员。",
    "Nothing accepted is lost. Please tell the administrator of the system.",
)

GROUND: Mapping[str, Told] = {
    "schema.hindered": (
        Words("应用包装不上", "The packs cannot be installed"),
        Words(
            "已有的记录不允许这样改声明；什么也没有改变。请按所列各条改正后再装。",
            "What is recorded forbids this change of a declaration; nothing was changed. Mend what "
            "is listed and install again.",
        ),
    ),
    "schema.table_busy": (
        Words("表正忙，没有升级完", "A table is busy: the upgrade is not finished"),
        Words(
            "城市照常运行。有长时间的查询占用 {type}；请稍后再装，会从停下处继续。",
            "The city runs on. A long query holds {type}: install again later, and it goes on "
            "from where it stopped.",
        ),
    ),
    "file.unknown": (
        Words("没有这个文件", "No such file"),
        Words("文件可能已按期限删除。", "It may have been removed when its time was over."),
    ),
    "file.too_large": (
        Words("文件太大", "The file is too large"),
        Words("最大 {limit}，请压缩或分开上传。", "At most {limit}: make it smaller or split it."),
    ),
    "file.kind_not_taken": (
        Words("这种文件暂不收", "This kind of file is not taken"),
        Words(
            "请上传照片（JPEG、PNG、WebP）、录音或 PDF。",
            "Send a picture (JPEG, PNG, WebP), a voice note or a PDF.",
        ),
    ),
    "file.damaged": (Words("文件已损坏", "The file is damaged"), _TOLD_OPERATOR),
    "disk.full": (Words("存储空间已满", "The disk is full"), _TOLD_OPERATOR),
    "disk.failed": (Words("存储设备出错", "The disk failed"), _TOLD_OPERATOR),
    "picture.not_one": (
        Words("这不是一张照片", "This is not a picture"),
        Words("请上传 JPEG、PNG 或 WebP 照片。", "Please upload a JPEG, PNG or WebP picture."),
    ),
    "picture.kind_unreadable": (
        Words("这种照片格式暂不能读", "This kind of picture cannot be read yet"),
        Words(
            "请在手机设置中选“兼容性最佳”，或转换为 JPEG 后上传。",
            "Choose “most compatible” in the telephone's camera settings, or convert it to JPEG.",
        ),
    ),
    "picture.damaged": (
        Words("照片不完整", "The picture is not whole"),
        Words("请重新拍摄或重新上传。", "Please take it or upload it again."),
    ),
    "picture.too_large": (
        Words("照片太大", "The picture is too large"),
        Words("最大 {limit}，请缩小后上传。", "At most {limit}: make it smaller."),
    ),
    "picture.too_many_pixels": (
        Words("照片像素太多", "The picture has too many pixels"),
        Words("最多 {millions} 百万像素，请缩小后上传。", "At most {millions} million pixels."),
    ),
    "keys.altered": (Words("加密内容无法核对", "A sealed value does not verify"), _TOLD_OPERATOR),
    "keys.exposed": (
        Words("密钥文件可被他人读取", "Others may read the key file"),
        Words("请把 {path} 的权限改为 0600。", "Set the permissions of {path} to 0600."),
    ),
    "keys.unreadable": (
        Words("密钥文件无法读取", "The key file cannot be read"),
        Words(
            "请从备份恢复 {path}；未作改动。", "Restore {path} from a backup; it was not touched."
        ),
    ),
    "keys.unwritable": (
        Words("密钥文件无法写入", "The key file cannot be written"),
        Words("请检查 {path} 所在文件夹。", "Check the folder of {path}."),
    ),
    "bus.unreachable": (Words("消息总线暂不可用", "The bus is away"), _LATER),
    "http.unreachable": (
        Words("对方服务器没有回应", "The other server does not answer"),
        Words("稍后会再试：{host}", "It will be tried again: {host}"),
    ),
    "http.unknown_host": (
        Words("找不到对方服务器", "The other server is unknown"),
        Words("请检查地址：{host}", "Check the address: {host}"),
    ),
    "http.request_too_large": (
        Words("要发送的内容太大", "There is too much to send"),
        Words("一次最多 {limit}。", "At most {limit} at once."),
    ),
    "log.not_sealed": (
        Words("尚未封存", "Not sealed yet"),
        Words(
            "新记录在片刻后封存，请稍后再查。", "New entries are sealed shortly; look again soon."
        ),
    ),
    "promise.too_long": (
        Words("时限太长", "The time limit is too long"),
        Words("最长 {days_max} 天。", "At most {days_max} days."),
    ),
    "calendar.forbidden": (
        Words("无权使用工作日历", "You may not do this with the calendar"),
        Words("请联系管理员开通权限。", "Ask an administrator for the right."),
    ),
    "deadline.stopped": (
        Words("时限已终止", "The clock has stopped"),
        Words("办结后不能再改时限。", "A deadline cannot be changed once the case is closed."),
    ),
    "deadline.suspended": (
        Words("时限已在中止中", "The clock is already suspended"),
        Words("请先恢复计时。", "Resume it first."),
    ),
    "deadline.not_suspended": (
        Words("时限没有中止", "The clock is not suspended"),
        Words(
            "可能已到期自动恢复，请刷新页面。", "It may have resumed by itself: reload the page."
        ),
    ),
    "deadline.suspension_bound": (
        Words("中止期限不合要求", "The suspension has no fitting end"),
        Words(
            "中止须有截止时间，且不超过 {days_max} 天。",
            "A suspension ends at a time to come, within {days_max} days.",
        ),
    ),
    "deadline.past": (
        Words("已经超期", "It is past due"),
        Words("延期须在到期前申请。", "An extension is asked for before the time is over."),
    ),
}
