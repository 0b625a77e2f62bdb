"""The tools for pull requests."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import Repository, numbered, repository
from sophia.servers.github.issues import SearchIssues, found_issues
from sophia.servers.github.pull_schemas import (
    ChangedFile,
    ChangedFiles,
    Check,
    Checks,
    CreatePull,
    DiffOut,
    ListPulls,
    ListReviewRequests,
    Merged,
    MergePull,
    OneDiff,
    OnePull,
    PartOfPull,
    ReviewOut,
    ReviewPull,
    Reviews,
    SaidToPull,
    UpdatePull,
)
from sophia.servers.github.raw import (
    RawCheck,
    RawDiff,
    RawMerge,
    RawPull,
    RawReview,
)
from sophia.servers.github.schemas import FoundIssues, PullBrief, PullOut, Pulls, login_of
from sophia.servers.vendor.brief import Part, body_of, chosen, part_of, snippet
from sophia.servers.vendor.errors import VendorConflictError, VendorMissingError
from sophia.servers.vendor.reading import read_many, read_one

_PATCH_CHARS = 1_500
_DIFF_CHARS = 16_000
_MOST = 100
_MAX_FILE_PAGES = 30  # GitHub lists 3,000 files at most
_ASKED_OF_ME = "is:pr is:open review-requested:@me"
_FAILED = frozenset({"failure", "timed_out", "cancelled", "action_required"})


class PullTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_pull_requests(self, given: ListPulls, _call: Call) -> Pulls:
        """List pull requests."""
        repo = repository(given.repo)
        listing = Listing(
            path=f"{repo.path}/pulls",
            form=RawPull,
            shape=lambda raw: PullBrief.of(raw, repo=str(repo)),
            by=lambda raw: (str(repo), raw.user),
            asked={"state": given.state},
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Pulls(pull_requests=kept, next_cursor=following)

    async def list_review_requests(self, given: ListReviewRequests, _call: Call) -> FoundIssues:
        """List the pull requests that the caller is asked to review."""
        asked = SearchIssues(query=_ASKED_OF_ME, **given.model_dump())
        return await found_issues(self._github, asked)

    async def get_pull_request(self, given: OnePull, _call: Call) -> PullOut:
        """Give a pull request."""
        repo, number = numbered(given.pull_request, given.repo)
        found = await self._github.http.get(f"{repo.path}/pulls/{number}")
        raw = read_one(RawPull, found)
        await self._github.lockdown.check(str(repo), raw.user)
        body = body_of(raw.body, cursor=given.body_cursor)
        return PullOut.of(raw, repo=str(repo), body=body, more=chosen(found, given.fields))

    async def list_pull_request_files(self, given: PartOfPull, _call: Call) -> ChangedFiles:
        """List what a pull request changes."""
        await self._admitted(given)
        listing = Listing(path=_path(given) + "/files", form=RawDiff, shape=changed_file)
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return ChangedFiles(files=kept, next_cursor=following)

    async def get_pull_request_diff(self, given: OneDiff, _call: Call) -> DiffOut:
        """Give all that a pull request changes in one file."""
        await self._admitted(given)
        repo, number = numbered(given.pull_request, given.repo)
        path, there = f"{repo.path}/pulls/{number}/files", list[str]()
        for page in range(1, _MAX_FILE_PAGES + 1):
            asked = {"per_page": _MOST, "page": page}
            raws = read_many(RawDiff, await self._github.http.get(path, asked))
            for raw in raws:
                if raw.filename == given.path:
                    return _diff(raw, given)
            there += [raw.filename for raw in raws]
            if len(raws) < _MOST:
                break
        raise VendorMissingError(
            f"{repo}#{number} does not change {given.path}. It changes {', '.join(there[:20])}"
            f"{' and others' if len(there) > 20 else ''}."  # noqa: PLR2004 - as many as are named
        )

    async def list_pull_request_checks(self, given: PartOfPull, _call: Call) -> Checks:
        """List the checks of the head of a pull request."""
        repo, _ = numbered(given.pull_request, given.repo)
        sha = read_one(RawPull, await self._github.http.get(_path(given))).head.sha
        listing = Listing(
            path=f"{repo.path}/commits/{sha}/check-runs",
            form=RawCheck,
            shape=_check,
            within="check_runs",
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Checks(head_sha=sha, state=_state(kept), checks=kept, next_cursor=following)

    async def list_pull_request_reviews(self, given: SaidToPull, _call: Call) -> Reviews:
        """List the reviews of a pull request."""
        repo, number = numbered(given.pull_request, given.repo)
        if given.body_cursor is not None:
            part = Part.asked(given.body_cursor)
            path = f"/pulls/{number}/reviews/{part.key}"
            raw = await self._github.said(RawReview, repo, path)
            return Reviews(reviews=[review_out(raw, start=part.start)])
        listing = Listing(
            path=_path(given) + "/reviews",
            form=RawReview,
            shape=review_out,
            by=lambda raw: (str(repo), raw.user),
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Reviews(reviews=kept, next_cursor=following)

    async def create_pull_request(self, given: CreatePull, _call: Call) -> PullOut:
        """Propose a branch."""
        repo = repository(given.repo)
        made = await self._github.http.send(
            "POST",
            f"{repo.path}/pulls",
            {
                "title": given.title,
                "head": given.source,
                "base": given.target or await self._github.main_branch(repo),
                "body": given.body,
                "draft": given.is_draft,
            },
        )
        return _told(made, repo)

    async def update_pull_request(self, given: UpdatePull, _call: Call) -> PullOut:
        """Change a pull request; what is left out stays."""
        repo, number = numbered(given.pull_request, given.repo)
        changes = given.model_dump(include={"title", "body", "state"}, exclude_none=True)
        if given.target is not None:
            changes["base"] = given.target
        made = await self._github.http.send("PATCH", f"{repo.path}/pulls/{number}", changes)
        return _told(made, repo)

    async def merge_pull_request(self, given: MergePull, _call: Call) -> Merged:
        """Merge what the caller has read."""
        asked = {"sha": given.head_sha, "merge_method": given.method}
        path = _path(given)
        try:
            made = await self._github.http.send("PUT", f"{path}/merge", asked)
        except VendorConflictError as error:
            self._github.http.forget()
            now = read_one(RawPull, await self._github.http.get(path)).head.sha
            raise VendorConflictError(
                f"{error.message} Its head_sha is {now} now: read what changed, then merge that."
            ) from error
        raw = read_one(RawMerge, made)
        return Merged(is_merged=raw.merged, sha=raw.sha, message=raw.message)

    async def review_pull_request(self, given: ReviewPull, _call: Call) -> ReviewOut:
        """Review a pull request, with comments by line."""
        asked = {
            # Without an event it is pending.
            **({"event": given.verdict.upper()} if given.verdict != "pending" else {}),
            "comments": [one.model_dump() for one in given.comments],
            **({"body": given.body} if given.body else {}),
        }
        made = await self._github.http.send("POST", _path(given) + "/reviews", asked)
        return review_out(read_one(RawReview, made))

    async def _admitted(self, given: PartOfPull | OneDiff) -> None:
        """Refuse what a stranger proposes, where that is not shown."""
        if self._github.lockdown.is_on:
            repo, number = numbered(given.pull_request, given.repo)
            found = await self._github.http.get(f"{repo.path}/pulls/{number}")
            await self._github.lockdown.check(str(repo), read_one(RawPull, found).user)


def _path(given: PartOfPull | MergePull | ReviewPull) -> str:
    repo, number = numbered(given.pull_request, given.repo)
    return f"{repo.path}/pulls/{number}"


def _told(made: Any, repo: Repository) -> PullOut:
    raw = read_one(RawPull, made)
    return PullOut.of(raw, repo=str(repo), body=body_of(raw.body))


def changed_file(raw: RawDiff) -> ChangedFile:
    """Take what matters of what changed in a file."""
    patch = raw.patch or ""
    return ChangedFile(
        path=raw.filename,
        was_path=raw.previous_filename,
        status=raw.status,
        additions=raw.additions,
        deletions=raw.deletions,
        patch=patch if len(patch) <= _PATCH_CHARS else f"{patch[:_PATCH_CHARS]}…",
    )


def _diff(raw: RawDiff, given: OneDiff) -> DiffOut:
    body = body_of(raw.patch, cursor=given.cursor, max_chars=_DIFF_CHARS)
    return DiffOut(
        path=raw.filename,
        status=raw.status,
        additions=raw.additions,
        deletions=raw.deletions,
        text=body.text,
        next_cursor=body.next_cursor,
    )


def _check(raw: RawCheck) -> Check:
    told = " - ".join(filter(None, (raw.output.title, raw.output.summary)))
    return Check(
        name=raw.name,
        status=raw.status,
        conclusion=raw.conclusion,
        summary=snippet(told),
        url=raw.details_url,
        completed_at=raw.completed_at,
    )


def _state(checks: list[Check]) -> Any:
    if any(check.conclusion in _FAILED for check in checks):
        return "failed"
    if any(check.status != "completed" for check in checks):
        return "running"
    return "passed" if checks else "none"


def review_out(raw: RawReview, *, start: int = 0) -> ReviewOut:
    """Take what matters of a review."""
    return ReviewOut(
        review_id=raw.id,
        author=login_of(raw.user),
        author_association=raw.author_association,
        state=raw.state.lower(),
        submitted_at=raw.submitted_at,
        url=raw.html_url,
        **part_of(raw.body, raw.id, start=start),
    )
