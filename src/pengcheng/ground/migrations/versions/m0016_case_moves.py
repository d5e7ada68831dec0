"""Where open cases stood before an upgrade of their process moved them, for its undoing."""

from alembic import op

revision = "0016"
down_revision = "0015"

SCHEMA = """
create table case_upgrade (
    id uuid primary key,
    kind text not null,
    process text not null,
    old int not null,
    new int not null,
    mapped jsonb not null,
    at timestamptz not null,
    by_account_id uuid,
    undone_at timestamptz
);
create index case_upgrade_kind on case_upgrade (kind, at desc);
create table case_move (
    upgrade_id uuid not null references case_upgrade,
    case_id uuid not null references cases on delete cascade,
    step text not null,
    stage text not null,
    version int not null,
    primary key (upgrade_id, case_id)
);
create index cases_by_law on cases (kind, process_version, step) where open;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("drop index cases_by_law; drop table case_move; drop table case_upgrade;")
