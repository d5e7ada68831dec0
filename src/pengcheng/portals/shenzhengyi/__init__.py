"""深政易, the officials' portal: workbench, 12345 desk, the grid worker's phone, administration.

Every page is made from what packs declare (`screens.yaml`); no kind of case is known by name.
"""

from pengcheng.portals.shenzhengyi import (
    admin,
    admin_access,
    admin_algorithms,
    admin_areas,
    admin_calendar,
    admin_changes,
    admin_organisations,
    admin_people,
    admin_posts,
    admin_roles,
    aside_pages,
    conduct,
    decisions,
    desk,
    exporting,
    importing,
    kept,
    live,
    process_pages,
    records,
    rule_trial_pages,
    tasks,
    webhooks,
    workbench,
)

HANDLERS = [
    *workbench.HANDLERS,
    *conduct.HANDLERS,
    *kept.HANDLERS,
    *live.HANDLERS,
    *exporting.HANDLERS,
    *desk.HANDLERS,
    *tasks.HANDLERS,
    *aside_pages.HANDLERS,
    *records.HANDLERS,
    *importing.HANDLERS,
    *admin.HANDLERS,
    *admin_people.HANDLERS,
    *admin_posts.HANDLERS,
    *admin_organisations.HANDLERS,
    *admin_roles.HANDLERS,
    *admin_access.HANDLERS,
    *admin_algorithms.HANDLERS,
    *admin_areas.HANDLERS,
    *admin_calendar.HANDLERS,
    *admin_changes.HANDLERS,
    *decisions.HANDLERS,
    *process_pages.HANDLERS,
    *rule_trial_pages.HANDLERS,
    *webhooks.HANDLERS,
]
__all__ = ["HANDLERS"]
