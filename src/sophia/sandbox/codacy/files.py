"""Files with their analysis, duplicates and coverage."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.codacy import shapes
from sophia.sandbox.codacy.replies import check, listed, missing, one, state_of
from sophia.sandbox.codacy.shapes import Json

_FILES = "/organizations/{provider}/{owner}/repositories/{repo}/files"
_FILE = f"{_FILES}/{{file:int}}"
_SORTED_BY = {
    "issues": "totalIssues",
    "grade": "grade",
    "duplication": "duplication",
    "complexity": "complexity",
    "coverage": "coverage",
}


async def list_files(request: Request) -> Response:
    """List files whose path has in it what is looked for."""
    check(request)
    state, asked = state_of(request), request.query_params
    found = [
        shapes.file(path, len(state.open_issues(path)))
        for path in sorted(team.FILES)
        if asked.get("search", "") in path
    ]
    by = _SORTED_BY.get(asked.get("sort", ""))
    if by is not None:
        # What is not known goes last.
        found.sort(key=lambda raw: raw.get(by, 1000))
    if asked.get("direction") == "desc":
        found.reverse()
    return listed(request, found)


def _path(request: Request) -> str:
    check(request)
    number = request.path_params["file"]
    found = next((path for path in team.FILES if shapes.file_id(path) == number), None)
    if found is None:
        raise missing("File")
    return found


async def show_file(request: Request) -> Response:
    """Give a file with its analysis."""
    path = _path(request)
    brief = shapes.file(path, len(state_of(request).open_issues(path)))
    said: Json = {
        "file": {
            "branchId": 31,
            "commitId": 4001,
            "commitSha": shapes.sha_of("main"),
            "fileId": brief["fileId"],
            "fileDataId": brief["fileId"] + 1000,
            "path": path,
            "language": shapes.language_of(path),
            "gitProviderUrl": f"{shapes.WEB}/blob/{team.DEFAULT_BRANCH}/{path}",
            "ignored": False,
        },
        "metrics": {
            "linesOfCode": brief["linesOfCode"],
            "numberOfMethods": brief["numberOfMethods"],
            "numberOfClasses": 0,
        },
        "quality": {
            **{name: brief[name] for name in ("totalIssues", "complexity", "grade")},
            "gradeLetter": brief["gradeLetter"],
            "duplication": 0,
            "duplicatedLinesOfCode": 0,
        },
    }
    if path in shapes.COVERED:
        hit, missed = shapes.COVERED[path]
        said["coverage"] = {
            "coverage": shapes.covered(path),
            "coverableLines": len(hit) + len(missed),
            "coveredLines": len(hit),
        }
    return JSONResponse(said)


async def list_file_issues(request: Request) -> Response:
    """List the open issues of a file."""
    return listed(request, state_of(request).open_issues(_path(request)))


async def list_clones(request: Request) -> Response:
    """Show that the timetables of the seasons are much alike."""
    path, clones = _path(request), list[Json]()
    if path.startswith("data/"):
        both = ("data/summer.csv", "data/winter.csv")
        clones.append({"id": 1, "occurrences": [_block(one) for one in both]})
    return listed(request, clones)


def _block(path: str) -> Json:
    number = shapes.file_id(path)
    return {
        "path": path,
        "fileId": number,
        "fileDataId": number + 1000,
        "fromLine": 1,
        "toLine": team.FILES[path].count("\n"),
    }


async def show_coverage(request: Request) -> Response:
    """Give the lines of a file with how often the tests came by."""
    hit, missed = shapes.COVERED.get(_path(request), ((), ()))
    lines = {**dict.fromkeys(hit, 3), **dict.fromkeys(missed, 0)}
    return one([{"line": line, "hits": lines[line]} for line in sorted(lines)])


ROUTES = [
    Route(_FILES, list_files),
    Route(_FILE, show_file),
    Route(f"{_FILE}/issues", list_file_issues),
    Route(f"{_FILE}/duplication", list_clones),
    Route(f"{_FILE}/coverage", show_coverage),
]
