"""Files in and out: every limit has a name, every fault its row, no cell runs as a formula."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pengcheng.edge import sheets
from tests.city import City

CASES = "/api/v1/cases/demand"
HEAD = "code,level1,level2,words,organisation_key,level,deadline,basis"
ROWS = [
    "IMP{n}A,城乡建设,路灯,路灯 灯杆,water,district,ordinary,依据一",
    "IMP{n}B,城乡建设,井盖,井盖,water,city,urgent,依据二",
]
FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1+1"]


def upload(
    city: City, path: str, content: bytes, by: str = "admin", media: str = "text/csv", **more: str
) -> Any:
    return city.client.post(path, content=content, headers=city.as_(by, content_type=media, **more))


def table(city: City, path: str, by: str) -> list[dict[str, str]]:
    answer = city.client.get(path, headers=city.as_(by))
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def workbook(lines: list[list[Any]]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rows_come_in_by_csv_in_each_encoding(city: City, encoding: str) -> None:
    text = "\r\n".join([HEAD, *(row.format(n=encoding[-2:]) for row in ROWS)])

    answer = upload(city, "/api/v1/duty/import", text.encode(encoding))

    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 2
    code = f"IMP{encoding[-2:]}A"
    record = city.client.get(f"/api/v1/duty/{code}", headers=city.as_("admin")).json()
    assert (record["level1"], record["words"]) == ("城乡建设", "路灯 灯杆")


def test_rows_come_in_by_xlsx_and_ndjson(city: City) -> None:
    lines = [HEAD.split(","), ROWS[0].format(n="x").split(",")]
    rows = dict(zip(HEAD.split(","), ROWS[0].format(n="n").split(","), strict=True))

    book = upload(city, "/api/v1/duty/import", workbook(lines), media=sheets.XLSX)
    text = upload(
        city, "/api/v1/duty/import", json.dumps(rows).encode(), media="application/x-ndjson"
    )

    assert (book.json()["added"], text.json()["added"]) == (1, 1)


def test_one_wrong_row_keeps_all_rows_out_and_is_told(city: City) -> None:
    before = city.query("select count(*) from city.duty")
    bad = "IMPw,城乡建设,x,x,Water Bureau,moon,ordinary,"
    text = "\n".join([HEAD, ROWS[0].format(n="w"), "", bad])

    answer = upload(city, "/api/v1/duty/import?mode=all", text.encode())

    report = answer.json()
    assert answer.status_code == 422
    assert (report["rows"], report["added"], report["wrong_rows"]) == (2, 0, 1)
    assert {(f["row"], f["path"]) for f in report["faults"]} == {
        (2, "/organisation_key"),
        (2, "/level"),
    }
    assert city.query("select count(*) from city.duty") == before


def test_the_right_rows_come_in_where_that_is_asked_for(city: City) -> None:
    bad = "IMPv,城乡建设,x,x,water,moon,ordinary,"
    text = "\n".join([HEAD, bad, ROWS[0].format(n="v"), ROWS[0].format(n="v")])

    answer = upload(city, "/api/v1/duty/import?mode=valid", text.encode())

    report = answer.json()
    assert (answer.status_code, report["added"], report["wrong_rows"]) == (200, 1, 2)
    assert {(f["row"], f["code"]) for f in report["faults"]} == {
        (1, "code.unknown"),
        (3, "code.taken"),
    }


def test_the_report_is_a_table_where_that_is_asked_for(city: City) -> None:
    text = "\n".join([HEAD, "IMPt,nowhere,x,x,water,city,ordinary,"])

    answer = upload(city, "/api/v1/duty/import", text.encode(), accept="text/csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["row"], row["field"], row["code"]) for row in rows] == [
        ("1", "level1", "code.unknown")
    ]
    assert rows[0]["message"]


BROKEN = (
    (b"", "text/csv", 422), (b"\n\n", "text/csv", 422), (b"a,a\n1,2", "text/csv", 422),
    (b"level1\n\xff\xfe\xff\x00", "text/csv", 422), (b'level1\n"unclosed', "text/csv", 422),
    (b"level1\nx,y,z", "text/csv", 422), (b"a\x00b\n1", "text/csv", 422),
    (b"not a zip", sheets.XLSX, 422), (b"PK\x03\x04broken", sheets.XLSX, 422),
    (b'{"date":1,"date":2}', "application/x-ndjson", 422),
    (b"{", "application/x-ndjson", 422), (b"[1]", "application/x-ndjson", 422),
    (b"[" * 90_000, "application/x-ndjson", 422), (b"x" * 300_000, "application/x-ndjson", 413),
    (b"x", "application/pdf", 415), (b"x", "", 415), (b"x", "application/json", 415),
)  # fmt: skip


@pytest.mark.parametrize(("content", "media", "status"), BROKEN, ids=range(len(BROKEN)))
def test_a_file_that_cannot_be_read_is_refused(
    city: City, content: bytes, media: str, status: int
) -> None:
    before = city.query("select count(*) from city.duty")

    answer = upload(city, "/api/v1/duty/import", content, media=media)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert city.query("select count(*) from city.duty") == before


def test_too_many_rows_are_refused_with_the_limit(city: City) -> None:
    text = HEAD + "\n" + "x\n" * (sheets.ROWS_MAX + 1)

    answer = upload(city, "/api/v1/duty/import", text.encode())

    assert (answer.status_code, answer.json()["code"]) == (413, "import.too_many_rows")
    assert str(sheets.ROWS_MAX) in answer.json()["detail"]


def test_a_packed_file_that_would_swell_is_refused(city: City) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(5):
            packed.writestr(f"{number}.xml", b"0" * 50_000_000)

    answer = upload(city, "/api/v1/duty/import", out.getvalue(), media=sheets.XLSX)

    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


@pytest.mark.parametrize(("by", "status"), [("clerk", 403), ("operator", 403), ("guest", 401)])
def test_who_has_no_right_to_import_imports_nothing(city: City, by: str, status: int) -> None:
    before = city.query("select count(*) from city.duty")
    text = "\n".join([HEAD, ROWS[0].format(n="r")])

    answer = upload(city, "/api/v1/duty/import", text.encode(), by=by)

    assert answer.status_code == status
    assert city.query("select count(*) from city.duty") == before


def test_cases_come_in_by_a_file_each_with_owner_and_clock(city: City) -> None:
    text = (
        "subject,body,lon,lat,contact_telephone,kind,happened_on,public_text\n"
        "路灯不亮,三天了,114.05,22.57,13800138000,投诉,2026/3/1,是\n"
        "井盖松动,危险,,,,complaint,,\n"
    )

    answer = upload(city, f"{CASES}/import", text.encode("gb18030"), by="operator")

    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 2
    rows = city.query(
        "select channel, open, due_at is not null, organisation_id is not null, "
        "place is not null from cases where channel = 'import' and title like '%动'"
        " or title = '路灯不亮' order by title desc"
    )
    assert rows == [("import", True, True, True, True), ("import", True, True, True, False)]


def test_a_wrong_case_keeps_all_cases_of_its_file_out(city: City) -> None:
    before = city.query("select count(*) from cases")
    text = "subject,body,lon,lat,happened_on\n好,好,114,22,\n,没有标题,200,95,昨天\n"

    answer = upload(city, f"{CASES}/import", text.encode(), by="operator")

    told = {(fault["row"], fault["path"]) for fault in answer.json()["faults"]}
    assert answer.status_code == 422
    assert told >= {(2, "/happened_on")}
    assert city.query("select count(*) from cases") == before


def test_a_formula_goes_out_as_text_and_comes_back_as_it_was(city: City) -> None:
    lines = [["code", "level1", "organisation_key", "level", "deadline", "basis"]]
    lines += [
        [f"IMPf{at}", "城乡建设", "water", "city", "ordinary", f"{text}x"]
        for at, text in enumerate(FORMULAS)
    ]
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    added = upload(city, "/api/v1/duty/import", out.getvalue().encode())
    assert added.status_code == 200, added.text

    rows = table(city, "/api/v1/duty?format=csv", "admin")

    cells = [row["basis"] for row in rows if row["code"].startswith("IMPf")]
    assert len(cells) == len(FORMULAS)
    assert all(cell.startswith("'") for cell in cells)


@given(st.text(max_size=20))
def test_no_cell_begins_like_a_formula_and_every_cell_reads_back(text: str) -> None:
    cell = sheets.harmless(text)

    bare = cell.lstrip(" ")
    assert not bare.startswith(("=", "@", "\t", "\r")) or bare == ""
    assert not bare.startswith(("+", "-")) or sheets._is_number(bare)
    assert sheets.plain(cell) == text or text.startswith("'")


def test_records_go_out_in_each_format_whole(city: City) -> None:
    count = city.query("select count(*) from city.duty where retired_at is null")[0][0]

    rows = table(city, "/api/v1/duty?format=csv", "admin")
    lines = city.client.get("/api/v1/duty?format=ndjson", headers=city.as_("admin")).text
    book = city.client.get("/api/v1/duty?format=xlsx", headers=city.as_("admin"))

    sheet = load_workbook(io.BytesIO(book.content)).active
    parsed = [json.loads(line) for line in lines.splitlines()]
    assert len(rows) == len(parsed) == sheet.max_row - 1 == count
    assert len({row["id"] for row in rows}) == count
    assert parsed[0]["level1"] == rows[0]["level1"]
    assert "attachment" in book.headers["content-disposition"]


def test_a_filter_holds_for_a_file_too(city: City) -> None:
    rows = table(city, "/api/v1/duty?format=csv&deadline=urgent", "admin")

    assert rows
    assert {row["deadline"] for row in rows} == {"urgent"}


@pytest.mark.parametrize("path", ["/api/v1/duty?format=pdf", f"{CASES}/export?format=exe"])
def test_a_format_that_does_not_exist_is_refused(city: City, path: str) -> None:
    answer = city.client.get(path, headers=city.as_("operator"))

    assert (answer.status_code, answer.json()["code"]) == (422, "export.format")


def personal_case(city: City) -> dict[str, Any]:
    fields = {
        "subject": "导出试验", "body": "井盖", "contact_name": "示例人",
        "contact_telephone": "13800138000",
    }  # fmt: skip
    case = city.send_case("citizen", fields=fields)
    unit = str(city.services.organisations.by_key("water@futian").id)
    acted = city.act("operator", case, "dispatch", organisation_id=unit, reason="水务")
    assert acted.status_code == 200, acted.text
    return case


def test_personal_attributes_go_out_by_the_right_to_export_only_and_are_recorded(
    city: City,
) -> None:
    case = personal_case(city)
    before = city.query("select count(*) from access_record where action = 'export'")[0][0]

    by_clerk = table(city, f"{CASES}/export?state=all", "clerk")
    after_clerk = city.query("select count(*) from access_record where action = 'export'")[0][0]
    by_chief = table(city, f"{CASES}/export?state=all", "chief")

    mine = [next(row for row in rows if row["id"] == case["id"]) for rows in (by_clerk, by_chief)]
    assert [row["contact_telephone"] for row in mine] == ["***", "13800138000"]
    assert after_clerk == before
    records = city.query("select record_ids from access_record where action = 'export'")
    assert any(case["id"] in [str(one) for one in row[0]] for row in records)
    readers = city.client.get(f"{CASES}/{case['id']}/readers", headers=city.as_("citizen")).json()
    assert "export" in {item["action"] for item in readers["items"]}


def test_an_export_has_the_columns_that_are_asked_for(city: City) -> None:
    case = personal_case(city)
    before = city.query("select count(*) from access_record where action = 'export'")[0][0]

    path = f"{CASES}/export?state=all&fields=title,code,subject"
    answer = city.client.get(path, headers=city.as_("chief"))
    plain = table(city, path, "chief")
    refused = city.client.get(f"{CASES}/export?fields=code,nothing", headers=city.as_("chief"))
    records = city.client.get(
        "/api/v1/duty?format=csv&fields=level,code", headers=city.as_("admin")
    )

    assert answer.content.decode("utf-8-sig").splitlines()[0] == "title,code,subject"
    assert case["code"] in {row["code"] for row in plain}
    after = city.query("select count(*) from access_record where action = 'export'")[0][0]
    assert after == before  # no personal attribute was given out
    assert (refused.status_code, refused.json()["faults"][0]["code"]) == (422, "field.unknown")
    assert records.content.decode("utf-8-sig").splitlines()[0] == "level,code"


def test_an_export_holds_what_its_asker_may_read_and_no_more(city: City) -> None:
    case = personal_case(city)

    foreign = table(city, f"{CASES}/export?state=all", "clerk.nanshan")
    other = table(city, f"{CASES}/export?state=all", "citizen2")

    assert case["id"] not in {row["id"] for row in [*foreign, *other]}


def test_a_case_that_was_exported_can_be_imported(city: City) -> None:
    personal_case(city)
    answer = city.client.get(f"{CASES}/export?state=all", headers=city.as_("chief"))

    back = upload(city, f"{CASES}/import", answer.content, by="operator")

    assert back.status_code == 200, back.text
    assert back.json()["added"] >= 1
