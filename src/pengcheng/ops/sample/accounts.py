"""Stable sample accounts: at least one for each role, the same in every sample city."""

from pengcheng.ops.sample.model import SampleAccount
from pengcheng.ops.sample.organisations import COMMAND, GRID_CENTRE, HOTLINE, key_of

_CITY, _DISTRICT = "440300000000", "440304000000"
_UNIT, _COMMUNITY = "440304007000", "440304007016"

_ACCOUNTS = (
    ("admin", "administrator", key_of("data", _CITY), "示例·系统管理员", "Sample administrator"),
    ("operator", "operator", key_of(HOTLINE, _CITY), "示例·12345 坐席", "Sample 12345 operator"),
    ("dispatcher", "dispatcher", key_of(HOTLINE, _CITY), "示例·市级分拨员",
     "Sample city dispatcher"),
    ("dispatcher.futian", "dispatcher", key_of(HOTLINE, _DISTRICT), "示例·福田分拨员",
     "Sample Futian dispatcher"),
    ("clerk", "clerk", key_of("water", _DISTRICT), "示例·福田水务经办员", "Sample water clerk"),
    ("clerk.urban", "clerk", key_of("urban_management", _DISTRICT), "示例·福田城管经办员",
     "Sample urban management clerk"),
    ("clerk.city", "clerk", key_of("transport", _CITY), "示例·市交通经办员",
     "Sample transport clerk"),
    ("chief", "unit_chief", key_of("water", _DISTRICT), "示例·福田水务负责人",
     "Sample water bureau chief"),
    ("arbiter", "arbiter", key_of(COMMAND, _CITY), "示例·争议裁定员", "Sample dispute arbiter"),
    ("supervisor", "supervisor", key_of(COMMAND, _CITY), "示例·督办员", "Sample supervisor"),
    ("leader", "command_leader", key_of(COMMAND, _CITY), "示例·指挥长", "Sample command leader"),
    ("opener", "confidential_opener", key_of("petition", _CITY), "示例·保密诉求启封员",
     "Sample opener of confidential demands"),
    ("auditor", "auditor", key_of("justice", _CITY), "示例·审计员", "Sample auditor"),
    ("duty", "command_officer", key_of(COMMAND, _CITY), "示例·市指挥中心值班员",
     "Sample city duty officer"),
    ("duty.futian", "command_officer", key_of(COMMAND, _DISTRICT), "示例·福田指挥中心值班员",
     "Sample Futian duty officer"),
    ("duty.meilin", "command_officer", key_of(COMMAND, _UNIT), "示例·梅林指挥中心值班员",
     "Sample Meilin duty officer"),
    ("duty.meiting", "command_officer", key_of(COMMAND, _COMMUNITY), "示例·梅亭社区值班员",
     "Sample Meiting duty officer"),
    ("grid", "grid_worker", key_of(GRID_CENTRE, _UNIT), "示例·梅林网格员", "Sample grid worker"),
    ("citizen", "citizen", None, "示例·市民", "Sample citizen"),
    ("enterprise", "enterprise_member", None, "示例·企业办事人", "Sample enterprise agent"),
)  # fmt: skip

GRID_WORKER_COMMUNITY = _COMMUNITY
"""The cells of this community are the sample grid worker's."""


def sample_accounts() -> tuple[SampleAccount, ...]:
    """The accounts whose user names the documents and the tests may rely on."""
    return tuple(
        SampleAccount(
            username=username,
            role=role,
            organisation=organisation,
            display_name=name,
            display_name_en=name_en,
        )
        for username, role, organisation, name, name_en in _ACCOUNTS
    )
