"""The end of retention: what was erased when, and accounts that their holders closed."""

from alembic import op

revision = "0029"
down_revision = "0028"

SCHEMA = """
alter table cases add column retention_ended_at timestamptz;
create index cases_retention on cases (kind, closed_at)
    where closed_at is not null and retention_ended_at is null;
alter table event add column retention_ended_at timestamptz;
-- The hash of an erased decision stays, so that the chain goes on over it.
alter table decision add column erased_at timestamptz;
alter table account add column closed_at timestamptz;
create index notice_subject on notice (subject_id) where subject_id is not null;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
