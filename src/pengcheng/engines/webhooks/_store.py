"""SQL of webhooks, for their owners and for who serves them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pengcheng.engines.webhooks.model import BEHIND_MAX, Claim, Delivery, Tried, Webhook
from pengcheng.ground.database import Row, Work
from pengcheng.ground.log import Position
from pengcheng.ground.scope import Columns, predicate
from pengcheng.kernel.authz import Scope
from pengcheng.kernel.ids import new_id

# A webhook has no place; it belongs to its owner.
_COLUMNS = Columns(area=None, organisation=None, owner="w.owner_id", sensitivity=None)
_VISIBLE = f"""select w.id, w.url, w.note, w.kinds, w.owner_account_id, w.state,
                     w.tx::text::bigint as tx, w.seq, w.failures, w.failing_since, w.retry_at,
                     w.old_secret_until, w.created_at, last.status as last_status,
                     coalesce(last.error, '') as last_error, last.at as last_at,
                     (select count(*) from (select 1 from log
                      where (log.tx, log.seq) > (w.tx, w.seq)
                        and log.tx < pg_snapshot_xmin(pg_current_snapshot())
                      limit {BEHIND_MAX}) ahead) as behind
              from webhook w left join lateral
                   (select status, error, at from webhook_delivery d
                    where d.webhook_id = w.id order by at desc, id desc limit 1) last on true"""


def _webhook(row: Row) -> Webhook:
    position = Position(row.pop("tx"), row.pop("seq"))
    return Webhook(**{**row, "kinds": tuple(row["kinds"])}, position=position)


async def add(
    work: Work, new: Webhook, *, owner_id: UUID | None, secret: bytes, position: Position
) -> None:
    await work.run(
        """insert into webhook (id, url, note, kinds, owner_account_id, owner_id, secret, tx, seq,
                                created_at)
           values (%(id)s, %(url)s, %(note)s, %(kinds)s, %(account)s, %(owner)s, %(secret)s,
                   %(tx)s::text::xid8, %(seq)s, %(at)s)""",
        id=new.id,
        url=new.url,
        note=new.note,
        kinds=list(new.kinds),
        account=new.owner_account_id,
        owner=owner_id,
        secret=secret,
        tx=str(position.tx),
        seq=position.seq,
        at=new.created_at,
    )


async def count_of(work: Work, account_id: UUID) -> int:
    """How many an account has; other changes of them wait."""
    await work.row("select id from account where id = %(id)s for update", id=account_id)
    found = await work.value(
        "select count(*) from webhook where owner_account_id = %(id)s", id=account_id
    )
    return int(found)


async def all_of(work: Work, scope: Scope, limit: int) -> list[Webhook]:
    held, values = predicate(scope, _COLUMNS)
    rows = await work.rows(
        f"{_VISIBLE} where {held} order by w.created_at desc, w.id limit %(limit)s",
        limit=limit,
        **values,
    )
    return [_webhook(row) for row in rows]


async def one(work: Work, scope: Scope, webhook_id: UUID) -> Webhook | None:
    held, values = predicate(scope, _COLUMNS)
    row = await work.row(f"{_VISIBLE} where w.id = %(id)s and {held}", id=webhook_id, **values)
    return _webhook(row) if row else None


async def set_state(
    work: Work, webhook_id: UUID, state: str, *, position: Position | None = None
) -> None:
    """Whoever serves it now loses it; failures are forgotten, so that the next try is soon."""
    await work.run(
        """update webhook set state = %(state)s, failures = 0, failing_since = null,
                  retry_at = null, held_by = null, held_until = null,
                  tx = coalesce(%(tx)s::text::xid8, tx), seq = coalesce(%(seq)s, seq)
           where id = %(id)s""",
        id=webhook_id,
        state=state,
        tx=str(position.tx) if position else None,
        seq=position.seq if position else None,
    )


async def change(work: Work, webhook_id: UUID, url: str, kinds: Sequence[str], note: str) -> None:
    """Whoever serves it now loses it; failures of the old address are forgotten."""
    await work.run(
        """update webhook set url = %(url)s, kinds = %(kinds)s, note = %(note)s, failures = 0,
                  failing_since = null, retry_at = null, held_by = null, held_until = null
           where id = %(id)s""",
        id=webhook_id,
        url=url,
        kinds=list(kinds),
        note=note,
    )


async def set_secret(work: Work, webhook_id: UUID, secret: bytes, old_until: datetime) -> None:
    await work.run(
        """update webhook set old_secret = secret, old_secret_until = %(until)s,
                  secret = %(secret)s
           where id = %(id)s""",
        id=webhook_id,
        secret=secret,
        until=old_until,
    )


async def remove(work: Work, webhook_id: UUID) -> None:
    await work.run("delete from webhook where id = %(id)s", id=webhook_id)


async def deliveries(work: Work, scope: Scope, webhook_id: UUID, limit: int) -> list[Delivery]:
    held, values = predicate(scope, _COLUMNS)
    rows = await work.rows(
        f"""select d.id, d.message_id, d.event, d.kind, d.status, d.error, d.milliseconds, d.at
            from webhook_delivery d join webhook w on w.id = d.webhook_id
            where w.id = %(id)s and {held} order by d.at desc, d.id desc limit %(limit)s""",
        id=webhook_id,
        limit=limit,
        **values,
    )
    return [Delivery(**row) for row in rows]


async def log_seq_of(work: Work, webhook_id: UUID, delivery_id: UUID) -> int | None:
    found: int | None = await work.value(
        "select log_seq from webhook_delivery where id = %(id)s and webhook_id = %(webhook)s",
        id=delivery_id,
        webhook=webhook_id,
    )
    return found


async def due(work: Work, now: datetime, limit: int) -> list[UUID]:
    """Active ones behind the newest finished entry whose wait is over and whom nobody serves."""
    rows = await work.rows(
        """select w.id from webhook w,
                  (select tx, seq from log where tx < pg_snapshot_xmin(pg_current_snapshot())
                   order by tx desc, seq desc limit 1) head
           where w.state = 'active' and (w.tx, w.seq) < (head.tx, head.seq)
             and (w.retry_at is null or w.retry_at <= %(now)s)
             and (w.held_until is null or w.held_until <= %(now)s)
           order by w.served_at nulls first limit %(limit)s""",
        now=now,
        limit=limit,
    )
    return [row["id"] for row in rows]


async def claim(
    work: Work, webhook_id: UUID, now: datetime, until: datetime
) -> tuple[Row, UUID] | None:
    """Take the lease of one; None when another process was faster."""
    held_by = new_id()
    row = await work.row(
        """update webhook set held_by = %(by)s, held_until = %(until)s, served_at = %(now)s
           where id = %(id)s and state = 'active' and (held_until is null or held_until <= %(now)s)
           returning id, url, kinds, owner_account_id, secret, failures, failing_since,
                     case when old_secret_until > %(now)s then old_secret end as old_secret,
                     tx::text::bigint as tx, seq""",
        id=webhook_id,
        by=held_by,
        now=now,
        until=until,
    )
    return (row, held_by) if row else None


async def secrets_of(work: Work, webhook_id: UUID, now: datetime) -> Sequence[bytes]:
    row = await work.row(
        """select secret, case when old_secret_until > %(now)s then old_secret end as old
           from webhook where id = %(id)s""",
        id=webhook_id,
        now=now,
    )
    return [one for one in (row["secret"], row["old"]) if one] if row else []


async def release(work: Work, held: Claim) -> None:
    await work.run(
        """update webhook set held_by = null, held_until = null
           where id = %(id)s and held_by = %(by)s""",
        id=held.id,
        by=held.held_by,
    )


async def move(work: Work, held: Claim, position: Position, until: datetime) -> bool:
    """Past what was taken, or may not be seen; the lease is longer. False: no longer ours."""
    moved = await work.run(
        """update webhook set tx = %(tx)s::text::xid8, seq = %(seq)s, failures = 0,
                  failing_since = null, retry_at = null, held_until = %(until)s
           where id = %(id)s and held_by = %(by)s""",
        id=held.id,
        by=held.held_by,
        tx=str(position.tx),
        seq=position.seq,
        until=until,
    )
    return bool(moved)


async def fail(
    work: Work, held: Claim, *, since: datetime, retry_at: datetime, is_given_up: bool
) -> bool:
    """Wait for the next try, or give the receiver up; the lease ends. False: no longer ours."""
    moved = await work.run(
        """update webhook set failures = failures + 1, failing_since = %(since)s,
                  retry_at = %(retry)s, held_by = null, held_until = null,
                  state = case when %(over)s then 'disabled' else state end
           where id = %(id)s and held_by = %(by)s""",
        id=held.id,
        by=held.held_by,
        since=since,
        retry=retry_at,
        over=is_given_up,
    )
    return bool(moved)


async def add_delivery(
    work: Work, webhook_id: UUID, message_id: UUID, tried: Tried, at: datetime
) -> None:
    """Keep a try; one of a webhook that was removed meanwhile is nobody's."""
    await work.run(
        """insert into webhook_delivery (id, webhook_id, message_id, log_seq, event, kind, status,
                                         error, milliseconds, at)
           select %(id)s, id, %(message)s, %(seq)s, %(event)s, %(kind)s, %(status)s, %(error)s,
                  %(milliseconds)s, %(at)s
           from webhook where id = %(webhook)s""",
        id=new_id(),
        webhook=webhook_id,
        message=message_id,
        seq=tried.position.seq,
        event=tried.position.text,
        kind=tried.kind,
        status=tried.status,
        error=tried.error,
        milliseconds=tried.milliseconds,
        at=at,
    )


async def forget_deliveries(work: Work, kept: int) -> int:
    """Keep the newest tries of each webhook only."""
    return await work.run(
        """delete from webhook_delivery d using
                  (select id, row_number() over (partition by webhook_id order by at desc, id desc)
                          as place from webhook_delivery) ranked
           where ranked.id = d.id and ranked.place > %(kept)s""",
        kept=kept,
    )
