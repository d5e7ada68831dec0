"""Files that people send: checked by content, cleaned, kept once, given out with their record.

A picture is decoded in full and written anew, so that it carries nothing but pixels; the size of
each kind has a named limit. A file belongs to whoever sent it until a record takes it
(`subject_id`); who may read it then is decided by who may read the record. What a guest sent and
no record took is dropped after `UNCLAIMED_AFTER`, its content too unless another file has it.
"""

from pengcheng.engines.files.model import (
    DOCUMENT_BYTES_MAX,
    DROPPED,
    NAME_LENGTH_MAX,
    SOUND_BYTES_MAX,
    UNCLAIMED,
    UNCLAIMED_AFTER,
    StoredFile,
)
from pengcheng.engines.files.service import Uploads

HUB = "data"

__all__ = [
    "DOCUMENT_BYTES_MAX",
    "DROPPED",
    "HUB",
    "NAME_LENGTH_MAX",
    "SOUND_BYTES_MAX",
    "UNCLAIMED",
    "UNCLAIMED_AFTER",
    "StoredFile",
    "Uploads",
]
