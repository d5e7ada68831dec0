"""Reports as they were made: one of each report for each period and each post's reach."""

from alembic import op

revision = "0026"
down_revision = "0025"

SCHEMA = """
create table report (
    id uuid primary key,
    name text not null,
    reach text not null,
    first date not null,
    last date not null,
    made_at timestamptz not null,
    content jsonb not null,
    check (first <= last),
    unique (reach, name, first)
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
