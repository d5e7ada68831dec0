"""The nouns of files."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

SOUND_BYTES_MAX = 10 * 1024 * 1024
DOCUMENT_BYTES_MAX = 20 * 1024 * 1024
NAME_LENGTH_MAX = 120

UNCLAIMED = "file.unclaimed"
"""The timer that ends the wait of a guest's upload for its case."""

DROPPED = "file.dropped"
"""The timer that removes the contents of files that are gone, if nothing else has them."""

UNCLAIMED_AFTER = timedelta(hours=48)
"""So long what a guest sent waits for the case that takes it; then it is gone."""


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the city. `name` is what its sender called it, for showing only; `subject_id` the
    record that holds it; `facts` width, height and the thumbnail's hash of a picture."""

    id: UUID
    sha256: str
    bytes: int
    media_type: str
    name: str
    owner_id: UUID | None
    subject_id: UUID | None
    purpose: str
    facts: Mapping[str, Any]
    created_at: datetime

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def is_sound(self) -> bool:
        return self.media_type.startswith("audio/")
