"""Indexes and statistics for lists of a million cases."""

from alembic import op

revision = "0021"
down_revision = "0020"

SCHEMA = """
-- Open cases that were answered: few among all that ever were.
create index cases_answered on cases (replied_at desc, id desc)
    where open and replied_at is not null;
-- What a flow of one span groups by and a scope asks for, without reading the cases.
create index cases_flow on cases (accepted_at)
    include (kind, channel, organisation_no, area_no, sensitivity);
-- An open case is as a rule not answered and its clock runs: taken as independent, the planner
-- expects none and sorts them all.
create statistics cases_standing (mcv, dependencies) on open, clock, replied_at from cases;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
