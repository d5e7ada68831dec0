"""What people wrote in Chinese is marked so on an English page, and nothing else is touched."""

import pytest

from pengcheng.portals.kit.languages import marked


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>梅亭路积水</p>", '<p><span lang="zh-Hans">梅亭路积水</span></p>'),
        ("<a>停水 3 天</a>", '<a><span lang="zh-Hans">停水 3 天</span></a>'),
        (
            "<li>Meilin, 雨水口堵了 <b>late</b></li>",
            '<li><span>Meilin, <span lang="zh-Hans">雨水口堵了</span> </span><b>late</b></li>',
        ),
        ("<p>basis: 《条例》; sure</p>",
         '<p><span>basis: <span lang="zh-Hans">《条例》</span>; sure</span></p>'),
    ],
)  # fmt: skip
def test_chinese_in_an_english_page_is_marked(html: str, told: str) -> None:
    assert marked(html) == told


@pytest.mark.parametrize(
    "html",
    [
        "<title>梅亭路</title>",
        '<script type="application/json">{"a": "梅亭<路"}</script>',
        "<textarea>梅亭路</textarea>",
        "<svg><title>a</title><text>梅亭路</text></svg>",
        '<input value="梅亭路" title=\'a "路" > b\'>',
        "<!-- 路 --><p>English only</p>",
    ],
)
def test_what_can_hold_no_element_stays(html: str) -> None:
    assert marked(html) == html


def test_text_after_what_stays_is_marked_again() -> None:
    html = marked("<script>路</script><option>路</option><p>路</p>")

    assert html.count("<span lang") == 1
    assert html.endswith('<p><span lang="zh-Hans">路</span></p>')
