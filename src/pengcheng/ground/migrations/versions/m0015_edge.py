"""Webhooks that wait, rest and are resumed, answers kept for who asks the same
again, and who has a content.

Nothing wrote the two tables of webhooks before, so that they are made anew.
"""

from alembic import op

revision = "0015"
down_revision = "0014"

SCHEMA = """
drop table webhook_delivery;
drop table webhook;

create table webhook (
    id uuid primary key,
    url text not null,
    note text not null default '',
    kinds text[] not null default '{}',
    owner_account_id uuid not null,
    owner_id uuid,
    secret bytea not null,
    old_secret bytea,
    old_secret_until timestamptz,
    state text not null default 'active' check (state in ('active', 'paused', 'disabled')),
    tx xid8 not null,
    seq bigint not null,
    failures int not null default 0,
    failing_since timestamptz,
    retry_at timestamptz,
    held_by uuid,
    held_until timestamptz,
    served_at timestamptz,
    created_at timestamptz not null
);
create index webhook_owner on webhook (owner_account_id);
create table webhook_delivery (
    id uuid primary key,
    webhook_id uuid not null references webhook on delete cascade,
    message_id uuid not null,
    log_seq bigint not null,
    event text not null,
    kind text not null,
    status int,
    error text not null default '',
    milliseconds int not null,
    at timestamptz not null
);
create index webhook_delivery_webhook on webhook_delivery (webhook_id, at desc);

create index stored_file_hash on stored_file (sha256);
create index stored_file_thumbnail on stored_file ((facts->>'thumbnail'));

create table kept_answer (
    key bytea primary key,
    asked bytea not null,
    answer jsonb not null,
    at timestamptz not null default now()
);
create index kept_answer_at on kept_answer (at);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
