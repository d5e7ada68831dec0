"""Indicators kept by day, area, unit and category: numerator and denominator, never a ratio."""

from alembic import op

revision = "0009"
down_revision = "0008"

SCHEMA = """
create table indicator_value (
    indicator text not null,
    day date not null,
    hour smallint not null default -1,
    area_no bigint not null default -1,
    organisation_no bigint not null default -1,
    category text not null default '',
    numerator double precision not null default 0,
    denominator double precision not null default 0,
    primary key (indicator, day, hour, area_no, organisation_no, category)
);
create index indicator_value_day on indicator_value (indicator, day);

-- What each case counts for now, so that a change of the case moves the difference only.
create table indicator_share (
    case_id uuid primary key,
    shares jsonb not null
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
