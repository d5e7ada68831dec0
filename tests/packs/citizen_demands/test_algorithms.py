"""What the demands pack answers by itself, on messages made up for these tests."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from packs.citizen_demands import logic
from packs.citizen_demands.algorithms.texts import category_model, category_rows, duty_rows
from pengcheng.kernel.errors import Absent
from pengcheng.ops import algorithm, command
from pengcheng.pack import algorithms_in, find, labelled_in, load

ROOT = Path(__file__).resolve().parents[3]
PACK = ROOT / "packs" / "citizen_demands"
ORGANISATIONS = ROOT / "packs" / "sample_city" / "organisations.csv"

CLEAR = [
    ("公积金贷款怎么办理", "我想咨询住房公积金贷款的条件和材料", "城乡建设"),
    ("工地夜间施工噪音扰民", "楼下工地凌晨还在施工，噪声和粉尘污染严重，请环保局处理", "环境保护"),
    ("出租车拒载不打表", "在汽车站坐出租车，司机拒载还不打表", "交通运输"),
    ("小学学位申请", "孩子今年上小学，请问教育局学位申请和招生划片怎么定", "教育文体"),
    ("公司拖欠工资", "公司拖欠工资三个月，也不缴社保，劳动合同到期不续签", "劳动和社会保障"),
    ("超市虚假宣传不退款", "消费者在超市买到假货，商家拒绝退款，请工商局处理", "商贸旅游"),
    ("医院乱收费", "在人民医院住院，医生开药多，检查费高，护士态度差", "卫生计生"),
]


def row(subject: str, body: str, **more: Any) -> dict[str, Any]:
    return {"subject": subject, "body": body, **more}


def test_clear_messages_are_filed_in_their_class() -> None:
    said = logic.category([row(subject, body) for subject, body, _ in CLEAR])
    assert [one["level1"] for one in said] == [level1 for _, _, level1 in CLEAR]


def test_levels_two_and_three_are_of_their_level_one_or_null() -> None:
    paths = {(one["level1"], one["level2"], one["level3"]) for one in category_rows()}
    pairs = {path[:2] for path in paths}
    for one in logic.category([row(subject, body) for subject, body, _ in CLEAR]):
        assert one["level2"] is None or (one["level1"], one["level2"]) in pairs
        assert one["level3"] is None or (one["level1"], one["level2"], one["level3"]) in paths
    fund = logic.category([row(*CLEAR[0][:2])])[0]
    assert (fund["level2"], fund["level3"]) == ("住房保障与房地产", "住房公积金")


def test_a_text_that_says_nothing_has_no_level_two_and_is_not_passed_on() -> None:
    said = logic.analyse([row("你好", "在吗"), row("", "")])
    assert [one["level2"] for one in said] == [None, None]
    assert [one["auto"] for one in said] == [False, False]


def test_a_class_without_labelled_messages_is_found_by_its_words_and_never_passed_on() -> None:
    said = logic.analyse(
        [row("派出所户口迁移", "在派出所办理户口迁移和身份证、居住证，民警不受理")]
    )
    assert (said[0]["level1"], said[0]["calibrated"], said[0]["auto"]) == ("政法", False, False)
    assert said[0]["organisation_key"] == "police"


def test_every_step_says_why_in_both_languages() -> None:
    said = logic.analyse(
        [row("公司拖欠工资", "公司拖欠工资三个月，请劳动监察处理，电话13800138000")]
    )[0]
    assert {reason["step"] for reason in said["why"]} >= {
        "category", "sensitive", "kind", "responsible",
    }  # fmt: skip
    assert all(reason["zh"] and reason["en"] for reason in said["why"])


def test_an_explanation_holds_when_its_words_are_taken_out() -> None:
    text = row("出租车站旁噪音", "出租车司机整夜鸣笛，噪音扰民，污染空气，废气刺鼻")
    told = logic.explain([text])[0]
    less = dict(text)
    for word in told["without"]:
        less = {name: value.replace(word, "\n") for name, value in less.items()}
    assert told["without"]
    assert logic.category([less])[0]["level1"] == told["otherwise"] != told["level1"]


@pytest.mark.parametrize(
    ("body", "urgency", "services"),
    [
        ("我家楼上着火了，快来人", "emergency", ["119"]),
        ("电梯困人，有人被困在电梯里", "emergency", ["119"]),
        ("有人持刀砍人，正在打人", "emergency", ["110"]),
        ("路边有老人晕倒了，没有呼吸", "emergency", ["120"]),
        ("消防通道被堵，万一着火了怎么办", "ordinary", []),
        ("去年小区着火了，至今没有处理结果", "ordinary", []),
        ("楼顶外墙脱落，随时会砸到人", "urgent", []),
        ("咨询居住证办理", "ordinary", []),
    ],
)
def test_only_a_danger_that_is_there_now_is_an_emergency(
    body: str, urgency: str, services: list[str]
) -> None:
    said = logic.urgency([row("求助", body)])[0]
    assert (said["urgency"], said["services"]) == (urgency, services)


def test_an_emergency_is_never_passed_on_by_itself() -> None:
    assert (
        logic.analyse([row("着火了", "小区住户家着火了，物业没人管，业主求助")])[0]["auto"] is False
    )


@pytest.mark.parametrize(
    ("secret", "hidden"),
    [
        ("13800138000", "1********00"),
        ("11010519491231002X", "1***************2X"),
        ("0755-12345678".replace("1234", "8234"), "0**********78"),
        ("粤B12345", "粤******"),
        ("someone@example.org", "s****************rg"),
    ],
)
def test_personal_data_never_stands_in_the_public_text(secret: str, hidden: str) -> None:
    said = logic.sensitive([row("求助", f"请联系{secret}，谢谢")])[0]
    assert said["public_body"] == f"请联系{hidden}，谢谢"
    assert secret not in json.dumps(said, ensure_ascii=False)
    assert said["sensitive"][0]["meaning"] == "privacy"


def test_plain_numbers_are_not_taken_for_personal_data() -> None:
    body = "公交805路，1号楼1单元，2019年2月28日，金额15000000元，门牌440305"
    assert logic.sensitive([row("求助", body)])[0]["public_body"] == body


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("咨询公积金提取需要什么材料？", "consultation"),
        ("投诉物业公司乱收费", "complaint"),
        ("举报某公司偷税漏税", "report"),
        ("建议在路口增设红绿灯", "suggestion"),
        ("感谢社区工作人员，送上锦旗", "praise"),
        ("请求帮忙解决孩子看病困难", "help"),
    ],
)
def test_the_kind_follows_the_words_of_the_subject(subject: str, kind: str) -> None:
    assert logic.kind([row(subject, "")])[0]["kind"] == kind


def test_the_duty_list_is_whole_and_names_organisations_that_are() -> None:
    paths = {(one["level1"], one["level2"], one["level3"]) for one in category_rows()}
    pairs, firsts = {path[:2] for path in paths}, {path[0] for path in paths}
    duties = duty_rows()
    with ORGANISATIONS.open(encoding="utf-8") as file:
        known = {one["organisation_key"]: one for one in csv.DictReader(file)}
    assert len(paths) == 517
    assert {one["organisation_key"] for one in duties} <= known.keys()
    columns = {"city": "city", "district": "district", "subdistrict": "sub_district"}
    assert all(known[one["organisation_key"]][columns[one["level"]]] for one in duties)
    assert {one["level1"] for one in duties if not one["level2"]} == firsts
    named = {(one["level1"], one["level2"]) for one in duties if one["level2"]}
    assert named <= pairs
    assert {pair for pair in pairs if pair[1] != "其他"} <= named
    assert {
        (one["level1"], one["level2"], one["level3"]) for one in duties if one["level3"]
    } <= paths
    assert all(one["basis"] and one["words"] for one in duties)
    assert {one["deadline"] for one in duties} <= {"urgent", "simple", "ordinary", "complex"}


def test_routing_follows_category_words_and_area() -> None:
    asked = row("小区停水", "自来水停水三天", level1="城乡建设", level2="城市建设和市政管理")
    there, nowhere = logic.responsible([{**asked, "area": "440305"}, asked])
    assert (there["organisation_key"], there["level"]) == ("water", "district")
    assert (nowhere["organisation_key"], nowhere["level"]) == ("water", "city")
    unknown = logic.route([row("", "", level1="没有这一类")])[0]
    assert unknown["organisation_key"] is None


def test_a_repeat_is_the_same_matter_and_a_neighbour_is_not() -> None:
    body = "东门老街的烧烤店每天营业到凌晨，油烟直排楼上。孩子没法睡。"
    turned = "孩子没法睡。东门老街的烧烤店每天营业到凌晨，油烟直排楼上。"
    lamp = "东门老街的路灯坏了一个月，晚上走路很危险。"
    demand = row("东门老街烧烤店油烟扰民", body, level1="环境保护")
    again = row("再次反映东门老街烧烤店油烟扰民！", turned, level1="环境保护")
    other = row("东门老街路灯不亮", lamp, level1="城乡建设")
    here = {"lon": 114.12, "lat": 22.54, "at": "2026-01-05T10:00:00"}
    far = {"lon": 113.9, "lat": 22.5, "at": "2026-01-06T10:00:00"}
    candidates = [
        {**again, **here, "id": "again"},
        {**other, **here, "id": "other"},
        {**demand, **far, "id": "far"},
    ]
    said = logic.similar([{"demand": {**demand, **here}, "candidates": candidates}])[0]["matches"]
    by_id = {one["id"]: one for one in said}
    assert [by_id[name]["same"] for name in ("again", "other")] == [True, False]
    assert by_id["far"]["score"] < by_id["again"]["score"] + 0.01
    assert by_id["again"]["why"]


def test_reports_of_a_mass_matter_speak_for_one_that_tells_it_in_other_words() -> None:
    subjects = ("东门老街烧烤店油烟扰民", "东门老街夜间烧烤油烟熏人", "投诉东门老街烧烤店的油烟")
    told = [
        row(subject, f"{body}没有人管。", level1="环境保护", id=str(number), event="E1")
        for number, (subject, body) in enumerate(
            zip(subjects, ("每天营业到凌晨。", "我们不敢开窗。", "孩子咳嗽了很久。"), strict=True)
        )
    ]
    new = row("东门老街店铺污染", "烧烤把整条街弄得乌烟瘴气，老人都病了。", level1="环境保护")
    apart = [{**one, "event": None} for one in told]
    alone = logic.similar([{"demand": new, "candidates": apart}])[0]["matches"]
    together = logic.similar([{"demand": new, "candidates": told}])[0]["matches"]

    assert not any(one["same"] for one in alone)
    assert together[0]["same"]
    assert together[0]["why"][-1]["zh"] == "同一事件中另有 2 件与之相近"
    two = logic.similar([{"demand": new, "candidates": told[:2]}])[0]["matches"]
    assert not any(one["same"] for one in two)


def test_a_place_is_found_among_names_that_the_row_brings_or_the_caller_built_once() -> None:
    names = [
        {"code": "440305000000", "name": "南山区", "kind": "district", "lon": "", "lat": ""},
        {
            "code": "440305002000",
            "name": "粤海街道",
            "kind": "sub_district",
            "lon": 113.9,
            "lat": 22.5,
        },
    ]
    asked = {"text": "南山区粤海街道科苑路"}
    brought = logic.place([{**asked, "places": names}])[0]
    built = logic.place([asked], logic.gazetteer(names))[0]
    assert brought == built
    assert brought["candidates"][0]["code"] == "440305002000"
    assert logic.place([asked])[0]["candidates"] == []


def test_the_model_that_ships_says_what_it_was_trained_from() -> None:
    notes = category_model().notes
    assert notes["trained_from"][0].endswith(".csv")
    assert notes["rows"] > 0
    assert 0.5 < notes["auto_threshold"] <= 1


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def run_command(monkeypatch: pytest.MonkeyPatch, name: str, data: bytes) -> int:
    class Input:
        buffer = io.BytesIO(data)

    monkeypatch.setattr("sys.stdin", Input())
    return command.main(["algorithm", "run", name])


def test_the_command_answers_line_by_line_and_names_the_faults_of_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(row(*CLEAR[4][:2]), ensure_ascii=False).encode()
    data = b"\n".join([good, b"{", b"[]", b'{"subject": 3, "body": ""}', b"\xff", good]) + b"\n"
    assert run_command(monkeypatch, "citizen_demands.category", data) == 1
    said = lines_of(capsys.readouterr().out)
    assert [one.get("level1") for one in said] == ["劳动和社会保障", *[None] * 4, "劳动和社会保障"]
    codes = [fault["code"] for one in said[1:5] for fault in one["error"]]
    assert codes == ["not_json", "not_an_object", "not_text", "not_json"]


def test_one_ill_shaped_row_costs_no_other_its_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = {"demand": row("路灯不亮", "坏了"), "candidates": [row("路灯不亮", "坏了", id=1)]}
    data = f"{json.dumps(sound)}\n{json.dumps({**sound, 'candidates': 7})}\n".encode()
    assert run_command(monkeypatch, "citizen_demands.similar", data) == 1
    first, second = lines_of(capsys.readouterr().out)
    assert first["matches"][0]["same"] is True
    assert second["error"][0]["code"] == "unanswered"


def test_an_unknown_algorithm_is_named_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(monkeypatch, "citizen_demands.nothing", b"") == 1
    assert "citizen_demands.category" in capsys.readouterr().err
    with pytest.raises(Absent):
        algorithms_in(ROOT / "packs").named("nobody.nothing")


def test_training_writes_a_model_of_made_up_messages_and_needs_labelled_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    assert (
        command.main(["algorithm", "train", "citizen_demands.category", "--data", str(data)]) == 1
    )
    (data / "demands-labelled.csv").write_text("subject,body\n甲,乙\n", encoding="utf-8")
    assert (
        command.main(["algorithm", "train", "citizen_demands.category", "--data", str(data)]) == 1
    )
    columns = ("subject", "body", "category_level1")
    with (data / "demands-labelled.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for number in range(8):
            for subject, body, level1 in CLEAR:
                writer.writerow(
                    dict(zip(columns, (subject, f"{body}{number}", level1), strict=True))
                )
    written: dict[str, bytes] = {}
    monkeypatch.setattr(algorithm, "_replace", lambda path, made: written.update({path.name: made}))
    assert (
        command.main(["algorithm", "train", "citizen_demands.category", "--data", str(data)]) == 0
    )
    assert list(written) == ["category.npz"]
    assert written["category.npz"].startswith(b"PK")


def test_every_declared_output_is_given() -> None:
    given: Mapping[str, Any] = {
        **row("路灯不亮", "坏了"),
        "level1": "城乡建设",
        "demand": row("路灯不亮", "坏了"),
        "candidates": [],
    }
    for one in algorithms_in(ROOT / "packs"):
        said = one.run([dict(given)])[0] if one.name.startswith("citizen_demands.") else {}
        assert set(one.outputs) <= set(said) or not one.name.startswith("citizen_demands.")


def test_every_category_and_every_sensitive_meaning_has_a_name_in_both_languages() -> None:
    with (PACK / "categories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 517
    assert not [row for row in rows for n in (1, 2, 3) if not row[f"level{n}_en"].strip()]
    known = {row["level3"]: row["level3_en"] for row in rows}
    assert len(set(known.values())) == len(known)

    registry = load(find(PACK.parent))
    meanings = registry.code_lists["sensitive_meanings"]
    with (PACK / "word-rules.csv").open(encoding="utf-8", newline="") as file:
        said = {row["result"] for row in csv.DictReader(file) if row["rule"] == "sensitive"}
    assert not [one for one in said if meanings.label_of(one) is None]


def test_the_labelled_rows_of_the_first_model_are_read_for_a_challenger() -> None:
    told = {"demands-labelled.csv": [
        {"subject": f"路灯{n}不亮", "body": f"第{n}盏路灯坏了", "category_level1": "城乡建设"}
        for n in range(3)
    ]}  # fmt: skip
    rows = labelled_in(PACK.parent, "citizen_demands.category", told)
    assert {label for _, label in rows} == {"城乡建设"}
    assert [text.subject for text, _ in rows] == ["路灯0不亮", "路灯1不亮", "路灯2不亮"]
