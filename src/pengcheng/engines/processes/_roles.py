"""Who does what, as a file says it: by its lanes, by its resources."""

from typing import Any

from pengcheng.engines.processes.model import Definition


def lane_roles(lanes: Any) -> dict[str, str]:
    """The role of each node that stands in a lane, the innermost lane's."""
    roles: dict[str, str] = {}
    for lane in lanes:
        roles.update(dict.fromkeys(lane.nodes, lane.name or lane.id))
        if lane.child:
            roles.update(lane_roles(lane.child.lanes))
    return roles


def resources(definition: Definition) -> dict[str, str]:
    """Names of the file's resources by id; they are kept as XML, for only their names matter."""
    found = {}
    for xml in definition.document.kept.children:
        head = xml.partition(">")[0]
        if head.partition(" ")[0].rpartition(":")[2].lstrip("<") == "resource":
            parts = dict(part.split("=", 1) for part in head.split('" ') if "=" in part)
            named = {key.rpartition(" ")[2]: value.strip('"/') for key, value in parts.items()}
            found[named.get("id", "")] = named.get("name", "")
    return found
