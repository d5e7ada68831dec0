"""Anonymous and confidential authors: from every table, log and view."""

from uuid import UUID

import pytest

from pengcheng.engines.cases import Action
from pengcheng.kernel.errors import Absent, Forbidden, Refusal
from pengcheng.kernel.ids import new_id
from tests.engines.cases.town import KIND, Town

pytestmark = pytest.mark.anyio
NAME, TELEPHONE, EMAIL = "欧阳隐秘", "13912345678", "hidden@example.org"
FIELDS = {"contact_name": NAME, "contact_telephone": TELEPHONE, "contact_email": EMAIL}


async def uploaded(town: Town, by: str) -> UUID:
    """A file that somebody sent and no record holds yet."""
    owner = (await town.actor(by)).account_id
    file_id = new_id()
    town.query(
        """insert into stored_file (id, sha256, bytes, media_type, name, owner_id)
           values (%s, 'x', 1, 'image/jpeg', 'x.jpg', %s) returning id""",
        file_id,
        owner,
    )
    return file_id


async def test_an_open_author_is_known_to_those_who_handle(town: Town) -> None:
    code = await town.handled(fields=FIELDS)

    seen = await town.view("clerk", code)

    assert {name: seen.fields[name] for name in FIELDS} == FIELDS
    assert town.tables_that_hold(TELEPHONE) == ["city.demand"]
    assert seen.case.author_id == (await town.actor("citizen")).person_id


async def test_of_an_anonymous_author_nothing_is_kept_anywhere(town: Town) -> None:
    author = await town.actor("citizen2")
    before = {
        str(found): town.tables_that_hold(str(found))
        for found in (author.account_id, author.person_id)
    }
    photo = await uploaded(town, "citizen2")
    sent = await town.send(
        "citizen2", disclosure="anonymous", fields={**FIELDS, "photos": [str(photo)]},
        files=(photo,), submission_key=f"{author.account_id}:abcdefgh",
    )  # fmt: skip
    await town.services.acting.act_by_receipt(
        KIND, sent.code, sent.receipt or "", Action(verb="message", version=1, body="还有"),
        author,
    )  # fmt: skip

    for text in (NAME, TELEPHONE, EMAIL):
        assert town.tables_that_hold(text) == []
    for text, tables in before.items():
        assert town.tables_that_hold(text) == tables
    assert town.query(
        "select count(*) from log l join cases c on c.id = l.subject_id "
        "where l.actor_id is not null or l.actor_name <> '' or l.request_id <> ''"
    ) == [(0,)]


async def test_an_anonymous_demand_can_be_sent_again_and_stays_one(town: Town) -> None:
    more = {"disclosure": "anonymous", "submission_key": "citizen:abcdefgh"}
    first = await town.send(**more)

    again = await town.send(**more)

    assert (again.code, again.is_repeat) == (first.code, True)
    assert town.query("select count(*) from cases") == [(1,)]


async def test_of_a_confidential_author_no_value_stands_in_clear_and_no_id_in_the_log(
    town: Town,
) -> None:
    author = await town.actor("citizen")
    sent = await town.send(disclosure="confidential", fields=FIELDS)
    await town.act("citizen", sent.code, "message", body="补充")
    await town.act("citizen", sent.code, "withdraw")

    for text in (NAME, TELEPHONE, EMAIL):
        assert town.tables_that_hold(text) == []
    assert town.query(
        "select count(*) from log l join cases c on c.id = l.subject_id where l.actor_id = %s",
        author.account_id,
    ) == [(0,)]
    assert town.query("select sealed is not null from cases") == [(True,)]
    assert town.query("select author_id from message") == [(None,)]


async def test_those_who_handle_a_confidential_demand_do_not_see_its_author(
    town: Town,
) -> None:
    code = await town.handled(disclosure="confidential", fields=FIELDS)

    for by in ("clerk", "chief", "operator", "auditor"):
        seen = await town.view(by, code)
        assert (seen.case.author_id, seen.case.author_account_id) == (None, None)
        assert not any(seen.fields.get(name) for name in FIELDS)
    assert (await town.view("citizen", code)).is_author


async def test_the_named_post_opens_the_seal_with_a_reason_and_this_is_kept(
    town: Town,
) -> None:
    code = await town.handled(disclosure="confidential", fields=FIELDS)
    services = town.services
    scope = services.rights.scope(await town.actor("opener"), "unseal", KIND)

    opened = await services.cases.unseal(scope, code, "检察院调查，函〔2026〕1号", services.cipher)

    assert {name: opened[name] for name in FIELDS} == FIELDS
    assert town.log_of(code)[-1] == "case.unsealed"
    assert town.query("select action, reason from access_record where action = 'unseal'") == [
        ("unseal", "检察院调查，函〔2026〕1号")
    ]
    readers = await services.cases.accesses(
        services.rights.scope(await town.actor("citizen"), "read_accesses", KIND), code
    )
    assert "unseal" in {row["action"] for row in readers}


async def test_the_seal_stays_without_a_reason_and_for_everybody_else(town: Town) -> None:
    code = await town.handled(disclosure="confidential", fields=FIELDS)
    services = town.services
    opener = services.rights.scope(await town.actor("opener"), "unseal", KIND)

    with pytest.raises(Refusal) as refused:
        await services.cases.unseal(opener, code, "  ", services.cipher)
    assert refused.value.faults[0].path == "/reason"
    for by in ("clerk", "chief", "operator", "admin", "auditor", "leader", "citizen"):
        scope = services.rights.scope(await town.actor(by), "unseal", KIND)
        with pytest.raises(Absent):
            await services.cases.unseal(scope, code, "想看看", services.cipher)
    assert "case.unsealed" not in town.log_of(code)


async def test_nothing_is_sealed_of_an_anonymous_demand(town: Town) -> None:
    sent = await town.send(disclosure="anonymous", fields=FIELDS)
    services = town.services
    scope = services.rights.scope(await town.actor("opener"), "unseal", KIND)

    with pytest.raises(Refusal) as refused:
        await services.cases.unseal(scope, sent.code, "理由", services.cipher)

    assert refused.value.code == "case.nothing_sealed"


async def test_a_guests_confidential_values_can_be_opened_too(town: Town) -> None:
    sent = await town.send("guest", disclosure="confidential", fields=FIELDS)
    services = town.services
    scope = services.rights.scope(await town.actor("opener"), "unseal", KIND)

    opened = await services.cases.unseal(scope, sent.code, "理由", services.cipher)

    assert opened["contact_telephone"] == TELEPHONE


async def test_who_read_a_demand_is_recorded_once_a_request_and_its_author_sees_it(
    town: Town,
) -> None:
    code = await town.handled(fields=FIELDS)
    await town.view("clerk", code)
    await town.view("citizen", code)
    await town.view("supervisor", await town.handled(area_code="440304000000", fields=FIELDS))
    services = town.services
    scope = services.rights.scope(await town.actor("citizen"), "read_accesses", KIND)

    readers = await services.cases.accesses(scope, code)

    assert [(row["action"], row["name_en"]) for row in readers] == [("read", "Sample water@futian")]
    assert town.query("select count(*) from access_record") == [(1,)]
    other = services.rights.scope(await town.actor("citizen2"), "read_accesses", KIND)
    with pytest.raises(Absent):
        await services.cases.accesses(other, code)


async def test_personal_values_enter_the_log_sealed(town: Town) -> None:
    sent = await town.send(fields=FIELDS)

    kept = town.query(
        "select before, after, cause, personal from log l join cases c on c.id = l.subject_id "
        "where c.code = %s",
        sent.code,
    )

    assert [row[3] is not None for row in kept] == [True]
    assert not any(text in str(kept) for text in (NAME, TELEPHONE, EMAIL))


async def test_a_part_that_is_split_off_is_followed_by_the_same_receipt(town: Town) -> None:
    sent = await town.send("guest", disclosure="confidential", fields=FIELDS)
    services, operator = town.services, await town.actor("operator")
    action = Action(verb="split", version=1, details={"subject": "路灯", "body": "也坏了"})

    part = await services.splitting.split(operator, services.rights, KIND, sent.code, action)

    assert part.receipt is None
    view = await services.cases.view_by_receipt(services.rights, part.code, sent.receipt or "")
    assert (view.is_author, view.fields["subject"]) == (True, "路灯")
    assert view.case.parent_id == sent.id


async def test_split_asks_for_the_right_and_for_fields_that_are_declared(town: Town) -> None:
    code = await town.handled()
    services = town.services
    action = Action(verb="split", version=(await town.case(code)).version,
                    details={"subject": "路灯", "body": "也坏了"})  # fmt: skip

    with pytest.raises(Forbidden):
        await services.splitting.split(
            await town.actor("chief"), services.rights, KIND, code, action
        )
    wrong = Action(verb="split", version=action.version, details={"nonsense": "x"})
    with pytest.raises(Refusal):
        await services.splitting.split(
            await town.actor("clerk"), services.rights, KIND, code, wrong
        )
    assert town.query("select count(*) from cases") == [(1,)]
