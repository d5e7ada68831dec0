"""What is settled of a case before it is accepted: which files it takes along, and the receipt code
of who has no account.

The code is made of the submission key and of what was said: who sends the same again, because the
answer was lost, is told the same code, and who guesses another's key is not.
"""

import base64

import msgspec

from pengcheng.edge.services import Services
from pengcheng.engines.cases import NewCase
from pengcheng.kernel.ids import to_id

RECEIPT_BYTES = 9


def settled(services: Services, new: NewCase) -> NewCase:
    """The same case with the files that its fields name, and a receipt code under its key."""
    type_ = services.registry.type_(services.registry.case_kind(new.kind).type)
    lists = [item.name for item in type_.attributes if item.kind == "files"]
    named = [value for name in lists for value in _texts(new.fields.get(name))]
    found = [one for text in named if (one := to_id(text)) is not None]
    files = tuple(dict.fromkeys([*new.files, *found])) if found else new.files
    receipt = _receipt(services, new, frozenset(lists)) if new.submission_key else None
    return msgspec.structs.replace(new, files=files, receipt=receipt)


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _receipt(services: Services, new: NewCase, lists: frozenset[str]) -> str | None:
    # A picture that is sent again has another id; what was said stays what it was.
    said = {name: value for name, value in new.fields.items() if name not in lists}
    try:
        content = msgspec.json.encode([new.kind, new.disclosure, said], order="deterministic")
    except RecursionError:
        return None  # nested so deep that it is refused in a moment
    about = f"{new.submission_key}\0{content.decode()}"
    code = services.keys.pseudonym(about, "receipt")[:RECEIPT_BYTES]
    return base64.urlsafe_b64encode(code).decode()
