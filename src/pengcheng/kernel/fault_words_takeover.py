"""Faults of cases that are taken over from an earlier system; `fault_words` has the others."""

from collections.abc import Mapping

from pengcheng.kernel.words import Words

TAKEOVER_WORDS: Mapping[str, Words] = {
    "takeover.stands": Words(
        "这个原编号已经接管过，不会再建一件",
        "A case with this earlier number stands already: it is not made twice",
    ),
    "takeover.differs": Words(
        "与第 {row} 行里同一件的内容不同；后面的行只写经过",
        "It differs from row {row} of the same case: later rows tell steps only",
    ),
    "takeover.ahead": Words("不能是将来的时间", "It cannot be in the future"),
    "takeover.before": Words("早于受理时间", "It is before the case was accepted"),
    "takeover.due": Words("截止时间须晚于受理时间", "It is due before it was accepted"),
    "takeover.step": Words(
        "没有“{given}”这个环节，可选：{allowed}",
        "There is no step “{given}”; choose from: {allowed}",
    ),
    "takeover.replied": Words(
        "这个环节还没有答复：不填答复时间，或改环节",
        "At this step there is no reply yet: leave it empty, or name a later step",
    ),
    "takeover.act": Words(
        "写了经过就要写时间和做了什么", "A step needs its time and what was done"
    ),
}  # fmt: skip
