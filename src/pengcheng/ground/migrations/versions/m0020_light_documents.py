"""Documents of the index whose rights move without their words."""

from alembic import op

revision = "0020"
down_revision = "0019"

SCHEMA = """
-- Words stand apart from the row: a row whose rights move finds room on its page, so that no index
-- is touched, and what a common word finds is judged on few pages.
alter table search_document set (toast_tuple_target = 128, fillfactor = 85);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
