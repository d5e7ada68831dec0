"""What each record and event counts for, and the work that comes again for each object."""

from alembic import op

revision = "0027"
down_revision = "0026"

SCHEMA = """
-- One row for each record and indicator: the difference that a change moves, what a figure opens
-- down to, and the newest value where a figure is that.
create table indicator_counted (
    record_id uuid not null,
    indicator text not null,
    at timestamptz not null,
    day date not null,
    hour smallint not null,
    area_no bigint not null,
    organisation_no bigint not null,
    category text not null,
    numerator double precision not null,
    denominator double precision not null,
    primary key (record_id, indicator)
);
create index indicator_counted_newest on indicator_counted (indicator, at desc, record_id desc);

-- The records for which work comes again, with its next period; a record that leaves the filter
-- has no row.
create table recurring_duty (
    recurring text not null,
    record_id uuid not null,
    began_on date not null,
    period date not null,
    opens_at timestamptz not null,
    primary key (record_id, recurring)
);
create index recurring_duty_recurring on recurring_duty (recurring, opens_at);

-- What was opened: one case for a record and period.
create table recurring_case (
    recurring text not null,
    record_id uuid not null,
    period date not null,
    case_id uuid not null,
    opened_at timestamptz not null,
    primary key (record_id, recurring, period)
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
