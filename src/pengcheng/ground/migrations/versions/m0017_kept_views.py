"""Views of lists that an account keeps under names of its own."""

from alembic import op

revision = "0017"
down_revision = "0016"

SCHEMA = """
-- `query` is the address of the list without its path: a kept view is a link with a name.
create table kept_view (
    id uuid primary key,
    account_id uuid not null references account on delete cascade,
    screen text not null,
    name text not null check (length(name) between 1 and 40),
    query text not null check (length(query) <= 1000),
    kept_at timestamptz not null default now(),
    unique (account_id, screen, name)
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
