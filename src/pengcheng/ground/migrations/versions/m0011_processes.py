"""Published processes, their running instances, and what instances ask of the world."""

from alembic import op

revision = "0011"
down_revision = "0010"

SCHEMA = """
create table process_version (
    id uuid primary key,
    name text not null,
    number int not null,
    process_id text not null,
    content text not null,
    digest text not null,
    published_at timestamptz not null default now(),
    unique (name, number),
    unique (name, digest)
);

create table process_instance (
    id uuid primary key,
    version_id uuid not null references process_version,
    subject_type text not null default '',
    subject_id uuid,
    area_no bigint,
    organisation_no bigint,
    sensitivity smallint not null default 2,
    status text not null,
    revision int not null default 1,
    state jsonb not null,
    parent_id uuid references process_instance,
    parent_position int,
    started_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);
create index process_instance_version on process_instance (version_id) where status = 'running';
create index process_instance_subject on process_instance (subject_id)
    where subject_id is not null;
create index process_instance_parent on process_instance (parent_id) where parent_id is not null;

create table process_task (
    instance_id uuid not null references process_instance on delete cascade,
    position int not null,
    node text not null,
    role text not null,
    within text not null default '',
    created_at timestamptz not null,
    taken_by uuid,
    primary key (instance_id, position)
);
create index process_task_role on process_task (role, created_at);

create table process_wait (
    instance_id uuid not null references process_instance on delete cascade,
    wait int not null,
    node text not null,
    kind text not null,
    key text not null default '',
    due_at timestamptz,
    tries int not null default 0,
    primary key (instance_id, wait)
);
create index process_wait_due on process_wait (due_at) where due_at is not null;
create index process_wait_key on process_wait (kind, key) where due_at is null;

create table process_call (
    instance_id uuid not null references process_instance on delete cascade,
    number int not null,
    kind text not null,
    node text not null,
    operation text not null,
    variables jsonb not null,
    due_at timestamptz not null,
    tries int not null default 0,
    error text not null default '',
    primary key (instance_id, number, kind)
);
create index process_call_due on process_call (due_at);

create table process_parked (
    instance_id uuid not null references process_instance on delete cascade,
    position int not null,
    node text not null,
    code text not null,
    facts jsonb not null,
    at timestamptz not null,
    primary key (instance_id, position)
);
create index process_parked_at on process_parked (at);

create table process_move (
    upgrade_id uuid not null,
    instance_id uuid not null references process_instance on delete cascade,
    version_id uuid not null,
    state jsonb not null,
    revision int not null,
    primary key (upgrade_id, instance_id)
);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
