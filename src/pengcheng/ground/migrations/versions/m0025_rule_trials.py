"""Trials of rule versions that are not published: asked for on a page, run by the worker."""

from alembic import op

revision = "0025"
down_revision = "0024"

SCHEMA = """
create table rule_trial (
    id uuid primary key,
    version_id uuid not null references rule_version on delete cascade,
    decision text not null,
    content text not null,
    orders jsonb not null,
    since timestamptz not null,
    asked_by uuid,
    asked_at timestamptz not null,
    state text not null check (state in ('waiting', 'running', 'done', 'stopped', 'failed')),
    beat_at timestamptz not null,
    tries integer not null default 0,
    done integer not null default 0,
    total integer not null default 0,
    changed integer not null default 0,
    report jsonb,
    fault text not null default ''
);
create index rule_trial_version on rule_trial (version_id, asked_at desc);
create index rule_trial_open on rule_trial (asked_at) where state in ('waiting', 'running');
create table rule_trial_change (
    trial_id uuid not null references rule_trial on delete cascade,
    n integer not null,
    decision_id uuid not null,
    code text not null,
    effect text not null,
    before jsonb,
    after jsonb,
    fault text not null,
    primary key (trial_id, n)
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
