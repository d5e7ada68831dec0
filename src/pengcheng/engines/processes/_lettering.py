"""Lines of text for a drawing, without a font at hand: widths are estimated."""


def wrapped(text: str, width: float, most: int) -> tuple[str, ...]:
    """At most so many lines of at most so many pixels."""
    lines = [""]
    for word in _words(text.replace("\n", " ")):
        longer = lines[-1] + word
        if lines[-1] and breadth(longer.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(word.lstrip())
        else:
            lines[-1] = longer
    lines[-1] = lines[-1].rstrip()
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], f"{lines[most - 1].rstrip()}…")


def breadth(text: str) -> float:
    """Pixels of a text: a Chinese character counts 12.5, a Latin one 6.6."""
    return sum(6.6 if character.isascii() else 12.5 for character in text)


def _words(text: str) -> list[str]:
    """Where a line may break: after a space, at any Chinese character."""
    found: list[str] = []
    for character in text:
        joins = found and character.isascii() and found[-1][-1].isascii() and found[-1][-1] != " "
        if joins:
            found[-1] += character
        else:
            found.append(character)
    return found
