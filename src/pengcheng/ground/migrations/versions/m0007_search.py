"""Full-text search over records and cases."""

from alembic import op

revision = "0007"
down_revision = "0006"

SCHEMA = """
create table search_document (
    id uuid primary key,
    type text not null,
    title text not null default '',
    tokens tsvector not null,
    area_no bigint,
    organisation_no bigint,
    owner_id uuid,
    sensitivity smallint not null default 2,
    open boolean not null default true,
    at timestamptz not null
);
create index search_tokens on search_document using gin (tokens);
create index search_type on search_document (type, at desc);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
