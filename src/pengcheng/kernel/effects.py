"""What an action on a case does to records of objects, as declared."""

from collections.abc import Mapping

import msgspec

from pengcheng.kernel.words import Words

EFFECT_FACTS = ("code", "title", "category", "channel", "accepted_at")
"""What an effect may say of the case beside its own fields."""


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """When the action `on` is done (and `when`, FEEL over the case's fields, is true), a record of
    `type` is made, or the one that the case's field `changes` names is changed. `values` are FEEL
    by attribute; a record that is made is kept in the case's field `keeps`, has the case's area,
    organisation and (`place`) point, and belongs to its author (`owned`)."""

    name: str
    label: Words
    on: str
    type: str
    values: Mapping[str, str]
    when: str | None = None
    changes: str | None = None
    keeps: str | None = None
    place: bool = False
    owned: bool = False
