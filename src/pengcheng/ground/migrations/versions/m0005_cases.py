"""Cases with their owner and clock, tasks, messages, events that many cases join, evaluation."""

from alembic import op

revision = "0005"
down_revision = "0004"

SCHEMA = """
create sequence case_serial;

create table event (
    id uuid primary key,
    code text not null unique,
    kind text not null,
    title text not null,
    category text,
    area_no bigint,
    organisation_no bigint,
    sensitivity smallint not null default 2,
    place geometry(Point, 4326),
    happened_at timestamptz not null,
    cases int not null default 0,
    open boolean not null default true,
    version int not null default 1
);
create index event_place on event using gist (place) where open;
create index event_time on event (happened_at desc);

-- Every open case has one owner (organisation_id, and account_id once somebody took it), one
-- running clock (clock, due_at) and a reachable end (step belongs to its process).
create table cases (
    id uuid primary key,
    code text not null unique,
    kind text not null,
    title text not null,
    process_version int not null default 1,
    step text not null,
    stage text not null,
    open boolean not null default true,
    outcome text,
    channel text not null,
    category text,
    category_confidence real,
    urgency smallint not null default 0,
    area_no bigint,
    area_source text not null default '',
    organisation_id uuid not null,
    organisation_no bigint not null,
    account_id uuid,
    author_id uuid,
    author_account_id uuid,
    disclosure text not null default 'open'
        check (disclosure in ('open', 'anonymous', 'confidential')),
    is_public boolean not null default false,
    sensitivity smallint not null default 2,
    event_id uuid references event,
    parent_id uuid references cases,
    place geometry(Point, 4326),
    automatic boolean,
    clock text not null default 'running' check (clock in ('running', 'suspended', 'stopped')),
    accepted_at timestamptz not null default now(),
    dispatched_at timestamptz,
    taken_at timestamptz,
    replied_at timestamptz,
    closed_at timestamptz,
    due_at timestamptz,
    watch_at timestamptz,
    suspended_until timestamptz,
    deadline jsonb not null,
    next_at timestamptz,
    warned smallint not null default 0,
    supervised smallint not null default 0,
    escalated_to smallint not null default 0,
    dispatches smallint not null default 0,
    returns smallint not null default 0,
    extensions smallint not null default 0,
    reopenings smallint not null default 0,
    suspended_seconds int not null default 0,
    satisfaction smallint,
    was_late boolean,
    receipt_hash bytea,
    submission_key text,
    sealed bytea,
    step_since timestamptz not null default now(),
    similar_keys bigint[],
    version int not null default 1,
    check (open = (closed_at is null)),
    check (not open or clock <> 'stopped'),
    check (clock <> 'running' or due_at is not null)
);
create index cases_work on cases (due_at, id) where open;
create index cases_unit on cases (organisation_no, due_at, id) where open;
create index cases_area on cases (area_no, due_at, id) where open;
create index cases_account on cases (account_id, due_at, id) where open;
create index cases_author on cases (author_id, accepted_at desc) where author_id is not null;
create index cases_accepted on cases (accepted_at desc, id desc);
create index cases_unit_accepted on cases (organisation_no, accepted_at desc);
create index cases_category on cases (category, accepted_at desc);
create index cases_event on cases (event_id) where event_id is not null;
create index cases_place on cases using gist (place) where open;
create index cases_similar on cases using gin (similar_keys) where open;
create unique index cases_submission on cases (submission_key) where submission_key is not null;
create index cases_next on cases (next_at) where open;
create index cases_receipt on cases (receipt_hash) where receipt_hash is not null;
create index cases_parent on cases (parent_id) where parent_id is not null;

create table task (
    id uuid primary key,
    case_id uuid not null references cases,
    kind text not null,
    title text not null default '',
    role text,
    organisation_id uuid not null,
    organisation_no bigint not null,
    area_no bigint,
    account_id uuid,
    state text not null default 'open'
        check (state in ('open', 'taken', 'done', 'returned', 'withdrawn')),
    request jsonb not null default '{}',
    result jsonb,
    created_at timestamptz not null default now(),
    due_at timestamptz,
    done_at timestamptz,
    version int not null default 1
);
create index task_case on task (case_id);
create index task_unit on task (organisation_no, due_at) where state in ('open', 'taken');
create index task_account on task (account_id, due_at) where state in ('open', 'taken');
create index task_kind on task (kind, organisation_no) where state in ('open', 'taken');

create table message (
    id uuid primary key,
    case_id uuid not null references cases,
    author_kind text not null,
    author_id uuid,
    organisation_id uuid,
    purpose text not null,
    visibility text not null check (visibility in ('public', 'parties', 'internal')),
    body text not null,
    files uuid[] not null default '{}',
    channel text not null default '',
    at timestamptz not null default now()
);
create index message_case on message (case_id, at);

create table follower (
    case_id uuid not null references cases,
    person_id uuid not null,
    at timestamptz not null default now(),
    primary key (case_id, person_id)
);
create index follower_person on follower (person_id);

create table evaluation (
    id uuid primary key,
    case_id uuid not null references cases,
    organisation_no bigint not null,
    area_no bigint,
    source text not null check (source in ('author', 'call_back', 'supervisor')),
    grade smallint not null check (grade between 1 and 5),
    reasons text[] not null default '{}',
    comment text not null default '',
    facts jsonb not null default '{}',
    at timestamptz not null default now()
);
create index evaluation_case on evaluation (case_id);
create index evaluation_unit on evaluation (organisation_no, at);

-- What an automatic step decided: inputs, version, output, why, what would have changed it.
create table decision (
    id uuid primary key,
    case_id uuid,
    step text not null,
    rule text not null,
    version text not null,
    inputs jsonb not null,
    output jsonb not null,
    why jsonb not null,
    confidence real,
    undone_by uuid,
    undone_at timestamptz,
    at timestamptz not null default now()
);
create index decision_case on decision (case_id);
create index decision_rule on decision (rule, at);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
