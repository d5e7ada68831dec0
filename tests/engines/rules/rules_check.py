"""DMN texts for the tests of rules, written short."""

from collections.abc import Iterable

from pengcheng.engines.rules import Model, read_dmn

NAMESPACES = {
    "1.3": "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "1.4": "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "1.5": "https://www.omg.org/spec/DMN/20230324/MODEL/",
}


def dmn(body: str, *, version: str = "1.5", namespace: str = "urn:test") -> bytes:
    """A DMN file with this body."""
    return (
        f'<definitions xmlns="{NAMESPACES[version]}" name="test" namespace="{namespace}">'
        f"{body}</definitions>"
    ).encode()


def literal(text: str) -> str:
    """A literal expression."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f"<literalExpression><text>{escaped}</text></literalExpression>"


def decision(
    name: str,
    logic: str,
    *,
    inputs: Iterable[str] = (),
    decisions: Iterable[str] = (),
    knowledge: Iterable[str] = (),
    kind: str = "",
) -> str:
    """A decision whose id is its name; references are ids."""
    needs = "".join(
        [
            *(_needs("informationRequirement", "requiredInput", each) for each in inputs),
            *(_needs("informationRequirement", "requiredDecision", each) for each in decisions),
            *(_needs("knowledgeRequirement", "requiredKnowledge", each) for each in knowledge),
        ]
    )
    of = f' typeRef="{kind}"' if kind else ""
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}"{of}/>{needs}{logic}'
        "</decision>"
    )


def data(name: str, kind: str = "") -> str:
    """An input."""
    of = f' typeRef="{kind}"' if kind else ""
    return f'<inputData id="{name}" name="{name}"><variable name="{name}"{of}/></inputData>'


def model(body: str, imports: Iterable[Model] = ()) -> Model:
    """The model of a body; its texts must be sound."""
    made = read_dmn(dmn(body), imports)
    assert made.faults == ()
    return made


def _needs(group: str, tag: str, target: str) -> str:
    href = target if "#" in target else f"#{target}"
    return f'<{group}><{tag} href="{href}"/></{group}>'
