"""`pengcheng migrate`: bring the database to the newest schema, and nothing else."""

import argparse

from pengcheng.ground import database
from pengcheng.kernel.words import Words
from pengcheng.ops import options
from pengcheng.ops.prepare import check_database
from pengcheng.ops.progress import step


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `migrate` to the command."""
    parser = subparsers.add_parser("migrate", description=__doc__)
    options.add(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Migrate; nothing happens when the schema is the newest already."""
    settings = options.running(arguments)
    with step(Words("升级数据库结构", "migrating")):
        check_database(settings)
        database.migrate(settings.database_url)
    return 0
