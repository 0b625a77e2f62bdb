"""The rules of the house that no off-the-shelf tool holds, each a plain function over one file."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

FORBIDDEN_WORDS = frozenset(
    {
        *("advanced", "base", "common", "enhanced", "final", "handler", "helper", "helpers"),
        *("manager", "misc", "new", "processor", "smart", "unified", "util", "utils", "v2"),
    }
)
# Names that others gave: OPENAI_BASE_URL of the vendors' clients, and SOPHIA_PORT_BASE.
_GIVEN_COMPOUNDS = ("base_url", "port_base")

# The five outermost edges: HTTP, command line, jobs, MCP runtime, turn runner.
EDGES = frozenset(
    {
        "src/sophia/api/problems.py",
        "src/sophia/cli/main.py",
        "src/sophia/jobs/runner.py",
        "src/sophia/servers/protocol.py",
        "src/sophia/chat/tasks.py",
    }
)
# It starts the run's servers before there is an event loop, and they say nothing when ready.
_MAY_SLEEP = "tests/support/servers.py"

FEATURES = {
    "approvals": frozenset({"gate"}),
    "archive": frozenset({"markdown", "replay"}),
    "attachments": frozenset({"reading"}),
    "chat": frozenset(
        {"deeds", "enclosures", "event_schemas", "following", "ledger", "titles", "views", "wire"}
    ),
    "documents": frozenset({"passages", "splitting"}),
    "federation": frozenset({"id_tokens", "provider", "sealed"}),
    "gateway": frozenset(
        {
            *(
                "bridge",
                "consent",
                "door",
                "entries",
                "gate",
                "handshake",
                "listening",
                "mailbox",
                "outlet",
            ),
            *("finding", "overrides", "relay", "rpc", "rules", "sessions", "showing"),
        }
    ),
    "hooks": frozenset({"facts", "signatures"}),
    "identity": frozenset(
        {
            "access_tokens",
            "deeds",
            "admission",
            "key_ring",
            "keys",
            "passwords",
            "refresh_tokens",
            "standing",
            "throttle",
        }
    ),
    "mcp_servers": frozenset(
        {"bridge_link", "children", "configs", "connections", "personal_link"}
    ),
    "memory": frozenset(
        {
            *("backlog", "choosing", "drafts", "embeddings", "exchange", "fields", "filters"),
            *("formats", "graph", "graph_routes", "graph_rows", "graph_schemas", "history"),
            *("learning", "lessons", "likeness", "phrases", "question", "ranking", "retrieval"),
            *("rules", "screening", "showing", "spaces", "upkeep", "upkeep_schemas", "vectors"),
        }
    ),
    "oauth": frozenset({"clients", "documents", "redirects", "requests", "resources"}),
    "people": frozenset[str](),
    "pins": frozenset({"differences", "pinning", "screening"}),
    "search": frozenset[str](),
    "schedules": frozenset({"timing", "waking"}),
    "upstream_logins": frozenset({"discovery", "exchange"}),
}
ROLES = frozenset(
    {
        "__init__",
        "errors",
        "guard",
        "repository",
        "routes",
        "schemas",
        "service",
        "sockets",
        "tasks",
    }
)

# The paths of what the list below it names.
PUBLIC_PATHS = frozenset(
    {
        "/health",
        "/health/live",
        "/health/ready",
        "/api/v1/auth/link",
        "/api/v1/auth/login",
        "/api/v1/auth/refresh",
        "/api/v1/auth/logout",
        "/api/v1/auth/join",
        "/api/v1/auth/methods",
        "/api/v1/auth/oidc/start",
        "/api/v1/auth/oidc/callback",
        # What applications ask, which have no credentials of Sophia's.
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-protected-resource/mcp/{server}",
        "/.well-known/oauth-authorization-server",
        # Vendors sign what they send.
        "/api/v1/hooks/{vendor}",
        "/oauth/register",
        "/oauth/token",
        "/oauth/revoke",
    }
)
PUBLIC_ROUTES = frozenset(
    {
        "src/sophia/api/docs_page.py:page",
        "src/sophia/api/docs_page.py:start",
        "src/sophia/api/health.py:health",
        "src/sophia/api/health.py:live",
        "src/sophia/api/health.py:ready",
        # A vendor has no credentials of Sophia's: what it sends is signed.
        "src/sophia/hooks/routes.py:receive_hook",
        # Whoever signs in has no credentials yet; the callback's are its state and its cookie.
        "src/sophia/federation/routes.py:sign_in_methods",
        "src/sophia/federation/routes.py:start_sign_in",
        "src/sophia/federation/routes.py:finish_sign_in",
        "src/sophia/identity/routes.py:sign_in_with_link",
        "src/sophia/identity/routes.py:login",
        "src/sophia/identity/routes.py:refresh",
        "src/sophia/identity/routes.py:logout",
        # Applications have no credentials of Sophia's, nor secrets: codes and PKCE hold them.
        "src/sophia/oauth/routes.py:describe_authorization",
        "src/sophia/oauth/routes.py:describe_gateway",
        "src/sophia/oauth/routes.py:describe_gateway_by_path",
        "src/sophia/oauth/routes.py:describe_server",
        "src/sophia/oauth/routes.py:register_application",
        "src/sophia/oauth/routes.py:give_tokens",
        "src/sophia/oauth/routes.py:revoke_token",
        "src/sophia/people/routes.py:join",
        # Logins of other people's servers read who we are.
        "src/sophia/mcp_servers/routes.py:own_client_document",
    }
)
_ROUTE_METHODS = frozenset({"get", "post", "put", "patch", "delete", "websocket", "api_route"})
_SCOPED = re.compile(
    r"\b(Chat|Tools|Account|System|Metrics|Audit|Users|Memory)(Reader|Writer|Approver)\b"
)

_DURATION_WORDS = frozenset(
    {
        *("backoff", "delay", "duration", "elapsed", "grace", "interval"),
        *("pause", "period", "silence", "timeout", "ttl", "wait"),
    }
)
_BLIND = frozenset({"Exception", "BaseException"})
_FEATURE_MODULE = re.compile(r"src/sophia/(\w+)/(.+)\.py")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_MACHINE_PATH = re.compile(r"(?<![\w.$}])/(work|root|home|Users)/\w")
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u26ff\u2705\u2728\u274c\u2757\u27a1\u2b50\ufe0f]"
)


@dataclass(frozen=True)
class SourceFile:
    """A file's path from the root, with `/`, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")


type Rule = Callable[[SourceFile], Iterator[str]]
type Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(*patterns: str) -> list[SourceFile]:
    """Read the checkout's files of these patterns, whatever is not ours left out."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    ours = [path for path in found if not {"node_modules", "__pycache__"} & set(path.parts)]
    return [
        SourceFile(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
        for path in sorted(ours)
    ]


def words(name: str) -> list[str]:
    """Split snake_case and CamelCase."""
    return [word.lower() for word in _WORD.findall(name)]


def functions(file: SourceFile) -> Iterator[Function]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def is_short_enough(file: SourceFile) -> Iterator[str]:
    """Hold the caps: 400 lines in src, 500 in tests and bench, 250 in the console."""
    caps = {"src/": 400, "tests/": 500, "bench/": 500, "web/src/": 250}
    cap = next(cap for start, cap in caps.items() if file.path.startswith(start))
    length = len(file.text.splitlines())
    if length > cap:
        yield f"{length} lines, {cap} are allowed: split it by concept"


def has_no_empty_words(file: SourceFile) -> Iterator[str]:
    """Names of modules, classes, functions and arguments say what they mean."""
    names = [(1, part) for part in Path(file.path).with_suffix("").parts]
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.append((node.lineno, node.name))
        elif isinstance(node, ast.arg):
            names.append((node.lineno, node.arg))
    for line, name in names:
        if name.startswith("test_"):
            continue  # a sentence
        rest = name
        for compound in _GIVEN_COMPOUNDS:
            rest = rest.replace(compound, "")
        if empty := FORBIDDEN_WORDS & set(words(rest)):
            yield f"{line}: {name} holds the empty word {min(empty)}"


def catches_only_what_it_knows(file: SourceFile) -> Iterator[str]:
    """Blind handlers stand at the five edges only, one each; nothing is swallowed unsaid."""
    blind: list[int] = []
    for node in ast.walk(file.tree):
        match node:
            case ast.ExceptHandler(type=None):
                yield f"{node.lineno}: a bare except"
            case ast.ExceptHandler(type=ast.expr() as caught) if _names(caught) & _BLIND:
                blind.append(node.lineno)
            case ast.ExceptHandler(body=body) if not file.is_test and all(map(_is_nothing, body)):
                yield f"{node.lineno}: an exception is swallowed: say so by contextlib.suppress"
            case ast.Call(func=function) if ast.unparse(function).endswith("suppress"):
                if _names(node) & _BLIND:
                    yield f"{node.lineno}: suppresses every exception"
            case _:
                pass
    for line in blind[file.path in EDGES :]:
        yield f"{line}: except Exception outside the five edges"


def _names(node: ast.expr) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def _is_nothing(statement: ast.stmt) -> bool:
    is_dots = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass) or is_dots


def gives_durations_their_unit(file: SourceFile) -> Iterator[str]:
    """A number that is a duration ends in _s, or _ms where a vendor counts so."""
    for node in ast.walk(file.tree):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as type_):
                is_number = bool(_names(type_) & {"int", "float"})
            case ast.AnnAssign(target=ast.Name(id=name), annotation=type_):
                is_number = bool(_names(type_) & {"int", "float"})
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
            case _:
                continue
        said = words(name)
        if is_number and _DURATION_WORDS & set(said) and said[-1] not in {"s", "ms"}:
            yield f"{node.lineno}: {name} is a duration without its unit: call it {name}_s"


def imports_openly(file: SourceFile) -> Iterator[str]:
    """No relative imports, and none that only the type checker sees."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{node.lineno}: a relative import"
        if isinstance(node, ast.Name | ast.alias | ast.Attribute):
            name = ast.unparse(node).rpartition(".")[2]
            if name == "TYPE_CHECKING":
                yield f"{node.lineno}: TYPE_CHECKING hides an import"


def is_finished(file: SourceFile) -> Iterator[str]:
    """No comment puts work off."""
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT and _UNFINISHED.search(token.string):
            yield f"{token.start[0]}: {token.string.strip()}"


def tests_by_fakes(file: SourceFile) -> Iterator[str]:
    """Tests pass fakes in, patch nothing, and never sleep."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                modules = {alias.name for alias in names} | {getattr(node, "module", None) or ""}
                if {"mock", "unittest.mock", "pytest_mock"} & modules:
                    yield f"{node.lineno}: imports a mocking library"
            case ast.arg(arg="mocker"):
                yield f"{node.lineno}: asks for mocker"
            case ast.Attribute(value=ast.Name(id="monkeypatch"), attr="setattr" | "setitem"):
                yield f"{node.lineno}: patches instead of passing a fake"
            case ast.Attribute(value=ast.Name(id="time" | "asyncio" as module), attr="sleep"):
                if file.path != _MAY_SLEEP:
                    yield f"{node.lineno}: {module}.sleep: wait for what happens, bounded"
            case _:
                pass


def names_tests_as_sentences(file: SourceFile) -> Iterator[str]:
    """A test's name has at least three words behind `test_`."""
    if not Path(file.path).name.startswith("test_"):
        return
    for function in functions(file):
        if function.name.startswith("test_") and len(words(function.name)) < 4:
            yield f"{function.lineno}: {function.name} is no sentence"


def has_a_known_role(file: SourceFile) -> Iterator[str]:
    """A feature's modules have fixed names, besides its own few concepts."""
    found = _FEATURE_MODULE.fullmatch(file.path)
    feature, name = found.groups() if found else ("", "")
    if feature in FEATURES and name not in ROLES | FEATURES[feature]:
        yield f"{name} is neither a role of a feature nor a named concept of {feature}"


def routes_show_their_scope(file: SourceFile) -> Iterator[str]:
    """A route's signature names who may call it, or the route is on the list of public ones."""
    for function in functions(file):
        if not any(_is_route(decorator) for decorator in function.decorator_list):
            continue
        is_scoped = bool(_SCOPED.search(ast.unparse(function.args)))
        is_public = f"{file.path}:{function.name}" in PUBLIC_ROUTES
        if is_scoped == is_public:
            yield (
                f"{function.lineno}: {function.name} "
                + ("is scoped and on the public list" if is_public else "shows no scope")
            )


def _is_route(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)):
            return name in {"router", "api", "app"} and attr in _ROUTE_METHODS
        case _:
            return False


def names_no_machine(file: SourceFile) -> Iterator[str]:
    """No path of somebody's own machine."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if _MACHINE_PATH.search(line):
            yield f"{number}: {line.strip()}"


def has_no_emoji(file: SourceFile) -> Iterator[str]:
    """Words suffice."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if _EMOJI.search(line):
            yield f"{number}: {line.strip()}"


@dataclass(frozen=True)
class ErrorClass:
    """A class that derives from SophiaError."""

    name: str
    path: str
    line: int
    bases: frozenset[str]
    code: str | None
    doc: str


ERROR_HOMES = re.compile(r"src/sophia/(\w+/){0,3}(errors|core/failures|kit/\w+|settings)\.py")
_CODE = re.compile(r"[a-z]+\.[a-z]+(_[a-z]+)*")


def error_classes(found: list[SourceFile]) -> list[ErrorClass]:
    """Give every class that derives from SophiaError, however far away."""
    classes = [
        ErrorClass(
            name=node.name,
            path=file.path,
            line=node.lineno,
            bases=frozenset(ast.unparse(base) for base in node.bases),
            code=_code_of(node),
            doc=(ast.get_docstring(node) or "").partition("\n")[0],
        )
        for file in found
        for node in ast.walk(file.tree)
        if isinstance(node, ast.ClassDef)
    ]
    names = {"SophiaError"}
    while more := {one.name for one in classes if one.bases & names} - names:
        names |= more
    return [one for one in classes if one.bases & names]


def _code_of(node: ast.ClassDef) -> str | None:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="code")], value=ast.Constant(value=str(code))):
                return code
            case _:
                pass
    return None


def errors_say_what_to_do(found: list[SourceFile]) -> Iterator[str]:
    """Each error: in an errors.py, a code of its own, `what is wrong: what to do next`."""
    seen: dict[str, str] = {}
    for one in error_classes(found):
        where = f"{one.path}:{one.line} {one.name}"
        if not ERROR_HOMES.fullmatch(one.path):
            yield f"{where} lives outside an errors.py"
        if one.code is None or not _CODE.fullmatch(one.code):
            yield f"{where} has no code of the form feature.what_is_wrong"
        elif one.code in seen:
            yield f"{where} shares its code with {seen[one.code]}"
        else:
            seen[one.code] = where
        if not re.search(r"\S: [\w`]", one.doc):
            yield f"{where} does not say what to do next, behind a colon"


def ports_stand_once(found: list[SourceFile], ports: list[int]) -> Iterator[str]:
    """A port belongs to one service, and only the registry knows its number."""
    yield from (f"port {port} twice" for port in sorted(set(ports)) if ports.count(port) > 1)
    for file in found:
        if file.path == "src/sophia/core/registry.py":
            continue
        measures = {id(node) for node in _measures(file)}
        for node in ast.walk(file.tree):
            if not isinstance(node, ast.Constant) or id(node) in measures:
                continue
            # True == 1: the type must be asked for, too.
            if type(node.value) is int and node.value in ports:
                yield f"{file.path}:{node.lineno} writes port {node.value} out"


def _measures(file: SourceFile) -> Iterator[ast.Constant]:
    """Give the constants that are sizes or durations by their name."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value):
                if words(name)[-1] in {"chars", "bytes", "s", "ms"}:
                    yield value
            case _:
                pass
