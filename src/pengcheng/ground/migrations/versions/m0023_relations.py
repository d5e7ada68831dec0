"""Edges of declared relations between records, each true from one instant to another."""

from alembic import op

revision = "0023"
down_revision = "0022"

SCHEMA = """
create table record_edge (
    id uuid primary key,
    type text not null,
    relation text not null,
    from_id uuid not null,
    to_type text not null,
    to_id uuid not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    recorded_at timestamptz not null default clock_timestamp(),
    withdrawn_at timestamptz,
    check (valid_to is null or valid_to > valid_from)
);
create index record_edge_from on record_edge (from_id, type, relation, valid_from, id)
    where withdrawn_at is null;
create index record_edge_to on record_edge (to_id, type, relation, valid_from, id)
    where withdrawn_at is null;
create index record_edge_all on record_edge (type, relation, valid_from, id)
    where withdrawn_at is null;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("drop table record_edge;")
