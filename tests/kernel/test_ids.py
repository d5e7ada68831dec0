"""Identifiers: fresh, of version 7, in order."""

from uuid import UUID

from pengcheng.kernel.ids import new_id, new_id_texts


def test_many_texts_are_identifiers_of_version_7_in_ascending_order() -> None:
    before, texts = new_id(), new_id_texts(2000)
    made = [UUID(text) for text in texts]

    assert len(set(made)) == 2000
    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, before.variant)}
    assert made[0].int >> 80 >= before.int >> 80
