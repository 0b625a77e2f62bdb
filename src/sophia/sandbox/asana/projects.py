"""Projects, sections, custom fields, statuses, portfolios and templates."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.asana.replies import (
    answer,
    find,
    given,
    invalid,
    page,
    state_of,
    thing_of,
)
from sophia.sandbox.asana.seed import add_status
from sophia.sandbox.asana.state import Json, State

_WRITTEN = ("name", "notes", "archived", "start_on", "due_on", "privacy_setting", "default_view")


async def list_projects(request: Request) -> Response:
    """List the projects of the workspace or of a team."""
    is_team = request.url.path.startswith("/teams")
    place = thing_of(request, "team" if is_team else "workspace")
    archived = request.query_params.get("archived")
    found = [
        one
        for one in state_of(request).of_kind("project")
        if one["team" if is_team else "workspace"] is place
        and archived in {None, str(one["archived"]).lower()}
    ]
    return page(request, found)


async def create_project(request: Request) -> Response:
    """Make a project; the workspace is an organisation, so it needs a team."""
    state, body = state_of(request), await given(request)
    if not body.get("name"):
        raise invalid("name: Missing input")
    if "team" not in body:
        raise invalid("team: Missing input")
    project = state.make_project(body["name"], team=find(state, "team", body["team"]))
    _write(state, project, body)
    return answer(request, project, status=201)


async def show_project(request: Request) -> Response:
    """Give a project."""
    return answer(request, thing_of(request, "project"))


async def change_project(request: Request) -> Response:
    """Change a project."""
    project = thing_of(request, "project")
    _write(state_of(request), project, await given(request))
    return answer(request, project)


async def count_tasks(request: Request) -> Response:
    """Count the tasks of a project."""
    tasks = state_of(request).tasks_in(thing_of(request, "project"))
    counts: Json = {"resource_type": "counts"}
    for word, some in (
        ("tasks", tasks),
        ("milestones", [one for one in tasks if one["resource_subtype"] == "milestone"]),
    ):
        completed = sum(one["completed"] for one in some)
        counts[f"num_{word}"] = len(some)
        counts[f"num_completed_{word}"] = completed
        counts[f"num_incomplete_{word}"] = len(some) - completed
    return answer(request, counts)


async def list_sections(request: Request) -> Response:
    """List the sections of a project."""
    return page(request, state_of(request).sections(thing_of(request, "project")))


async def create_section(request: Request) -> Response:
    """Make a section, at the end or behind another."""
    state, project, body = state_of(request), thing_of(request, "project"), await given(request)
    if not body.get("name"):
        raise invalid("name: Missing input")
    made = state.make("section", body["name"], project=project)
    if "insert_after" in body:
        before = find(state, "section", body["insert_after"])
        del state.things[made["gid"]]
        state.things = {
            gid: thing
            for one in state.things.values()
            for gid, thing in (
                [(one["gid"], one), (made["gid"], made)] if one is before else [(one["gid"], one)]
            )
        }
    return answer(request, made, status=201)


async def list_settings(request: Request) -> Response:
    """List the custom fields of a project."""
    project = thing_of(request, "project")
    settings = [
        {
            "gid": f"{project['gid']}{at}",
            "resource_type": "custom_field_setting",
            "custom_field": one,
        }
        for at, one in enumerate(project["fields"])
    ]
    return page(request, settings, prefix="custom_field.")


async def list_custom_fields(request: Request) -> Response:
    """List the custom fields of the workspace."""
    thing_of(request, "workspace")
    return page(request, list(state_of(request).of_kind("custom_field")))


async def list_statuses(request: Request) -> Response:
    """List the status updates of something, the youngest first."""
    state, parent = state_of(request), _parent(request, request.query_params.get("parent"))
    found = [one for one in state.of_kind("status_update") if one["parent"] is parent]
    return page(request, found[::-1])


async def create_status(request: Request) -> Response:
    """Say how something stands."""
    body = await given(request)
    parent = _parent(request, body.get("parent"))
    if not body.get("text") or not body.get("status_type"):
        raise invalid("text: Missing input")
    made = add_status(
        state_of(request),
        parent,
        kind=body["status_type"],
        title=body.get("title") or "Status update",
        text=body["text"],
    )
    return answer(request, made, status=201)


async def list_portfolios(request: Request) -> Response:
    """List one's own portfolios."""
    state = state_of(request)
    owner = find(state, "user", request.query_params.get("owner", "me"))
    return page(request, [one for one in state.of_kind("portfolio") if one["owner"] is owner])


async def show_portfolio(request: Request) -> Response:
    """Give a portfolio."""
    return answer(request, thing_of(request, "portfolio"))


async def list_items(request: Request) -> Response:
    """List what is in a portfolio."""
    return page(request, thing_of(request, "portfolio")["items"])


async def list_project_templates(request: Request) -> Response:
    """List the templates of projects."""
    return page(request, list(state_of(request).of_kind("project_template")))


async def list_task_templates(request: Request) -> Response:
    """List the templates of a project's tasks."""
    state = state_of(request)
    project = find(state, "project", request.query_params.get("project"))
    return page(
        request, [one for one in state.of_kind("task_template") if one["project"] is project]
    )


async def begin_project(request: Request) -> Response:
    """Make a project by a template."""
    state, template, body = (
        state_of(request),
        thing_of(request, "project_template"),
        await given(request),
    )
    team = find(state, "team", body["team"]) if "team" in body else template["team"]
    project = state.make_project(body["name"], team=team)
    for date in body.get("requested_dates", []):
        project["start_on" if date["gid"] == "1" else "due_on"] = date["value"]
    return answer(request, _job(state, "instantiate_project", new_project=project), status=201)


async def begin_task(request: Request) -> Response:
    """Make a task by a template."""
    state, template, body = (
        state_of(request),
        thing_of(request, "task_template"),
        await given(request),
    )
    task = state.make_task(body.get("name") or template["name"])
    state.put(task, template["project"])
    return answer(request, _job(state, "instantiate_task", new_task=task), status=201)


def _job(state: State, kind: str, **made: Json) -> Json:
    return state.make("job", kind, resource_subtype=kind, status="succeeded", **made)


def _write(state: State, project: Json, body: Json) -> None:
    project |= {name: body[name] for name in _WRITTEN if name in body}
    if "owner" in body:
        project["owner"] = find(state, "user", body["owner"]) if body["owner"] else None
    project["modified_at"] = state.now()


def _parent(request: Request, gid: str | None) -> Json:
    found = state_of(request).things.get(gid or "", {})
    if found.get("resource_type") not in {"project", "portfolio"}:
        raise invalid(f"parent: Not a recognized ID: {gid}")
    return found


ROUTES = [
    Route("/workspaces/{gid}/projects", list_projects),
    Route("/teams/{gid}/projects", list_projects),
    Route("/projects", create_project, methods=["POST"]),
    Route("/projects/{gid}", show_project, methods=["GET"]),
    Route("/projects/{gid}", change_project, methods=["PUT"]),
    Route("/projects/{gid}/task_counts", count_tasks),
    Route("/projects/{gid}/sections", list_sections, methods=["GET"]),
    Route("/projects/{gid}/sections", create_section, methods=["POST"]),
    Route("/projects/{gid}/custom_field_settings", list_settings),
    Route("/workspaces/{gid}/custom_fields", list_custom_fields),
    Route("/status_updates", list_statuses, methods=["GET"]),
    Route("/status_updates", create_status, methods=["POST"]),
    Route("/portfolios", list_portfolios),
    Route("/portfolios/{gid}", show_portfolio),
    Route("/portfolios/{gid}/items", list_items),
    Route("/project_templates", list_project_templates),
    Route("/project_templates/{gid}/instantiateProject", begin_project, methods=["POST"]),
    Route("/task_templates", list_task_templates),
    Route("/task_templates/{gid}/instantiateTask", begin_task, methods=["POST"]),
]
