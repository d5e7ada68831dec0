"""Cases by the day on which they were answered or closed: figures open down to them by day."""

from alembic import op

revision = "0012"
down_revision = "0011"

SCHEMA = """
create index cases_replied on cases (replied_at desc, id desc) where replied_at is not null;
create index cases_closed on cases (closed_at desc, id desc) where closed_at is not null;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
