"""Models that the city trained itself: each challenger with its verdict, and who is champion."""

from alembic import op

revision = "0022"
down_revision = "0021"

SCHEMA = """
create table trained_model (
    id uuid primary key,
    algorithm text not null,
    version text not null,
    content bytea,
    state text not null check (state in ('champion', 'former', 'refused', 'undone')),
    corrections integer not null,
    confirmed integer not null,
    rows integer not null,
    champion_right integer not null,
    challenger_right integer not null,
    reason text not null,
    against text not null,
    trained_by text not null,
    trained_at timestamptz not null,
    changed_at timestamptz not null
);
create unique index trained_model_champion on trained_model (algorithm) where state = 'champion';
create index trained_model_time on trained_model (algorithm, trained_at desc);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
