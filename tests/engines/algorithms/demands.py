"""A small town's made-up messages of three classes, for training within a second."""

import random

from pengcheng.engines.algorithms import Lesson, Text

CLASSES = ("roads", "schools", "water", "parks")
SAID = {
    "roads": ("路面坑洼", "路灯不亮", "井盖松动", "红绿灯太短", "人行道被占"),
    "schools": ("学位紧张", "老师补课", "校车超载", "食堂难吃", "作业太多"),
    "water": ("自来水发黄", "停水三天", "水压太低", "水表乱跳", "管道爆裂"),
}
AROUND = ("我家住在东门", "已经反映多次", "请尽快处理", "大家都很着急", "每天都要经过", "谢谢领导")
HINTS = {
    "路面": ("roads",), "路灯": ("roads",), "井盖": ("roads",), "学位": ("schools",),
    "老师": ("schools",), "校车": ("schools",), "自来水": ("water",), "停水": ("water",),
    "水压": ("water",), "公园": ("parks",), "草坪": ("parks",), "湖边": ("parks",),
    "凉亭": ("parks",),
}  # fmt: skip


def message(label: str, chance: random.Random) -> Text:
    """One made-up message of a class."""
    about = chance.sample(SAID[label], 2)
    return Text(about[0], "，".join([chance.choice(AROUND), about[1], chance.choice(AROUND)]))


def lesson(each: int = 20, seed: int = 1) -> Lesson:
    """A lesson with this many rows a class, and as many texts without labels."""
    chance = random.Random(seed)
    labels = [label for label in SAID for _ in range(each)]
    return Lesson(
        texts=tuple(message(label, chance) for label in labels),
        labels=tuple(labels),
        classes=CLASSES,
        hints=HINTS,
        background=tuple(message(label, chance) for label in labels),
    )
