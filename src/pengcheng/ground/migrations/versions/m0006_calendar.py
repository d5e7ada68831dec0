"""The city's own table of working days and days off."""

from alembic import op

revision = "0006"
down_revision = "0005"

SCHEMA = """
create table calendar_day (
    day date primary key,
    working boolean not null,
    name text not null default '',
    source text not null default '',
    provisional boolean not null default false
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
