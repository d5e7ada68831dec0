"""A city in which every page of every portal has something to show, and the names of its things."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from pengcheng import city as composition
from pengcheng.engines.cases import Intake
from pengcheng.engines.identity import Enterprise, NewAccount, NewPerson
from pengcheng.engines.rules import Trials
from pengcheng.ground.log import Position, after
from pengcheng.kernel.authz import SYSTEM
from pengcheng.kernel.ids import new_id
from tests.city import PASSWORD, City
from tests.edge.test_processes_api import RULED, SHORT, begin, publish
from tests.portals.applicant import paper as author
from tests.portals.shenzhengyi.desk_paper import in_hand, unit
from tests.portals.shenzhihui.paper import fill_with_cases

FIRM = "91440300MA5EXAMPLE"
LIFETIME = timedelta(days=1)


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """A served city. `facts`: what the addresses of pages are filled with, by name."""

    address: str
    tokens: Mapping[str, str]
    facts: Mapping[str, str]


def settled(city: City) -> dict[str, str]:
    """Fill a city; what the addresses of its pages need."""
    city.tokens["agent"] = city.run(_agent, city)
    fill_with_cases(city)
    facts = _of_the_author(city) | _of_the_officials(city) | _of_rules_and_processes(city)
    city.query(
        """insert into event (id, code, kind, title, happened_at, cases)
           values (gen_random_uuid(), 'SJ1', 'mass_matter', '梅亭路积水', now(), 3) returning 1"""
    )
    author.follow_log(city)
    return facts


async def _agent(city: City) -> str:
    account = NewAccount(
        username="agent", kind="citizen", person=NewPerson(name="示例·李", synthetic=True),
        enterprises=(FIRM,),
    )  # fmt: skip
    firm = Enterprise(id=new_id(), name="示例科技有限公司", social_credit_code=FIRM)
    await city.services.identity.fill(SYSTEM, [(account, PASSWORD)], [firm])
    session = await city.services.identity.issue_token("agent", note="test", lifetime=LIFETIME)
    await city.services.identity.act_for(session.token, firm.id)
    return session.token


def _of_the_author(city: City) -> dict[str, str]:
    """A citizen's matters in several states, an enterprise's, and a receipt."""
    waiting = author.made(city, "walk-waiting-0001")
    author.dispatched(city, waiting)
    to_rate = author.made(city, "walk-to-rate-0002")
    author.answered(city, to_rate)
    shown = author.made(city, "walk-public-0003", public_text="true")
    sent = city.client.post(
        "/q/new/enterprise_demand_form",
        data=author.fields(step="send", submission="walk-firm-0004", subject="园区晚上没有公交",
                           enterprise_name="示例科技有限公司"),
        headers={**city.as_("agent"), **author.HTML}, follow_redirects=False,
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    guest = city.send_case("guest", fields={"subject": "路灯不亮", "body": "梅亭路路灯不亮"})
    return {
        "waiting": waiting, "to_rate": to_rate, "public": shown,
        "of_firm": sent.headers["location"].rsplit("/", 1)[1],
        "guest": guest["code"], "receipt": guest["receipt"],
    }  # fmt: skip


def _of_the_officials(city: City) -> dict[str, str]:
    """A case in hand, a task for the grid, an opened door for a first administrator."""
    case = in_hand(city, "梅亭路雨水口堵了")
    sent = city.act("clerk", case, "send_grid_task", organisation_id=unit(city, "grid@meilin"),
                    reason="请到现场看看")  # fmt: skip
    assert sent.status_code == 200, sent.text
    ids = city.query(
        """select (select id::text from task where kind = 'grid' limit 1),
                  (select id::text from account where username = 'clerk'),
                  (select code from record where type = 'duty' limit 1)"""
    )[0]
    return {
        "in_hand": case["code"], "task": ids[0], "account": ids[1], "duty": ids[2],
        "unit": unit(city),
    }  # fmt: skip


def _of_rules_and_processes(city: City) -> dict[str, str]:
    """A decision that intake kept, a process that runs, one that is stuck."""
    publish(city, "walked", SHORT)
    publish(city, "stuck", RULED)
    begun = begin(city, "walked", street="梅林路")
    begin(city, "stuck")
    city.run(_take_in, city)
    ids = city.query(
        """select (select id::text from decision where step = 'rule' limit 1),
                  (select id::text from rule_version limit 1)"""
    )[0]
    trial = city.run(_tried, city, UUID(ids[1]))
    return {"instance": begun["id"], "decision": ids[0], "rule": ids[1], "trial": trial}


async def _tried(city: City, version_id: UUID) -> str:
    """A trial of a version beside itself, run as the worker does."""
    rules = city.services.rules
    version, trials = await rules.version(version_id), Trials(rules)
    since = city.services.clock.now() - timedelta(days=30)
    trial = await trials.ask(SYSTEM, version, version.content, since, [])
    await trials.run_due()
    return str(trial)


async def _take_in(city: City) -> None:
    services = city.services
    analysts = composition.analysts_of(services)
    for analyst in analysts.values():
        await analyst.refresh()
    subscriber = Intake(services.cases, services.areas, analysts).subscriber()
    async with services.database.transaction(SYSTEM) as work:
        entries = await after(work, Position(), kinds=subscriber.kinds)
        await subscriber.handle(work, entries)
