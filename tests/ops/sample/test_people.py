import csv
from collections import Counter
from pathlib import Path

import pytest
from stdnum.cn import uscc

from pengcheng.kernel import codes
from pengcheng.ops import sample
from pengcheng.ops.sample.model import Organisation, Population

SEED = 20261120
ROLES = {
    "administrator", "operator", "dispatcher", "clerk", "unit_chief", "arbiter", "supervisor",
    "command_officer", "command_leader", "confidential_opener", "auditor", "grid_worker",
    "citizen", "enterprise_member",
}  # fmt: skip


@pytest.fixture(scope="module")
def organisations(pack: Path) -> tuple[Organisation, ...]:
    return sample.organisations(pack)


@pytest.fixture(scope="module")
def everyone(
    pack: Path, outlines: sample.Outlines, organisations: tuple[Organisation, ...]
) -> Population:
    return sample.population(pack, outlines, organisations, SEED)


def test_organisations_form_a_tree_told_from_the_top(
    organisations: tuple[Organisation, ...],
) -> None:
    seen: set[str | None] = {None}
    for organisation in organisations:
        assert organisation.parent in seen
        assert organisation.key not in seen
        seen.add(organisation.key)


def test_names_are_those_that_people_know(organisations: tuple[Organisation, ...]) -> None:
    names = {organisation.key: organisation.name for organisation in organisations}

    assert names["water@440300"] == "深圳市水务局"
    assert names["water@440304"] == "福田区水务局"
    assert names["subdistrict_office@440304007"] == "梅林街道办事处"
    assert names["grid_centre@440304007"] == "梅林街道网格中心"
    assert names["community@440304007016"] == "梅亭社区工作站"


def test_no_place_is_left_open_in_a_name(organisations: tuple[Organisation, ...]) -> None:
    assert not [one.key for one in organisations if "{" in one.name + one.name_en]
    assert all(one.name and one.name_en for one in organisations)


def test_command_centres_stand_on_four_levels(organisations: tuple[Organisation, ...]) -> None:
    centres = Counter(one.level for one in organisations if one.organisation_key == "command")

    assert centres == {"city": 1, "district": 9, "sub_district": 79, "community": 788}


def test_identity_numbers_are_well_formed_and_belong_to_no_one(everyone: Population) -> None:
    faults = {codes.identity_number_fault(one.identity_number) for one in everyone.citizens}

    assert faults == {None}
    assert {one.identity_number[:6] for one in everyone.citizens} == {"440399"}
    assert len({one.identity_number for one in everyone.citizens}) == len(everyone.citizens)


def test_identity_numbers_tell_birth_and_sex(everyone: Population) -> None:
    for citizen in everyone.citizens:
        assert codes.birth_of(citizen.identity_number) == citizen.born
        assert (int(citizen.identity_number[16]) % 2 == 1) == (citizen.sex == "male")


def test_credit_codes_are_well_formed_and_belong_to_no_one(everyone: Population) -> None:
    given = [one.credit_code for one in everyone.enterprises]

    assert {codes.social_credit_code_fault(code) for code in given} == {None}
    assert all(uscc.is_valid(code) and code[8:11] == "XXX" for code in given)
    assert len(set(given)) == len(given)


def test_telephones_lie_in_the_unused_range_and_are_unique(everyone: Population) -> None:
    people = (*everyone.officials, *everyone.citizens, *everyone.enterprises)
    numbers = [person.telephone for person in people]

    assert all(number.startswith("15400") for number in numbers)
    assert all(codes.telephone(number) == number for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_homes_lie_in_the_cell_that_they_name(
    everyone: Population, outlines: sample.Outlines
) -> None:
    locator = sample.Locator(outlines)
    lost = [one for one in everyone.citizens if locator.locate(one.point) != one.grid]

    assert lost == []


def test_sizes_are_kept(everyone: Population) -> None:
    found = (len(everyone.officials), len(everyone.citizens), len(everyone.enterprises))

    assert found == (400, 2000, 100)


def test_a_small_city_still_has_its_sample_accounts(
    pack: Path, outlines: sample.Outlines, organisations: tuple[Organisation, ...]
) -> None:
    sizes = sample.Sizes(officials=0, citizens=0, enterprises=0)
    few = sample.population(pack, outlines, organisations, SEED, sizes)
    named = {one.username for one in (*few.officials, *few.citizens, *few.enterprises)}

    assert named == {account.username for account in sample.sample_accounts()}


def test_there_is_a_sample_account_for_each_role() -> None:
    assert {account.role for account in sample.sample_accounts()} == ROLES


def test_sample_accounts_belong_to_organisations_that_exist(
    organisations: tuple[Organisation, ...],
) -> None:
    known = {organisation.key for organisation in organisations} | {None}

    assert {account.organisation for account in sample.sample_accounts()} <= known


def test_every_official_has_a_known_post_and_organisation(
    everyone: Population, organisations: tuple[Organisation, ...]
) -> None:
    known = {organisation.key for organisation in organisations}

    assert all(one.organisation in known and one.areas for one in everyone.officials)
    assert {one.role for one in everyone.officials} <= set(sample.POSTS)
    assert len({one.username for one in everyone.officials}) == len(everyone.officials)


def test_a_clerk_answers_for_each_district_and_each_sub_district_office(
    everyone: Population,
) -> None:
    held = {one.organisation for one in everyone.officials if one.role == "clerk"}

    assert len([key for key in held if key.startswith("government@")]) == 10
    assert len([key for key in held if key.startswith("subdistrict_office@")]) == 79


def test_grid_workers_share_no_cell(
    pack: Path, outlines: sample.Outlines, organisations: tuple[Organisation, ...]
) -> None:
    sizes = sample.Sizes(officials=3000, citizens=0, enterprises=0)
    full = sample.population(pack, outlines, organisations, SEED, sizes)
    cells = [cell for one in full.officials if one.role == "grid_worker" for cell in one.areas]

    assert len(cells) == len(set(cells)) == len(outlines.at("grid"))


def test_everyone_is_marked_as_synthetic(everyone: Population) -> None:
    people = (*everyone.officials, *everyone.citizens, *everyone.enterprises)

    assert all(person.synthetic for person in people)


def test_the_same_seed_makes_the_same_people(
    pack: Path,
    outlines: sample.Outlines,
    organisations: tuple[Organisation, ...],
    everyone: Population,
) -> None:
    assert sample.population(pack, outlines, organisations, SEED) == everyone
    assert sample.population(pack, outlines, organisations, 1) != everyone


def test_the_duty_list_names_only_organisations_that_exist(
    pack: Path, organisations: tuple[Organisation, ...]
) -> None:
    path = pack.parent / "citizen_demands" / "duty-list.csv"
    known = {(one.organisation_key, one.level.replace("_", "")) for one in organisations}
    with path.open(encoding="utf-8-sig", newline="") as file:
        duties = {
            (row["organisation_key"], row["level"].replace("_", "")) for row in csv.DictReader(file)
        }

    assert duties - known == set()
