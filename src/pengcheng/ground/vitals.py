"""Signs of life in the database, and the log's partitions for the months to come."""

from pengcheng.ground.database import Work

ALIVE_SECONDS_MAX = 30


async def tell_alive(work: Work) -> None:
    """The background process lives."""
    await work.run(
        """insert into city_setting (name, value) values ('worker.alive', 'true')
           on conflict (name) do update set changed_at = now()"""
    )


async def is_worker_alive(work: Work) -> bool:
    """Whether the background process gave a sign of life lately."""
    return bool(
        await work.value(
            """select exists (select 1 from city_setting where name = 'worker.alive'
               and changed_at > now() - make_interval(secs => %(seconds)s))""",
            seconds=ALIVE_SECONDS_MAX,
        )
    )


async def make_partitions(work: Work) -> None:
    """The log's partitions of this month and the next three."""
    await work.run(
        """select ensure_log_partition(
                      (date_trunc('month', now()) + n * interval '1 month')::date)
           from generate_series(0, 3) n"""
    )
