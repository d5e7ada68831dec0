"""Where a boxed expression stands in its model."""

import msgspec

from pengcheng.engines.feel import Vocabulary


class Place(msgspec.Struct, frozen=True):
    """Where a box stands: its path for faults, and what its texts may name."""

    path: str
    vocabulary: Vocabulary

    def inside(self, step: str, *names: str) -> "Place":
        """A place further in, with more names."""
        known = self.vocabulary.names or frozenset()
        vocabulary = msgspec.structs.replace(
            self.vocabulary,
            names=known | set(names),
            members=self.vocabulary.members | set(names),
        )
        return Place(f"{self.path}/{step}", vocabulary)
