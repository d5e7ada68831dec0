"""Published versions of decision models, and decisions as a chain that shows what was altered."""

from alembic import op

revision = "0013"
down_revision = "0012"

SCHEMA = """
-- A model as it was published, for ever: a past decision is replayed by its own.
create table rule_version (
    id uuid primary key,
    name text not null,
    number int not null check (number > 0),
    pack text not null default '',
    fingerprint text not null,
    content text not null,
    imports text[] not null default '{}',
    published_at timestamptz not null,
    published_by uuid,
    unique (name, number)
);
create index rule_version_fingerprint on rule_version (name, fingerprint);

-- hash = sha256(hash of the decision before, everything kept of this one); seq has no gaps.
alter table decision
    alter column confidence type double precision,
    add column seq bigint,
    add column subject_type text not null default '',
    add column about jsonb not null default '{}',
    add column model_version uuid references rule_version,
    add column sources jsonb not null default '{}',
    add column fired jsonb not null default '[]',
    add column basis jsonb not null default '[]',
    add column hash bytea;
create unique index decision_seq on decision (seq) where seq is not null;
create index decision_past on decision (rule, seq) where model_version is not null;
create index decision_at on decision using brin (at);

-- The end of the chain: who records a decision holds this row until the end of the transaction.
create table decision_chain (
    id smallint primary key check (id = 1),
    seq bigint not null,
    hash bytea not null
);
insert into decision_chain values (1, 0, ''::bytea);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
