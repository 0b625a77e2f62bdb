"""The workspace as every sandbox begins."""

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.asana.state import WEB, Json, State

PROJECT, SECOND = "Ferry", "Quay screens"
TODO, DOING, DONE = "To do", "Doing", "Done"
PORTFOLIO = "Spring season"
PROJECT_TEMPLATE, TASK_TEMPLATE = "Season change", "Broken screen"
SUBTASK = "Look for other pages that read winter.csv"


def seeded(clock: Clock) -> State:
    """Give the workspace of the team."""
    state = State(clock)
    workspace = state.make("workspace", team.ORGANISATION, is_organization=True)
    state.make("team", team.TEAM, organization=workspace)
    for member in (*team.MEMBERS, team.STRANGER):
        state.make("user", member.name, email=member.email, workspaces=[workspace])
    for name in ("bug", "feature", "docs"):
        state.make("tag", name, workspace=workspace)
    ferry = _ferry(state)
    _tasks(state, ferry)
    screens = state.make_project(SECOND, owner=state.user(team.TOMAS))
    task = state.make_task("Order a second screen", assignee=state.me, due_on="2026-06-01")
    state.put(task, screens)
    portfolio = state.make(
        "portfolio",
        PORTFOLIO,
        owner=state.me,
        start_on=None,
        due_on="2026-06-30",
        created_at=state.now(),
        workspace=workspace,
        current_status_update=None,
        items=[ferry, screens],
    )
    portfolio["permalink_url"] = f"{WEB}/1/{workspace['gid']}/portfolio/{portfolio['gid']}"
    state.make("project_template", PROJECT_TEMPLATE, team=next(state.of_kind("team")))
    state.make("task_template", TASK_TEMPLATE, project=ferry)
    return state


def add_status(state: State, parent: Json, *, kind: str, title: str, text: str) -> Json:
    """Say how a project or portfolio stands."""
    made = state.make(
        "status_update",
        title,
        title=title,
        text=text,
        status_type=kind,
        created_at=state.now(),
        created_by=state.me,
        parent=parent,
        resource_subtype=f"{parent['resource_type']}_status_update",
    )
    parent["current_status_update"] = made
    return made


def _ferry(state: State) -> Json:
    ferry = state.make_project(
        PROJECT,
        notes="Departures of the harbour ferries, on the web and on the quay.",
        members=[state.user(member) for member in team.MEMBERS],
        start_on="2026-03-02",
        due_on="2026-05-31",
        fields=_fields(state),
    )
    first = state.sections(ferry)[0]
    first["name"] = TODO
    for name in (DOING, DONE):
        state.make("section", name, project=ferry)
    add_status(
        state,
        ferry,
        kind="at_risk",
        title="Two weeks before the summer timetable",
        text="The web page still shows winter; one stop is missing in the data.",
    )
    return ferry


def _fields(state: State) -> list[Json]:
    return [
        _field(state, "Priority", "enum", "High", "Low"),
        _field(state, "Piers", "multi_enum", "Quay", "Island", "Reef"),
        _field(state, "Estimate", "number"),
        _field(state, "Seen on", "date"),
        _field(state, "Testers", "people"),
        _field(state, "Screen", "text"),
    ]


def _field(state: State, name: str, kind: str, *options: str) -> Json:
    made = state.make(
        "custom_field",
        name,
        type=kind,
        resource_subtype=kind,
        description="",
        is_formula_field=False,
        is_value_read_only=False,
        display_value=None,
    )
    if options:
        made["enum_options"] = [
            state.make("enum_option", option, enabled=True) for option in options
        ]
    return made


def _tasks(state: State, ferry: Json) -> None:
    places = {one["name"]: one for one in state.sections(ferry)}
    for ticket in team.TICKETS:
        task = state.make_task(
            ticket.title,
            notes=ticket.body,
            created_by=state.user(ticket.author),
            assignee=state.user(ticket.assignee) if ticket.assignee else None,
            tags=[state.called("tag", name) for name in ticket.labels],
            custom_id=f"{team.TEAM_KEY}-{ticket.number}",
        )
        if ticket.is_done:
            task.update(completed=True, completed_at=task["modified_at"])
        section = DONE if ticket.is_done else DOING if ticket.assignee else TODO
        state.put(task, ferry, places[section])
    first, second = list(state.of_kind("task"))[:2]
    second["dependencies"] = [first]
    first["due_on"] = "2026-04-30"
    state.make_task(SUBTASK, parent=first, assignee=state.user(team.INES))
    state.tell(first, "assigned", "assigned to Tomas Berg")
    said = "The quay screen is wrong too. I have a photo."
    state.tell(first, "comment_added", said, author=state.user(team.INES))
    state.make(
        "attachment",
        "quay.jpg",
        resource_subtype="asana",
        host="asana",
        size=48_213,
        created_at=state.now(),
        download_url=f"{WEB}/-/asset/quay.jpg",
        view_url=f"{WEB}/app/asana/-/get_asset",
        parent=first,
    )
