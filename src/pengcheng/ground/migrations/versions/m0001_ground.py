"""The log, its readers' cursors, timers, parked work, keys of persons, access records, settings."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMA = """
create extension if not exists postgis;
create extension if not exists pg_trgm;
create extension if not exists btree_gist;
create schema if not exists city;
create schema if not exists city_history;

create sequence log_seq;

-- Partitioned by month; tx and seq together order the entries without gaps (a cursor never reads
-- past the oldest transaction that still runs).
create table log (
    seq bigint not null default nextval('log_seq'),
    tx xid8 not null default pg_current_xact_id(),
    at timestamptz not null default clock_timestamp(),
    kind text not null,
    subject_type text not null,
    subject_id uuid not null,
    actor_kind text not null,
    actor_id uuid,
    actor_name text not null default '',
    request_id text not null default '',
    area_no bigint,
    organisation_no bigint,
    sensitivity smallint not null default 2,
    visibility text not null default 'internal',
    before jsonb,
    after jsonb,
    cause jsonb,
    person_id uuid,
    personal bytea
) partition by range (at);
alter sequence log_seq owned by log.seq;
create table log_earlier partition of log default;
create index log_order on log (tx, seq);
create index log_subject on log (subject_id, seq);

create or replace function ensure_log_partition(month date) returns void language plpgsql as $$
declare
    name text := 'log_' || to_char(month, 'YYYY_MM');
begin
    if to_regclass(name) is null then
        execute format('create table %I partition of log for values from (%L) to (%L)', name,
                       date_trunc('month', month), date_trunc('month', month) + interval '1 month');
    end if;
end $$;
select ensure_log_partition((date_trunc('month', now()) + n * interval '1 month')::date)
from generate_series(-1, 3) n;

create table subscription (
    name text primary key,
    tx xid8 not null default '0',
    seq bigint not null default 0,
    handled bigint not null default 0,
    moved_at timestamptz not null default now()
);

create table parked (
    id uuid primary key,
    subscriber text not null,
    log_seq bigint,
    timer_id uuid,
    tries int not null,
    error text not null,
    entry jsonb,
    at timestamptz not null default now(),
    resolved_at timestamptz,
    resolution text
);
create index parked_open on parked (at) where resolved_at is null;

create table timer (
    id uuid primary key,
    due_at timestamptz not null,
    kind text not null,
    subject_id uuid not null,
    payload jsonb not null default '{}',
    tries int not null default 0
);
create index timer_due on timer (due_at);
create index timer_subject on timer (subject_id, kind);

create table person_key (
    person_id uuid primary key,
    wrapped bytea,
    destroyed_at timestamptz
);

-- Who read records that show personal attributes: one row a request, with the ids.
create table access_record (
    id uuid primary key,
    at timestamptz not null default now(),
    actor_kind text not null,
    actor_id uuid,
    actor_name text not null default '',
    organisation_id uuid,
    action text not null,
    type text not null,
    record_ids uuid[] not null,
    request_id text not null default '',
    reason text not null default ''
);
create index access_record_ids on access_record using gin (record_ids);
create index access_record_at on access_record (at);

create table stored_file (
    id uuid primary key,
    sha256 text not null,
    bytes bigint not null,
    media_type text not null,
    name text not null,
    owner_id uuid,
    subject_id uuid,
    purpose text not null default '',
    facts jsonb not null default '{}',
    sensitivity smallint not null default 3,
    created_at timestamptz not null default now()
);
create index stored_file_subject on stored_file (subject_id);

create table city_setting (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now()
);

create table idempotency (
    key text primary key,
    actor text not null,
    request_hash bytea not null,
    status int,
    body bytea,
    at timestamptz not null default now()
);
create index idempotency_at on idempotency (at);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
