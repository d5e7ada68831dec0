"""Alembic's entry: run the migrations in one transaction on the database of the configuration."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


def run() -> None:
    url = make_url(context.config.attributes["url"]).set(drivername="postgresql+psycopg")
    with create_engine(url).connect() as connection:
        context.configure(connection=connection, transaction_per_migration=False)
        with context.begin_transaction():
            context.run_migrations()


run()
