"""Pictures drawn for the sample: evidence as a phone might take it, each marked as simulated.

Nobody and nothing real is on them: a street, and what is said to be wrong with it or mended.
"""

import io
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Moment = Literal["before", "after"]

SIZE = (640, 480)
BAND = 46
QUALITY = 72
FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "wqy-microhei.ttc", "DejaVuSans.ttf",
)  # fmt: skip
MARKED = {
    "before": "模拟图片·处理前  Simulated: before",
    "after": "模拟图片·处理后  Simulated: after",
}
MARKED_LATIN = {"before": "SIMULATED PICTURE: BEFORE", "after": "SIMULATED PICTURE: AFTER"}

Colour = tuple[int, int, int]


def picture(moment: Moment, chance: np.random.Generator) -> bytes:
    """A JPEG of a street with (`before`) or without (`after`) what a demand is about."""
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    horizon = int(chance.integers(150, 210))
    _sky(draw, horizon)
    _houses(draw, horizon, chance)
    draw.rectangle((0, horizon, SIZE[0], SIZE[1]), fill=(122, 124, 128))
    draw.polygon(((0, horizon), (0, SIZE[1]), (150, SIZE[1]), (90, horizon)), fill=(176, 170, 158))
    for step in range(6):
        top = horizon + 20 + step * 48
        draw.rectangle((390 - step, top, 398 + step, top + 26), fill=(232, 232, 226))
    if moment == "before":
        _trouble(draw, horizon, chance)
    _mark(draw, moment)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=QUALITY)
    return kept.getvalue()


def _sky(draw: ImageDraw.ImageDraw, horizon: int) -> None:
    for row in range(horizon):
        share = row / horizon
        draw.line(
            ((0, row), (SIZE[0], row)), fill=(int(150 + 70 * share), int(190 + 40 * share), 235)
        )


def _houses(draw: ImageDraw.ImageDraw, horizon: int, chance: np.random.Generator) -> None:
    left = 0
    while left < SIZE[0]:
        width, height = int(chance.integers(50, 120)), int(chance.integers(50, horizon - 15))
        grey = int(chance.integers(140, 205))
        draw.rectangle((left, horizon - height, left + width, horizon), fill=(grey, grey - 6, 150))
        for x in range(left + 8, left + width - 10, 18):
            for y in range(horizon - height + 8, horizon - 10, 20):
                draw.rectangle((x, y, x + 9, y + 11), fill=(96, 112, 132))
        left += width + int(chance.integers(0, 10))


def _trouble(draw: ImageDraw.ImageDraw, horizon: int, chance: np.random.Generator) -> None:
    """A puddle, a hole or a heap on the road."""
    x, y = int(chance.integers(180, 420)), int(chance.integers(horizon + 80, 360))
    wide, high = int(chance.integers(90, 170)), int(chance.integers(30, 60))
    colours: tuple[Colour, ...] = ((86, 118, 140), (40, 38, 36), (120, 96, 66))
    colour = colours[int(chance.integers(len(colours)))]
    draw.ellipse((x, y, x + wide, y + high), fill=colour)
    for _ in range(14):
        at = (x + int(chance.integers(wide)), y + int(chance.integers(high)))
        shade = tuple(min(255, part + int(chance.integers(40))) for part in colour)
        draw.ellipse((at[0], at[1], at[0] + 14, at[1] + 7), fill=shade)


def _mark(draw: ImageDraw.ImageDraw, moment: Moment) -> None:
    font = _font()
    text = (MARKED if font else MARKED_LATIN)[moment]
    draw.rectangle((0, SIZE[1] - BAND, SIZE[0], SIZE[1]), fill=(20, 24, 30))
    draw.text((14, SIZE[1] - BAND + 9), text, fill=(255, 255, 255), font=font)


@cache
def _font() -> ImageFont.FreeTypeFont | None:
    """A font of this machine that has Chinese letters; None where there is none."""
    for name in FONTS[:-1]:
        try:
            return ImageFont.truetype(name, 22)
        except OSError:
            continue
    return None
