"""The tools for GitHub Actions."""

import re
from typing import Any, assert_never

from sophia.servers.call import Call
from sophia.servers.github.action_schemas import (
    Action,
    Actions,
    ArtifactOut,
    GetAction,
    JobLogs,
    JobOut,
    ListActions,
    Logs,
    LogTail,
    RawArtifact,
    RawJob,
    RawRun,
    RawWorkflow,
    RunOut,
    Triggered,
    TriggerRun,
    WorkflowOut,
)
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import in_part, repository
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import ANSWER_BYTES
from sophia.servers.vendor.client import Ask
from sophia.servers.vendor.errors import VendorMissingError
from sophia.servers.vendor.offering import changes, reads
from sophia.servers.vendor.reading import Raw, read_many, read_one

_SET = "actions"
_LOG_CHARS = 18_000  # of all logs of an answer
_MOST = 100
_MAX_LOGS = 5
_FAILED = frozenset({"failure", "timed_out"})
# The time before each line, and what colours it.
_NOISE = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z |\x1b\[[0-9;]*[A-Za-z]")
_TOLD = {
    "rerun": "All of it runs again.",
    "rerun_failed": "The jobs that failed run again.",
    "cancel": "It is being cancelled.",
}
_PATHS = {"rerun": "rerun", "rerun_failed": "rerun-failed-jobs", "cancel": "cancel"}


class _Dispatched(Raw):
    workflow_run_id: int
    html_url: str


class ActionTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def actions_list(self, given: ListActions, _call: Call) -> Actions:
        """List workflows, runs, jobs or artifacts."""
        path = f"{repository(given.repo).path}/actions"
        listing: Listing[Any, Any]
        match given.method:
            case "workflows":
                listing = Listing(
                    path=f"{path}/workflows",
                    form=RawWorkflow,
                    shape=WorkflowOut.of,
                    within="workflows",
                )
            case "runs":
                of = f"/workflows/{in_part(given.workflow)}" if given.workflow else ""
                listing = Listing(
                    path=f"{path}{of}/runs",
                    form=RawRun,
                    shape=RunOut.of,
                    within="workflow_runs",
                    asked={"branch": given.branch, "status": given.status},
                )
            case "jobs":
                listing = Listing(
                    path=f"{path}/runs/{given.run_id}/jobs",
                    form=RawJob,
                    shape=JobOut.of,
                    within="jobs",
                )
            case "artifacts":
                listing = Listing(
                    path=f"{path}/runs/{given.run_id}/artifacts",
                    form=RawArtifact,
                    shape=ArtifactOut.of,
                    within="artifacts",
                )
            case _:
                assert_never(given.method)
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Actions(**{given.method: kept}, next_cursor=following)

    async def actions_get(self, given: GetAction, _call: Call) -> Action:
        """Give a workflow, run or job."""
        path = f"{repository(given.repo).path}/actions/{given.method}s/{in_part(str(given.id))}"
        found = await self._github.http.get(path)
        match given.method:
            case "workflow":
                return Action(workflow=WorkflowOut.of(read_one(RawWorkflow, found)))
            case "run":
                return Action(run=RunOut.of(read_one(RawRun, found)))
            case "job":
                return Action(job=JobOut.of(read_one(RawJob, found)))
            case _:
                assert_never(given.method)

    async def get_job_logs(self, given: JobLogs, _call: Call) -> Logs:
        """Give the ends of logs."""
        path = f"{repository(given.repo).path}/actions"
        if given.job_id is not None:
            found = await self._github.http.get(f"{path}/jobs/{given.job_id}")
            jobs = [read_one(RawJob, found)]
        else:
            jobs = await self._failed(f"{path}/runs/{given.run_id}/jobs")
        shown = jobs[:_MAX_LOGS]
        room = _LOG_CHARS // len(shown)
        logs = [await self._log(path, job, lines=given.tail_lines, room=room) for job in shown]
        return Logs(logs=logs, left_out=[job.id for job in jobs[_MAX_LOGS:]])

    async def actions_run_trigger(self, given: TriggerRun, _call: Call) -> Triggered:
        """Run a workflow, run it again, or cancel a run."""
        repo = repository(given.repo)
        if given.method != "run":
            path = f"{repo.path}/actions/runs/{given.run_id}/{_PATHS[given.method]}"
            await self._github.http.send("POST", path)
            return Triggered(run_id=given.run_id, url=None, told=_TOLD[given.method])
        made = await self._github.http.send(
            "POST",
            f"{repo.path}/actions/workflows/{in_part(given.workflow or '')}/dispatches",
            {
                "ref": given.branch or await self._github.main_branch(repo),
                "inputs": given.inputs,
                "return_run_details": True,
            },
        )
        if made is None:  # an Enterprise server that does not tell yet
            return Triggered(run_id=None, url=None, told="It is begun: actions_list shows it soon.")
        raw = read_one(_Dispatched, made)
        return Triggered(run_id=raw.workflow_run_id, url=raw.html_url, told="It is begun.")

    async def _failed(self, path: str) -> list[RawJob]:
        asked = {"filter": "latest", "per_page": _MOST}
        found: dict[str, Any] = await self._github.http.get(path, asked)
        jobs = read_many(RawJob, found.get("jobs"))
        failed = [job for job in jobs if job.conclusion in _FAILED]
        if not failed:
            raise VendorMissingError(
                "No job of that run has failed: name one by job_id; actions_list gives them."
            )
        return failed

    async def _log(self, path: str, job: RawJob, *, lines: int, room: int) -> LogTail:
        ask = Ask(method="GET", path=f"{path}/jobs/{job.id}/logs")
        whole = (await self._github.http.ask(ask)).text.splitlines()
        tail = "\n".join(_NOISE.sub("", line) for line in whole[-lines:])
        return LogTail(
            job_id=job.id,
            name=job.name,
            conclusion=job.conclusion,
            failed_steps=JobOut.of(job).failed_steps,
            lines=len(whole),
            tail=tail if len(tail) <= room else f"…{tail[-room:]}",
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="actions_list",
                title="List workflows, runs, jobs or artifacts",
                description="List the workflows of GitHub Actions, their runs, a run's jobs or the"
                " files that it left.",
                arguments=ListActions,
                result=Actions,
                run=self.actions_list,
                **reads(_SET),
            ),
            Tool(
                name="actions_get",
                title="Read a workflow, run or job",
                description="Give one workflow, run or job of GitHub Actions.",
                arguments=GetAction,
                result=Action,
                run=self.actions_get,
                **reads(_SET),
            ),
            Tool(
                name="get_job_logs",
                title="Read logs",
                description="Give the end of a job's log, or of the logs of all failed jobs of a"
                " run.",
                arguments=JobLogs,
                result=Logs,
                run=self.get_job_logs,
                **reads(_SET, max_bytes=2 * ANSWER_BYTES),
            ),
            Tool(
                name="actions_run_trigger",
                title="Run or cancel",
                description="Run a workflow, run a run or its failed jobs again, or cancel a run.",
                arguments=TriggerRun,
                result=Triggered,
                run=self.actions_run_trigger,
                **changes(_SET),
            ),
        ]
