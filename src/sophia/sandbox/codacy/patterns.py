"""The analysers and what they look for."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.codacy import shapes
from sophia.sandbox.codacy.replies import check, listed, missing, one
from sophia.sandbox.codacy.shapes import Json, Rule

_REPO = "/analysis/organizations/{provider}/{owner}/repositories/{repo}"


async def list_tools(request: Request) -> Response:
    """List all analysers."""
    return listed(request, [_tool(name) for name in shapes.TOOLS])


def _tool(name: str) -> Json:
    return {
        "uuid": shapes.uuid_of(name),
        "name": name,
        "version": "1.0.0",
        "shortName": name.lower(),
        "documentationUrl": f"https://docs.codacy.com/{name.lower()}",
        "needsCompilation": False,
        "configurationFilenames": [],
        "dockerImage": f"codacy/codacy-{name.lower()}:1.0.0",
        "languages": ["Python"],
        "clientSide": False,
        "standalone": False,
        "enabledByDefault": True,
        "configurable": True,
    }


async def list_repository_tools(request: Request) -> Response:
    """List the analysers with what the repository says of them."""
    check(request)
    settings: Json = {
        "followsStandard": False,
        "isCustom": False,
        "hasConfigurationFile": False,
        "usesConfigurationFile": False,
        "enabledBy": [],
    }
    return one(
        [
            {
                "uuid": shapes.uuid_of(name),
                "name": name,
                "isClientSide": False,
                "settings": {**settings, "isEnabled": name in shapes.ENABLED},
            }
            for name in shapes.TOOLS
        ]
    )


def _rules(request: Request) -> list[Rule]:
    tool = request.path_params["tool"]
    names = [name for name in shapes.TOOLS if shapes.uuid_of(name) == tool]
    if not names:
        raise missing("Tool")
    return [rule for rule in shapes.RULES if rule.tool == names[0]]


async def list_patterns(request: Request) -> Response:
    """List what an analyser of the repository looks for."""
    check(request)
    asked = request.query_params
    found: list[Json] = [
        {
            "patternDefinition": shapes.pattern_whole(rule),
            "enabled": True,
            "isCustom": False,
            "parameters": [],
            "enabledBy": [],
        }
        for rule in _rules(request)
        if rule.category in asked.get("categories", rule.category).split(",")
        and rule.level in asked.get("severityLevels", rule.level).split(",")
        and asked.get("search", "").lower() in rule.title.lower()
        and asked.get("enabled") != "false"
    ]
    return listed(request, found, meta={"totalEnabled": len(found)})


async def show_pattern(request: Request) -> Response:
    """Explain what an analyser looks for."""
    for rule in _rules(request):
        if rule.id == request.path_params["pattern"]:
            return one(shapes.pattern_whole(rule))
    raise missing("Pattern")


ROUTES = [
    Route("/tools", list_tools),
    Route("/tools/{tool}/patterns/{pattern}", show_pattern),
    Route(f"{_REPO}/tools", list_repository_tools),
    Route(f"{_REPO}/tools/{{tool}}/patterns", list_patterns),
]
