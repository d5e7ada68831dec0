"""What people wrote in Chinese, on an English page: marked, so that it is read aloud and set in
Chinese (WCAG 2.2, 3.1.2). Titles of cases, replies and names are data: they are not translated.
"""

import re

_TAG = re.compile(r"""<!--.*?-->|<(?:"[^"]*"|'[^']*'|[^'">])*>""", re.DOTALL)
_HAN = r"\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# From the first Chinese letter to the last, with the figures and the punctuation between them.
_CHINESE = re.compile(rf"[《（【]*[{_HAN}](?:[^A-Za-z<>&“”]*[{_HAN}])*[》）】。！？]*")
_HAS_CHINESE = re.compile(rf"[{_HAN}]")
_NAME = re.compile(r"</?([a-zA-Z0-9]+)")
# In these no element may stand, or none is read.
_CLOSED = frozenset({"script", "style", "title", "textarea", "option", "svg"})
_MARKED = '<span lang="zh-Hans">'


def marked(html: str) -> str:
    """An English page with each run of Chinese text in an element of its language."""
    if not _HAS_CHINESE.search(html):
        return html
    made: list[str] = []
    at, closed = 0, ""
    for tag in _TAG.finditer(html):
        text = html[at : tag.start()]
        made += [text if closed else _of(text), tag[0]]
        at, closed = tag.end(), _closed_after(tag[0], closed)
    return "".join([*made, html[at:]])


def _of(text: str) -> str:
    """Text of several languages stays one box, so that no layout takes its parts for columns."""
    found = _CHINESE.sub(rf"{_MARKED}\g<0></span>", text)
    is_alone = found == text or _CHINESE.fullmatch(text.strip())
    return found if is_alone else f"<span>{found}</span>"


def _closed_after(tag: str, closed: str) -> str:
    """The element without marks in which the text after a tag stands; "" outside of them."""
    name = _NAME.match(tag)
    if name is None:
        return closed
    if closed:
        return "" if tag.startswith("</") and name[1] == closed else closed
    return name[1] if name[1] in _CLOSED and not tag.startswith("</") else ""
