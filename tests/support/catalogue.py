"""The tools of the eight servers as the contract names them, as a toolbox offers them."""

from collections.abc import Sequence

from sophia.core.messages import Json, JsonObject, ToolSpec

type Argument = tuple[str, JsonObject]

_REPO = "The repository, as owner/name."
_LIMIT = "How many at most."


def text(name: str, told: str = "", **more: Json) -> Argument:
    return name, {"type": "string", "description": told, **more}


def optional(name: str, told: str = "", *, kind: str = "string") -> Argument:
    """Describe an argument that may be null, as pydantic writes it."""
    options: Sequence[Json] = [{"type": kind}, {"type": "null"}]
    return name, {"anyOf": options, "default": None, "description": told, "title": name.title()}


def whole(name: str, default: int, told: str = _LIMIT) -> Argument:
    return name, {"type": "integer", "default": default, "minimum": 0, "description": told}


def decimal(name: str, default: float, told: str = "") -> Argument:
    return name, {"type": "number", "default": default, "description": told}


def choice(name: str, *values: str, told: str = "") -> Argument:
    return name, {"type": "string", "enum": list(values), "description": told}


def texts(name: str, told: str = "") -> Argument:
    return name, {"type": "array", "items": {"type": "string"}, "description": told}


def tool(
    name: str, description: str, *arguments: Argument, required: str = "", does: str = "read"
) -> ToolSpec:
    return ToolSpec(
        name=name,
        description=description,
        title=name.rpartition("__")[2].replace("_", " ").capitalize(),
        input_schema={
            "type": "object",
            "properties": dict(arguments),
            "required": required.split(),
            "additionalProperties": False,
        },
        is_read_only=does == "read",
        is_destructive=does == "destroy",
    )


_CATEGORY: Argument = (
    "category",
    {"$ref": "#/$defs/Category", "default": "general", "description": "What it is about."},
)
_CATEGORIES: JsonObject = {
    "Category": {
        "type": "string",
        "enum": ["general", "technical", "business", "personal", "project", "learning"],
    }
}


def _with_definitions(spec: ToolSpec) -> ToolSpec:
    schema: JsonObject = {**spec.input_schema, "$defs": _CATEGORIES}
    return ToolSpec(
        spec.name,
        spec.description,
        schema,
        title=spec.title,
        is_read_only=spec.is_read_only,
        is_destructive=spec.is_destructive,
    )


MEMORY = tuple(
    _with_definitions(spec)
    for spec in (
        tool(
            "memory__store_memory",
            "Keep one fact, word for word. Storing the same text again changes nothing.",
            text("content", "The text, kept word for word."),
            _CATEGORY,
            texts("tags"),
            ("metadata", {"type": "object", "description": "Anything."}),
            optional("user_id", "Yourself."),
            required="content",
            does="write",
        ),
        tool(
            "memory__store_memories",
            "Keep many facts at once.",
            ("memories", {"type": "array", "items": {"type": "object"}}),
            required="memories",
            does="write",
        ),
        tool(
            "memory__search_memories",
            "Find what was kept, the best first, with its source and date.",
            text("query", "A question, or words to find."),
            optional("scope", "A namespace of your choice."),
            optional("category"),
            texts("tags", "Only memories that carry all of these."),
            whole("limit", 10),
            decimal("threshold", 0, "Leave out what scores less."),
            required="query",
        ),
        tool("memory__get_memory", "Give one memory.", text("memory_id"), required="memory_id"),
        tool(
            "memory__update_memory",
            "Change a memory; what is left out stays.",
            text("memory_id"),
            optional("content"),
            _CATEGORY,
            required="memory_id",
            does="write",
        ),
        tool(
            "memory__delete_memory",
            "Delete one memory for good.",
            text("memory_id"),
            required="memory_id",
            does="destroy",
        ),
        tool(
            "memory__store_conversation",
            "Keep a whole conversation, message by message.",
            text("user_id"),
            ("messages", {"type": "array", "items": {"type": "object"}}),
            required="user_id messages",
            does="write",
        ),
        tool(
            "memory__get_conversation_context",
            "Give what is known that bears on a conversation.",
            text("user_id"),
            optional("query"),
            whole("limit", 10),
            required="user_id",
        ),
        tool("memory__get_memory_stats", "Count what is kept, by category and in all."),
    )
)
UIUX = (
    tool(
        "uiux__generate_component",
        "Generate an accessible React component in a named pattern or a free description.",
        text("component_type", "glassmorphism_card, responsive_grid, accessible_form or your own."),
        optional("style"),
        optional("color", "The accent colour."),
        ("props", {"type": "object"}),
        required="component_type",
        does="write",
    ),
    tool(
        "uiux__check_accessibility",
        "Check HTML against WCAG.",
        text("html", "The HTML to check."),
        choice("wcag_level", "A", "AA", "AAA"),
        required="html",
    ),
    tool(
        "uiux__optimize_performance",
        "Suggest how a component renders faster.",
        text("component_code"),
        required="component_code",
    ),
)
CODACY = (
    tool(
        "codacy__analyze_code",
        "Analyse a piece of source code for defects and score it.",
        text("code"),
        choice("language", "python", "javascript", "typescript", "go"),
        required="code language",
    ),
    tool(
        "codacy__analyze_file",
        "Analyse a source file inside the allowed folders.",
        text("file_path"),
        required="file_path",
    ),
    tool("codacy__get_project_metrics", "Quality metrics of the project: grade, duplication."),
    tool(
        "codacy__get_security_issues",
        "Security problems found, the worst first.",
        choice("severity", "critical", "high", "medium", "low"),
    ),
    tool("codacy__get_code_patterns", "The patterns that are checked.", optional("pattern_type")),
    tool("codacy__get_coverage_report", "Test coverage of the project."),
)
_PRIORITY = whole("priority", 0, "0 none, 1 urgent, 2 high, 3 medium, 4 low.")
LINEAR = (
    tool(
        "linear__list_issues",
        "List issues of the workspace.",
        optional("state", "Such as Todo, In Progress, Done."),
        optional("assignee", "A name, an e-mail address or me."),
        whole("limit", 50),
    ),
    tool(
        "linear__create_issue",
        "Create an issue in a team.",
        text("title"),
        text("team_key", "Such as ENG."),
        optional("description"),
        _PRIORITY,
        required="title team_key",
        does="write",
    ),
    tool(
        "linear__update_issue",
        "Change an issue.",
        text("issue_id", "An id, or a key such as ENG-123."),
        optional("title"),
        optional("description"),
        optional("state"),
        optional("assignee"),
        _PRIORITY,
        required="issue_id",
        does="write",
    ),
    tool("linear__get_issue", "Give one issue.", text("issue_id"), required="issue_id"),
    tool(
        "linear__get_team_analytics",
        "What a team opened and finished in the last days.",
        text("team_key"),
        whole("days", 30, "How many days back."),
        required="team_key",
    ),
    tool("linear__search_issues", "Search issues by their text.", text("query"), required="query"),
    tool(
        "linear__add_comment",
        "Comment on an issue.",
        text("issue_id"),
        text("body"),
        required="issue_id body",
        does="write",
    ),
    tool("linear__list_projects", "List the projects of the workspace."),
    tool(
        "linear__get_project_health",
        "Progress and health of a project.",
        text("project_id"),
        required="project_id",
    ),
)
_STATE = choice("state", "open", "closed", "all")
GITHUB = (
    tool("github__list_repositories", "List repositories.", optional("org"), whole("limit", 30)),
    tool(
        "github__get_repository_info",
        "Describe a repository.",
        text("repo", _REPO),
        required="repo",
    ),
    tool(
        "github__list_issues",
        "List issues of a repository.",
        text("repo", _REPO),
        _STATE,
        whole("limit", 30),
        required="repo",
    ),
    tool(
        "github__create_issue",
        "Open an issue in a repository.",
        text("repo", _REPO),
        text("title"),
        text("body"),
        texts("labels"),
        required="repo title body",
        does="write",
    ),
    tool(
        "github__list_pull_requests",
        "List pull requests of a repository.",
        text("repo", _REPO),
        _STATE,
        whole("limit", 30),
        required="repo",
    ),
    tool(
        "github__get_file_content",
        "Give a file of a repository.",
        text("repo", _REPO),
        text("path"),
        optional("branch"),
        required="repo path",
    ),
    tool(
        "github__search_code",
        "Search source code.",
        text("query"),
        optional("repo", _REPO),
        whole("limit", 30),
        required="query",
    ),
)
ASANA = (
    tool("asana__list_projects", "List projects.", optional("workspace"), whole("limit", 50)),
    tool(
        "asana__get_project_tasks",
        "List the tasks of a project.",
        text("project_id"),
        optional("completed", "Only finished ones, or only open ones.", kind="boolean"),
        required="project_id",
    ),
    tool(
        "asana__create_task",
        "Create a task in a project.",
        text("project_id"),
        text("name"),
        optional("description"),
        optional("assignee"),
        ("due_date", {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
        required="project_id name",
        does="write",
    ),
    tool(
        "asana__update_task",
        "Change a task.",
        text("task_id"),
        optional("name"),
        optional("assignee"),
        optional("completed", kind="boolean"),
        text("due_date", "As YYYY-MM-DD."),
        required="task_id",
        does="write",
    ),
    tool("asana__get_task_details", "Give one task.", text("task_id"), required="task_id"),
    tool(
        "asana__add_comment",
        "Comment on a task.",
        text("task_id"),
        text("text"),
        required="task_id text",
        does="write",
    ),
    tool(
        "asana__search_tasks",
        "Search tasks by their text.",
        text("query"),
        optional("project_id"),
        whole("limit", 20),
        required="query",
    ),
    tool(
        "asana__get_project_status",
        "The latest status update of a project.",
        text("project_id"),
        required="project_id",
    ),
)
LAMBDA_CLI = (
    tool("lambda-cli__list_instances", "List the running GPU instances with their price."),
    tool(
        "lambda-cli__launch_instance",
        "Launch a GPU instance. It costs money until it is terminated.",
        text("instance_type", "Such as gpu_1x_a10."),
        optional("region", "Such as us-west-1."),
        optional("name"),
        required="instance_type",
        does="write",
    ),
    tool(
        "lambda-cli__terminate_instance",
        "Terminate an instance. Its disk is destroyed; there is no stop.",
        text("instance_id"),
        required="instance_id",
        does="destroy",
    ),
    tool("lambda-cli__get_instance_types", "The GPU instance types on offer, price, capacity."),
    tool(
        "lambda-cli__estimate_costs",
        "What an instance type costs for some hours.",
        text("instance_type"),
        decimal("hours", 24),
        required="instance_type",
    ),
    tool(
        "lambda-cli__get_instance_details",
        "Describe one instance.",
        text("instance_id"),
        required="instance_id",
    ),
)
_COST_PRIORITY = choice("cost_priority", "balanced", "low_cost", "performance", "latency_critical")
LAMBDA_SERVERLESS = (
    tool(
        "lambda-serverless__serverless_inference",
        "Let the default language model answer a prompt.",
        text("prompt"),
        whole("max_tokens", 256, "Length of the answer."),
        decimal("temperature", 0.7),
        required="prompt",
        does="write",
    ),
    tool(
        "lambda-serverless__invoke_serverless",
        "Let a chosen or routed language model answer a prompt.",
        text("prompt"),
        optional("model"),
        _COST_PRIORITY,
        whole("max_tokens", 1000),
        required="prompt",
        does="write",
    ),
    tool(
        "lambda-serverless__estimate_cost",
        "What a prompt would cost.",
        text("prompt"),
        optional("model"),
        required="prompt",
    ),
    tool(
        "lambda-serverless__get_usage_stats",
        "Tokens and money used.",
        whole("days", 30, "How many days back."),
    ),
    tool(
        "lambda-serverless__optimize_costs",
        "Suggest how a workload gets cheaper.",
        text("workload_description"),
        required="workload_description",
    ),
    tool("lambda-serverless__list_models", "List the language models and their prices."),
)
CATALOGUE = (
    *MEMORY,
    *UIUX,
    *CODACY,
    *LINEAR,
    *GITHUB,
    *ASANA,
    *LAMBDA_CLI,
    *LAMBDA_SERVERLESS,
)
BY_NAME = {spec.name: spec for spec in CATALOGUE}
