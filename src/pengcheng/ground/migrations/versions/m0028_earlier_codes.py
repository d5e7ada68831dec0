"""The number that a case had in the system from which it was taken over."""

from alembic import op

revision = "0028"
down_revision = "0027"

SCHEMA = """
alter table cases add column earlier_code text;
create unique index cases_earlier on cases (kind, earlier_code) where earlier_code is not null;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
