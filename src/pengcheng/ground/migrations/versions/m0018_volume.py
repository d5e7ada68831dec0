"""What a city of millions needs: compact shares, the log's past months."""

from alembic import op

revision = "0018"
down_revision = "0017"

SCHEMA = """
-- A share is the list of its values, in the order of the fields.
update indicator_share set shares = (
    select coalesce(jsonb_agg(jsonb_build_array(
        s -> 'indicator', s -> 'day', s -> 'hour', s -> 'area_no', s -> 'organisation_no',
        s -> 'category', s -> 'numerator', s -> 'denominator')), '[]')
    from jsonb_array_elements(shares) s);
-- The primary key begins with the same columns.
drop index indicator_value_day;

-- A month that the default partition has entries of stays there.
create or replace function ensure_log_partition(month date) returns void language plpgsql as $$
declare
    name text := 'log_' || to_char(month, 'YYYY_MM');
    low timestamptz := date_trunc('month', month);
    high timestamptz := low + interval '1 month';
begin
    if to_regclass(name) is null
       and not exists (select 1 from log_earlier where at >= low and at < high) then
        execute format('create table %I partition of log for values from (%L) to (%L)', name, low,
                       high);
    end if;
end $$;
"""


def upgrade() -> None:
    op.execute(SCHEMA)
