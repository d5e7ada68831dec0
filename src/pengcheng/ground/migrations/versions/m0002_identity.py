"""Organisations as a numbered tree, people, enterprises, accounts, posts, sessions."""

from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = """
-- A subtree is the half-open range [no, no_end) of numbers.
create table organisation (
    id uuid primary key,
    key text not null unique,
    kind text not null,
    level text not null check (level in ('city', 'district', 'sub_district', 'community')),
    name_zh text not null,
    name_en text not null,
    area_code text not null,
    parent_id uuid references organisation,
    no bigint not null unique,
    no_end bigint not null check (no_end > no),
    active boolean not null default true,
    synthetic boolean not null default false,
    version int not null default 1
);
create index organisation_parent on organisation (parent_id);
create index organisation_place on organisation (kind, area_code);

create table person (
    id uuid primary key,
    name text not null,
    telephone text,
    identity_number text,
    area_code text,
    language text not null default 'zh',
    synthetic boolean not null default false,
    created_at timestamptz not null default now(),
    version int not null default 1
);
create unique index person_telephone on person (telephone) where telephone is not null;

create table enterprise (
    id uuid primary key,
    name text not null,
    social_credit_code text not null unique,
    area_code text,
    synthetic boolean not null default false,
    version int not null default 1
);
create table enterprise_member (
    enterprise_id uuid not null references enterprise,
    person_id uuid not null references person,
    role text not null default 'member',
    primary key (enterprise_id, person_id)
);
create index enterprise_member_person on enterprise_member (person_id);

create table account (
    id uuid primary key,
    username text not null unique,
    kind text not null check (kind in ('citizen', 'enterprise', 'official')),
    person_id uuid not null references person,
    password_hash text,
    failures int not null default 0,
    locked_until timestamptz,
    active boolean not null default true,
    must_change_password boolean not null default false,
    created_at timestamptz not null default now(),
    version int not null default 1
);
create index account_person on account (person_id);

-- A role held in an organisation, for the area of that organisation or a smaller one.
create table post (
    id uuid primary key,
    account_id uuid not null references account,
    role text not null,
    organisation_id uuid references organisation,
    area_code text,
    name text not null default '',
    starts_on date,
    ends_on date,
    unique nulls not distinct (account_id, role, organisation_id, area_code)
);
create index post_role on post (role, organisation_id);
create index post_organisation on post (organisation_id);

create table session (
    token_hash bytea primary key,
    account_id uuid not null references account,
    enterprise_id uuid references enterprise,
    kind text not null check (kind in ('page', 'api')),
    note text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index session_account on session (account_id);
create index session_expiry on session (expires_at);

create table one_time_code (
    id uuid primary key,
    purpose text not null,
    address text not null,
    code_hash bytea not null,
    tries int not null default 0,
    expires_at timestamptz not null
);
create index one_time_code_address on one_time_code (address, purpose);

create table role_name (
    role text primary key,
    name_zh text not null,
    name_en text not null,
    pack text not null default ''
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
