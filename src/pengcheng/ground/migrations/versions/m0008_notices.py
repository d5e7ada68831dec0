"""Notices to persons and posts, webhooks and their deliveries."""

from alembic import op

revision = "0008"
down_revision = "0007"

SCHEMA = """
create table notice (
    id uuid primary key,
    person_id uuid,
    account_id uuid,
    organisation_no bigint,
    kind text not null,
    subject_id uuid,
    facts jsonb not null default '{}',
    at timestamptz not null default now(),
    read_at timestamptz,
    check (num_nonnulls(person_id, account_id, organisation_no) = 1)
);
create index notice_person on notice (person_id, at desc) where person_id is not null;
create index notice_account on notice (account_id, at desc) where account_id is not null;
create index notice_unit on notice (organisation_no, at desc) where organisation_no is not null;

create table webhook (
    id uuid primary key,
    url text not null,
    secret bytea not null,
    kinds text[] not null default '{}',
    owner_account_id uuid not null,
    tx xid8 not null default '0',
    seq bigint not null default 0,
    active boolean not null default true,
    failures int not null default 0,
    retry_at timestamptz,
    created_at timestamptz not null default now()
);
create table webhook_delivery (
    id uuid primary key,
    webhook_id uuid not null references webhook on delete cascade,
    log_seq bigint not null,
    status int,
    error text not null default '',
    at timestamptz not null default now()
);
create index webhook_delivery_webhook on webhook_delivery (webhook_id, at desc);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
