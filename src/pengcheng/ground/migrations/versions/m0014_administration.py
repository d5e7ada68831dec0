"""Wrong passwords by name alone, posts with their end, a city's own roles, moved organisations."""

from alembic import op

revision = "0014"
down_revision = "0013"

SCHEMA = """
-- Wrong passwords are counted by the name that was typed, whether an account has it or not: who
-- guesses names learns nothing from being locked out. The name itself is not kept.
create table sign_in_failure (
    name_hash bytea primary key,
    failures int not null,
    locked_until timestamptz,
    last_at timestamptz not null
);
create index sign_in_failure_last on sign_in_failure (last_at);
-- What stays on the account is the lock that an administrator put there.
alter table account drop column failures;
update account set locked_until = null;

-- A post that ended stays as history; the same post may be held again in another period.
alter table post
    add column ended_at timestamptz,
    add column version int not null default 1,
    drop constraint post_account_id_role_organisation_id_area_code_key,
    add constraint post_period check (ends_on >= starts_on),
    add constraint post_once exclude using gist (
        account_id with =,
        role with =,
        coalesce(organisation_id, '00000000-0000-0000-0000-000000000000'::uuid) with =,
        coalesce(area_code, '') with =,
        daterange(starts_on, ends_on, '[]') with &&
    ) where (ended_at is null);
create index post_account on post (account_id);

-- Numbers that a moved organisation left: never given again, for old log entries carry them.
create table organisation_past (
    no bigint primary key,
    no_end bigint not null check (no_end > no),
    organisation_id uuid not null references organisation,
    left_at timestamptz not null default now()
);

-- A role that the city itself made of roles that packs declare.
drop table role_name;
create table city_role (
    role text primary key,
    id uuid not null unique,
    name_zh text not null,
    name_en text not null,
    includes text[] not null check (cardinality(includes) > 0),
    active boolean not null default true,
    version int not null default 1
);

-- Who changed what in the city's own arrangements, newest first; cases are not among these kinds.
create index log_kept on log (subject_type, seq) where kind in (
    'record.added', 'record.changed', 'record.retired', 'record.filled',
    'organisation.added', 'organisation.changed', 'organisation.moved',
    'account.opened', 'account.changed', 'account.locked', 'account.unlocked',
    'account.password_reset', 'account.password_changed',
    'post.given', 'post.changed', 'post.ended', 'role.added', 'role.changed',
    'area.added', 'calendar.changed', 'parked.retry_asked', 'parked.resolved');
"""


def upgrade() -> None:
    op.execute(SCHEMA)
