"""The registry's versions, and the small table that finds a record of any type.

The tables of declared types stand in schemas `city` and `city_history`; the objects engine makes
them from their declarations.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

SCHEMA = """
create table registry_version (
    version bigint generated always as identity primary key,
    hash text not null,
    content jsonb not null,
    at timestamptz not null default now()
);

create table record (
    id uuid primary key,
    type text not null,
    code text not null,
    area_no bigint,
    title text not null default '',
    unique (type, code)
);

create table schema_change (
    id uuid primary key,
    type text not null,
    statement text not null,
    at timestamptz not null default now(),
    done_at timestamptz,
    error text
);
create sequence record_serial;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
