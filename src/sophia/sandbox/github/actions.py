"""Workflows, their runs, jobs and logs: the run of the summer branch has failed."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import (
    answer,
    check_repository,
    given,
    missing,
    page_of,
    state_of,
)
from sophia.sandbox.github.shapes import REPO_API, REPO_WEB, Json
from sophia.sandbox.github.state import SUMMER, State

_ACTIONS = "/repos/{owner}/{repo}/actions"
_RUN = f"{_ACTIONS}/runs/{{run:int}}"
_JOB = f"{_ACTIONS}/jobs/{{job:int}}"
_WORKFLOW = f"{_ACTIONS}/workflows/{{workflow}}"
WORKFLOW = 70
FAILED_RUN = 40_001
_FILE = "test.yml"
_LOG = "\n".join(
    [
        *(f"2026-03-02T09:00:{at:02}.0000000Z collecting {at}" for at in range(40)),
        "2026-03-02T09:01:00.0000000Z \x1b[31mFAILED\x1b[0m test_departures: no stop Reef",
        "2026-03-02T09:01:01.0000000Z ##[error]Process completed with exit code 1.",
    ]
)


async def list_workflows(request: Request) -> Response:
    """List the only workflow."""
    check_repository(request)
    return answer(request, _page(request, "workflows", [_workflow()]))


async def show_workflow(request: Request) -> Response:
    """Give the workflow by its id or file."""
    _check_workflow(request)
    return answer(request, _workflow())


async def list_runs(request: Request) -> Response:
    """List runs, the youngest first."""
    check_repository(request)
    if "workflow" in request.path_params:
        _check_workflow(request)
    asked = request.query_params
    found = [
        run
        for _, run in sorted(state_of(request).runs.items(), reverse=True)
        if asked.get("branch") in {None, run["head_branch"]}
        and asked.get("status") in {None, run["status"], run["conclusion"]}
    ]
    return answer(request, _page(request, "workflow_runs", found))


async def show_run(request: Request) -> Response:
    """Give a run."""
    _, run = _asked(request)
    return answer(request, run)


async def list_jobs(request: Request) -> Response:
    """List the jobs of a run."""
    state, run = _asked(request)
    return answer(request, _page(request, "jobs", state.jobs[run["id"]]))


async def list_artifacts(request: Request) -> Response:
    """List the files that a run left: none."""
    _asked(request)
    return answer(request, _page(request, "artifacts", []))


async def show_job(request: Request) -> Response:
    """Give a job."""
    return answer(request, _job_asked(request))


async def show_log(request: Request) -> Response:
    """Lead to a job's log, as GitHub does."""
    job = _job_asked(request)
    return RedirectResponse(f"{request.base_url}sandbox/logs/{job['id']}", status_code=302)


async def log(_request: Request) -> Response:
    """Give the text of a log."""
    return PlainTextResponse(_LOG)


async def dispatch(request: Request) -> Response:
    """Run the workflow."""
    _check_workflow(request)
    state, body = state_of(request), await given(request)
    if body.get("ref") not in state.history.branches:
        raise HTTPException(422, f"No ref found for: {body.get('ref')}")
    run = begin(state, body["ref"], event="workflow_dispatch", conclusion=None)
    told = {"workflow_run_id": run["id"], "run_url": run["url"], "html_url": run["html_url"]}
    return answer(request, told)


async def rerun(request: Request) -> Response:
    """Run all of a run or its failed jobs again."""
    state, run = _asked(request)
    if run["status"] != "completed":
        raise HTTPException(403, "This workflow is already running")
    for one in (run, *state.jobs[run["id"]]):
        one |= {"status": "queued", "conclusion": None}
    return answer(request, {}, status=201)


async def cancel(request: Request) -> Response:
    """Cancel a run that has not ended."""
    state, run = _asked(request)
    if run["status"] == "completed":
        raise HTTPException(409, "Cannot cancel a workflow run that is completed")
    for one in (run, *state.jobs[run["id"]]):
        one |= {"status": "completed", "conclusion": "cancelled"}
    return answer(request, {}, status=202)


def begin(state: State, branch: str, *, event: str, conclusion: str | None) -> Json:
    """Keep a run of the workflow with its only job."""
    number = len(state.runs) + 1
    run_id, job_id = FAILED_RUN - 1 + number, 60_000 + number
    api, sha = f"{REPO_API}/actions/runs/{run_id}", state.head(branch)
    went = {"status": "completed" if conclusion else "queued", "conclusion": conclusion}
    commit = state.history.commits[sha]
    person = {"name": commit.author.name, "email": commit.author.email}
    links = ("jobs", "logs", "artifacts", "cancel", "rerun")
    run: Json = {
        **{f"{name}_url": f"{api}/{name}" for name in links},
        **went,
        "id": run_id,
        "node_id": shapes.node("WFR", run_id),
        "name": "test",
        "display_title": commit.message.partition("\n")[0],
        "path": f".github/workflows/{_FILE}",
        "head_branch": branch,
        "head_sha": sha,
        "run_number": number,
        "event": event,
        "workflow_id": WORKFLOW,
        "workflow_url": f"{REPO_API}/actions/workflows/{WORKFLOW}",
        "check_suite_url": f"{REPO_API}/check-suites/{run_id}",
        "url": api,
        "html_url": f"{REPO_WEB}/actions/runs/{run_id}",
        "pull_requests": [],
        "created_at": state.now(),
        "updated_at": state.now(),
        "actor": shapes.user(team.ME),
        "head_commit": {
            "id": sha,
            "tree_id": commit.tree,
            "message": commit.message,
            "timestamp": commit.at,
            "author": person,
            "committer": person,
        },
        "repository": shapes.repository(),
        "head_repository": shapes.repository(),
    }
    step = {"name": "Run pytest", "number": 1, "started_at": None, "completed_at": None}
    job = {
        **went,
        "id": job_id,
        "run_id": run_id,
        "run_url": api,
        "node_id": shapes.node("CR", job_id),
        "head_sha": sha,
        "head_branch": branch,
        "url": f"{REPO_API}/actions/jobs/{job_id}",
        "html_url": f"{REPO_WEB}/actions/runs/{run_id}/job/{job_id}",
        "created_at": state.now(),
        "started_at": state.now(),
        "completed_at": state.now() if conclusion else None,
        "name": "test",
        "steps": [{**went, **step}],
        "check_run_url": f"{REPO_API}/check-runs/{job_id}",
        "labels": ["ubuntu-latest"],
        **dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name")),
        "workflow_name": "test",
    }
    state.runs[run_id], state.jobs[run_id] = run, [job]
    return run


def seed(state: State) -> None:
    """Keep what has run before: the summer branch failed."""
    begin(state, SUMMER, event="pull_request", conclusion="failure")
    begin(state, team.DEFAULT_BRANCH, event="push", conclusion="success")


def _workflow() -> Json:
    api = f"{REPO_API}/actions/workflows/{WORKFLOW}"
    return {
        "id": WORKFLOW,
        "node_id": shapes.node("W", WORKFLOW),
        "name": "test",
        "path": f".github/workflows/{_FILE}",
        "state": "active",
        "created_at": shapes.MADE_AT,
        "updated_at": shapes.MADE_AT,
        "url": api,
        "html_url": f"{REPO_WEB}/blob/main/.github/workflows/{_FILE}",
        "badge_url": f"{REPO_WEB}/workflows/test/badge.svg",
    }


def _page(request: Request, name: str, found: list[Json]) -> Json:
    return {"total_count": len(found), name: page_of(request, found)}


def _check_workflow(request: Request) -> None:
    check_repository(request)
    if request.path_params["workflow"] not in {str(WORKFLOW), _FILE}:
        raise missing()


def _asked(request: Request) -> tuple[State, Json]:
    check_repository(request)
    state, run = state_of(request), request.path_params["run"]
    if run not in state.runs:
        raise missing()
    return state, state.runs[run]


def _job_asked(request: Request) -> Json:
    check_repository(request)
    jobs = [job for jobs in state_of(request).jobs.values() for job in jobs]
    found = [job for job in jobs if job["id"] == request.path_params["job"]]
    if not found:
        raise missing()
    return found[0]


ROUTES = [
    Route(f"{_ACTIONS}/workflows", list_workflows),
    Route(_WORKFLOW, show_workflow),
    Route(f"{_WORKFLOW}/runs", list_runs),
    Route(f"{_WORKFLOW}/dispatches", dispatch, methods=["POST"]),
    Route(f"{_ACTIONS}/runs", list_runs),
    Route(_RUN, show_run),
    Route(f"{_RUN}/jobs", list_jobs),
    Route(f"{_RUN}/artifacts", list_artifacts),
    Route(f"{_RUN}/rerun", rerun, methods=["POST"]),
    Route(f"{_RUN}/rerun-failed-jobs", rerun, methods=["POST"]),
    Route(f"{_RUN}/cancel", cancel, methods=["POST"]),
    Route(_JOB, show_job),
    Route(f"{_JOB}/logs", show_log),
    Route("/sandbox/logs/{job:int}", log),
]
