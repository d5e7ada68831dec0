"""What refusals, conflicts, absences and troubles say to people: what happened, was anything lost,
what to do now. Looked up by code; a test holds that every code raised anywhere stands here."""

from collections.abc import Mapping

import msgspec

from pengcheng.edge.error_words_ground import GROUND
from pengcheng.edge.error_words_request import REQUEST
from pengcheng.edge.error_words_work import WORK
from pengcheng.engines import feel, processes, rules
from pengcheng.kernel.words import Words


class ErrorWords(msgspec.Struct, frozen=True):
    """Title and sentence of one code; `{name}` is filled from the facts."""

    title: Words
    detail: Words


UNKNOWN = ErrorWords(
    Words("不能这样做", "This cannot be done"),
    Words("请检查后再试；什么也没有改变。", "Check and try again; nothing was changed."),
)

WORDS: Mapping[str, ErrorWords] = {
    **{
        code: ErrorWords(UNKNOWN.title, told)
        for engine in (processes.WORDS, feel.WORDS, rules.WORDS)
        for code, told in engine.items()
    },
    **{code: ErrorWords(*told) for code, told in {**GROUND, **REQUEST, **WORK}.items()},
}


def words_of(code: str) -> ErrorWords:
    """The words of a code."""
    return WORDS.get(code, UNKNOWN)
