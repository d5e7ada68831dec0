"""The Merkle tree over the log: leaves, kept nodes, sealed roots."""

from alembic import op

revision = "0010"
down_revision = "0009"

SCHEMA = """
-- Rows of these tables are only ever appended. tx and seq name the entry of the log.
create table log_leaf (
    leaf bigint primary key,
    tx xid8 not null,
    seq bigint not null unique,
    hash bytea not null
);

-- Perfect nodes from level 8 (256 leaves) on.
create table log_node (
    level int not null,
    at bigint not null,
    hash bytea not null,
    primary key (level, at)
);

-- tx and seq: the position of the last entry in the tree, where sealing goes on.
create table log_root (
    size bigint primary key,
    root bytea not null,
    tx xid8 not null,
    seq bigint not null,
    at timestamptz not null default clock_timestamp()
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
