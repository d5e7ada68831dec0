"""Changes of areas are among what administrators look back on."""

from alembic import op

revision = "0024"
down_revision = "0023"

SCHEMA = """
drop index log_kept;
create index log_kept on log (subject_type, seq) where kind in (
    'record.added', 'record.changed', 'record.retired', 'record.filled',
    'organisation.added', 'organisation.changed', 'organisation.moved',
    'account.opened', 'account.changed', 'account.locked', 'account.unlocked',
    'account.password_reset', 'account.password_changed',
    'post.given', 'post.changed', 'post.ended', 'role.added', 'role.changed',
    'area.added', 'area.changed', 'calendar.changed', 'parked.retry_asked', 'parked.resolved');
"""


def upgrade() -> None:
    op.execute(SCHEMA)
