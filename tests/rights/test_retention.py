"""When the keeping of a demand ends, what was said in it and by whom is nowhere any more.

Words that stand nowhere else are planted in demands, which are then worked on, closed and kept for
longer than their pack says. The whole database is read for them, and every role asks every route.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from pengcheng.edge import housekeeping, retention
from pengcheng.ground import log_tree, merkle
from pengcheng.kernel.authz import SYSTEM
from tests.city import City
from tests.portals.applicant.paper import follow_log
from tests.rights.disclosure import READERS, Marked, mark, seeds, walk

SAID = ("标记补充9戊", "标记答复9己", "标记理由9庚", "标记评语9辛")
NOTE, REPLY, REASON, COMMENT = SAID
LONG_AGO = "interval '11 years'"


def done(answer: Any) -> None:
    assert answer.status_code in {200, 201}, answer.text


def close(city: City, case: Marked) -> None:
    """The whole way to its end, with words of both sides on it."""
    told = {"id": case.id, "code": case.code}
    done(city.act("clerk", told, "accept"))
    done(city.act("clerk", told, "note", body=NOTE))
    done(city.act("clerk", told, "reply", body=f"{REPLY}，已经疏通，感谢您的反映"))
    done(city.act("chief", told, "reject", reason=REASON))
    done(city.act("clerk", told, "reply", body=f"{REPLY}，已经疏通，感谢您的反映"))
    done(city.act("chief", told, "approve"))
    # The wait for a rating is over.
    city.query("update cases set step = 'call_back' where id = %s returning id", case.id)
    heard = {"contacted": True, "resolved": True, "satisfied": True}
    done(city.act("operator", told, "call_back", body=COMMENT, reason=COMMENT, details=heard))


def everything(city: City) -> Iterator[tuple[str, str]]:
    """Every row of every table as text."""
    tables = city.query(
        """select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
           where c.relkind = 'r' and n.nspname in ('public', 'city', 'city_history')"""
    )
    for (table,) in tables:
        for (row,) in city.query(f"select t::text from {table} t"):
            yield table, row


def figures(city: City) -> list[tuple[Any, ...]]:
    return city.query(
        """select kind, category, area_no, organisation_no, channel, accepted_at, outcome,
                  satisfaction, was_late from cases order by id"""
    )


def words_of(cases: list[Marked]) -> list[str]:
    return [word for case in cases for word in (*case.said, *case.who)] + [*SAID]


async def _sealed(city: City) -> Any:
    async with city.services.database.transaction(SYSTEM) as work:
        await log_tree.seal(work)
    async with city.services.database.reading() as work:
        return await log_tree.root(work)


async def _verified(city: City, trusted: Any) -> Any:
    async with city.services.database.reading() as work:
        return await log_tree.verify(work, trusted=trusted)


@pytest.fixture(scope="module")
def roots(city: City) -> list[Any]:
    """The root before and after the keeping of the planted demands ended."""
    return []


@pytest.fixture(scope="module")
def contents(city: City) -> list[str]:
    """The hashes of the contents that there were before."""
    return []


@pytest.fixture(scope="module")
def ended(city: City, roots: list[Any], contents: list[str]) -> list[Marked]:
    """Demands that were planted, closed, followed by search, notices and figures, and kept for
    longer than their pack says."""
    cases = [mark(city, how, at) for at, how in enumerate(("anonymous", "confidential", "open"), 1)]
    for case in cases:
        close(city, case)
    follow_log(city)
    there = [row for _, row in everything(city)]
    for word in (cases[2].said[0], cases[2].who[1], REPLY, NOTE, COMMENT):
        assert any(word in row for row in there), f"{word} was never there"
    counted = figures(city)
    contents += [row[0] for row in city.query("select sha256 from stored_file")]
    roots.append(city.run(_sealed, city))
    city.query(f"update cases set closed_at = closed_at - {LONG_AGO} returning 1")
    city.query(f"update event set happened_at = happened_at - {LONG_AGO} returning 1")
    assert city.run(retention.due, city.services)["demand"] == len(cases)
    assert city.run(retention.end_all, city.services) >= len(cases)
    follow_log(city)
    city.run(housekeeping.fire, city.services)
    roots.append(city.run(_sealed, city))
    assert figures(city) == counted
    return cases


def test_no_row_of_the_database_holds_what_was_said_or_by_whom(
    city: City, ended: list[Marked]
) -> None:
    words = words_of(ended)

    assert (
        sorted({(at, word) for at, row in everything(city) for word in words if word in row}) == []
    )


def test_the_content_of_a_file_goes_with_the_last_that_named_it(
    city: City, ended: list[Marked], contents: list[str]
) -> None:
    assert city.query("select id from stored_file") == []
    folder = city.services.files.folder
    assert contents
    assert not [
        digest for digest in contents if (folder / digest[:2] / digest[2:4] / digest).exists()
    ]


def test_the_log_is_whole_and_grew_only(city: City, ended: list[Marked], roots: list[Any]) -> None:
    before, after = roots
    assert city.run(_verified, city, before).is_whole
    told = city.client.get(
        f"/api/v1/log/consistency?first={before.size}&second={after.size}"
    ).json()
    assert merkle.is_consistent(
        told["first"], told["second"], first_root=before.root, second_root=after.root,
        path=[bytes.fromhex(part) for part in told["path"]],
    )  # fmt: skip
    seq = city.query("select seq from log where subject_id = %s order by seq", ended[2].id)[0][0]
    proof = city.client.get(f"/api/v1/log/{seq}/inclusion", headers=city.as_("operator")).json()
    assert merkle.is_included(
        proof["leaf"], proof["size"], content_hash=bytes.fromhex(proof["leaf_hash"]),
        path=[bytes.fromhex(part) for part in proof["path"]], root=after.root,
    )  # fmt: skip


def test_its_page_says_so_and_offers_nothing_to_do(city: City, ended: list[Marked]) -> None:
    case = {"id": ended[2].id, "code": ended[2].code}
    page = city.client.get(
        f"/e/case/demand/{case['code']}", headers=city.as_("operator", accept="text/html")
    )
    assert "保存期限已满" in page.text
    own = city.client.post(
        "/i/lookup", data={"code": ended[0].code, "receipt": ended[0].receipt or ""},
        headers={"accept": "text/html"},
    )  # fmt: skip
    assert "保存期限已满" in own.text
    found = city.client.get(f"/api/v1/cases/demand/{case['code']}", headers=city.as_("operator"))
    assert found.json()["actions"] == []
    refused = city.act("clerk", case, "note", body="又来了")
    assert refused.status_code == 422
    assert refused.json()["code"] == "case.retention_ended"


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_nobody_meets_it_anywhere(city: City, ended: list[Marked], name: str) -> None:
    words, met = words_of(ended), []
    for address, answer in walk(city, name, seeds(city, ended)):
        assert answer.status_code < 500 or address == "/readyz", (address, answer.text[:500])
        text = answer.content.decode("utf-8", "replace")
        met += [(address, word) for word in words if word in text]

    assert met == []


def test_pages_over_what_was_erased_still_open(city: City, ended: list[Marked]) -> None:
    code = ended[2].code
    decisions = city.query("select id::text from decision where case_id = %s", ended[2].id)
    addresses = [
        f"/e/case/demand/{code}", f"/api/v1/cases/demand/{code}", "/api/v1/log?limit=1000",
        f"/api/v1/cases/demand/{code}/decisions", "/e/list/workbench?state=closed",
        "/api/v1/cases/demand/export?format=csv&state=all", f"/e/search?q={code}",
        *(f"/e/decisions/{row[0]}{asked}" for row in decisions for asked in ("", "?again=1")),
    ]  # fmt: skip
    broken = []
    for address in addresses:
        answer = city.client.get(address, headers=city.as_("operator", accept="text/html"))
        broken += [(address, answer.text[-300:])] if answer.status_code >= 500 else []
        assert not [word for word in words_of(ended) if word in answer.text], address

    assert broken == []
