"""What refusals, conflicts, absences and troubles say to people: what happened, was anything lost,
what to do now. Looked up by code; a test holds that every code raised anywhere stands here."""

from collections.abc import Mapping

import msgspec

from pengcheng.edge.error_words_ground import GROUND
from pengcheng.kernel.words import Words


class ErrorWords(msgspec.Struct, frozen=True):
    """Title and sentence of one code; `{name}` is filled from the facts."""

    title: Words
    detail: Words


def _words(title_zh: str, title_en: str, detail_zh: str, detail_en: str) -> ErrorWords:
    return ErrorWords(Words(title_zh, title_en), Words(detail_zh, detail_en))


WORDS: Mapping[str, ErrorWords] = {
    **{code: ErrorWords(*told) for code, told in GROUND.items()},
    "input.invalid": _words(
        "有内容需要修改", "Some fields need mending",
        "请按每一项的说明修改后再提交，已填的内容没有丢失。",
        "Mend each field as told and send again; nothing that you typed is lost.",
    ),
    "request.crashed": _words(
        "系统出了错", "Something broke on our side",
        "这不是您的问题，已提交成功的内容没有丢失。请稍后再试。",
        "It is not your fault, and nothing accepted is lost. Please try again later.",
    ),
    "request.no_such_page": _words(
        "没有这个地址", "No such address",
        "请检查地址，或回到首页。", "Check the address, or go to the home page.",
    ),
}  # fmt: skip

UNKNOWN = _words(
    "不能这样做", "This cannot be done",
    "请检查后再试；什么也没有改变。", "Check and try again; nothing was changed.",
)  # fmt: skip


def words_of(code: str) -> ErrorWords:
    """The words of a code."""
    return WORDS.get(code, UNKNOWN)
