"""Areas from city to grid cell with their outlines, and what the base map draws."""

from alembic import op

revision = "0003"
down_revision = "0002"

SCHEMA = """
-- The number of an area is its statistical code (12 digits) followed by the grid's 3 digits, so
-- that the areas beneath one are the half-open range [no, no_end).
create table area (
    code text primary key,
    no bigint not null unique,
    no_end bigint not null check (no_end > no),
    level text not null check (level in ('city', 'district', 'sub_district', 'community', 'grid')),
    name_zh text not null,
    name_en text not null,
    parent_code text references area,
    schematic boolean not null default false,
    place geometry(MultiPolygon, 4326),
    population int,
    version int not null default 1
);
create index area_parent on area (parent_code);
create index area_place on area using gist (place);
create index area_level on area (level, no);

create table map_feature (
    id bigint generated always as identity primary key,
    layer text not null,
    code text,
    name_zh text not null default '',
    name_en text not null default '',
    kind text not null default '',
    min_zoom smallint not null default 0,
    synthetic boolean not null default false,
    place geometry(Geometry, 3857) not null
);
create index map_feature_place on map_feature using gist (place);
create index map_feature_layer on map_feature (layer, min_zoom);
"""


def upgrade() -> None:
    op.execute(SCHEMA)
