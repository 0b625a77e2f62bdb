"""What people say, and the tool that it leads to (today is Monday 2026-11-23)."""

import pytest

from sophia.core.messages import JsonObject
from tests.unit.llm.builtin.talk import calls_for

INSTANCE = "0920582c7ff041399e34823a0be62549"
MEMORY = "0190a1b2-0000-7000-8000-000000000001"

REMEMBERED = (
    (
        "Remember that our deploy window is Friday 15:00 UTC",
        "our deploy window is Friday 15:00 UTC",
        "technical",
    ),
    (
        "please remember: Ada is on holiday until Monday",
        "Ada is on holiday until Monday",
        "personal",
    ),
    ("Hi Sophia, please remember that the API port is 8000", "the API port is 8000", "technical"),
    ("Note that the milestone moved to May", "the milestone moved to May", "project"),
    ("note to self: buy milk", "buy milk", "general"),
    ("Don't forget that our biggest customer is Acme", "our biggest customer is Acme", "business"),
    ("Don\u2019t forget that I prefer tabs", "I prefer tabs", "personal"),
    ("Can you remember that lunch is at noon?", "lunch is at noon", "general"),
    ("keep in mind that my office is closed", "my office is closed", "personal"),
    ("save this: the wifi is slow", "the wifi is slow", "general"),
    ("Remember: delete the issue ENG-1", "delete the issue ENG-1", "general"),
)

RECALLED = (
    "When is our deploy window?",
    "What port does the API use?",
    "Who is our biggest customer?",
    "do we deploy on Fridays?",
    "is our VPN down?",
    "what's our wifi password",
    "deploy window?",
    "tell me about the payments project",
    "look up our deploy window",
    "do you remember our deploy window?",
    "Remember when we moved offices?",
    "What is the issue with our login?",
    "Who owns the payments project?",
    "How do I launch an instance?",
    f"Should we terminate instance {INSTANCE}?",
)

REQUESTED: tuple[tuple[str, str, JsonObject], ...] = (
    (
        "list my open pull requests in acme/api",
        "github__list_pull_requests",
        {"repo": "acme/api", "state": "open"},
    ),
    (
        "what pull requests are open in acme/api?",
        "github__list_pull_requests",
        {"repo": "acme/api", "state": "open"},
    ),
    (
        "show all PRs in https://github.com/acme/api",
        "github__list_pull_requests",
        {"repo": "acme/api", "state": "all"},
    ),
    (
        "open pull requests for acme/api please",
        "github__list_pull_requests",
        {"repo": "acme/api", "state": "open"},
    ),
    ("list issues in acme/api", "github__list_issues", {"repo": "acme/api"}),
    (
        "list the top 3 closed issues of acme/api",
        "github__list_issues",
        {"repo": "acme/api", "state": "closed", "limit": 3},
    ),
    (
        "How many open issues are there in acme/api?",
        "github__list_issues",
        {"repo": "acme/api", "state": "open"},
    ),
    (
        'create an issue in acme/api titled "Login broken" with body "It says 500"',
        "github__create_issue",
        {"repo": "acme/api", "title": "Login broken", "body": "It says 500"},
    ),
    (
        'Could you please open an issue in acme/api title="Crash" body="It crashed" labels=bug,ui',
        "github__create_issue",
        {"repo": "acme/api", "title": "Crash", "body": "It crashed", "labels": ["bug", "ui"]},
    ),
    (
        (
            "file an issue in acme/web titled Broken link with body The footer is dead"
            " and labels bug, ui"
        ),
        "github__create_issue",
        {
            "repo": "acme/web",
            "title": "Broken link",
            "body": "The footer is dead",
            "labels": ["bug", "ui"],
        },
    ),
    (
        "search code for parse_config in acme/api",
        "github__search_code",
        {"repo": "acme/api", "query": "parse_config"},
    ),
    (
        "get the README.md of acme/api on branch dev",
        "github__get_file_content",
        {"repo": "acme/api", "path": "README.md", "branch": "dev"},
    ),
    (
        "show src/main.py from acme/api",
        "github__get_file_content",
        {"repo": "acme/api", "path": "src/main.py"},
    ),
    (
        "I want you to list the repositories of org acme",
        "github__list_repositories",
        {"org": "acme"},
    ),
    ("describe repository acme/api", "github__get_repository_info", {"repo": "acme/api"}),
    ("list issues", "linear__list_issues", {}),
    (
        "show linear issues assigned to bob@acme.io",
        "linear__list_issues",
        {"assignee": "bob@acme.io"},
    ),
    (
        "list linear issues assigned to me, limit 5",
        "linear__list_issues",
        {"assignee": "me", "limit": 5},
    ),
    (
        "create a high priority issue in ENG: Fix the login page",
        "linear__create_issue",
        {"team_key": "ENG", "priority": 2, "title": "Fix the login page"},
    ),
    (
        'create a Linear issue for team ENG titled "Fix login" priority=4',
        "linear__create_issue",
        {"team_key": "ENG", "priority": 4, "title": "Fix login"},
    ),
    ("show issue ENG-123", "linear__get_issue", {"issue_id": "ENG-123"}),
    ("get ENG-123", "linear__get_issue", {"issue_id": "ENG-123"}),
    ("who is assigned to ENG-123?", "linear__get_issue", {"issue_id": "ENG-123"}),
    (
        "add a comment to ENG-123: looks good to me",
        "linear__add_comment",
        {"issue_id": "ENG-123", "body": "looks good to me"},
    ),
    (
        "comment on ENG-123 that the fix is deployed",
        "linear__add_comment",
        {"issue_id": "ENG-123", "body": "the fix is deployed"},
    ),
    (
        'reply "Nice work" to ENG-5',
        "linear__add_comment",
        {"issue_id": "ENG-5", "body": "Nice work"},
    ),
    ("update ENG-123 state=Done", "linear__update_issue", {"issue_id": "ENG-123", "state": "Done"}),
    (
        'move ENG-12 to state "In Progress"',
        "linear__update_issue",
        {"issue_id": "ENG-12", "state": "In Progress"},
    ),
    (
        "assign ENG-123 to bob@acme.io",
        "linear__update_issue",
        {"issue_id": "ENG-123", "assignee": "bob@acme.io"},
    ),
    ("set priority of ENG-9 to 2", "linear__update_issue", {"issue_id": "ENG-9", "priority": 2}),
    ("set ENG-9 to urgent priority", "linear__update_issue", {"issue_id": "ENG-9", "priority": 1}),
    ("find issues mentioning timeouts", "linear__search_issues", {"query": "timeouts"}),
    (
        'search linear issues about "login timeout"',
        "linear__search_issues",
        {"query": "login timeout"},
    ),
    (
        "team analytics for ENG over the last 14 days",
        "linear__get_team_analytics",
        {"team_key": "ENG", "days": 14},
    ),
    (
        "analytics of team ENG for 2 weeks",
        "linear__get_team_analytics",
        {"team_key": "ENG", "days": 14},
    ),
    (
        "project health of project 1200012345678",
        "linear__get_project_health",
        {"project_id": "1200012345678"},
    ),
    ("list projects in asana", "asana__list_projects", {}),
    (
        "show completed tasks in project 1200012345678",
        "asana__get_project_tasks",
        {"project_id": "1200012345678", "completed": True},
    ),
    (
        "show incomplete tasks in project 1200012345678",
        "asana__get_project_tasks",
        {"project_id": "1200012345678", "completed": False},
    ),
    (
        "create a task in project 1200012345678: Call Bob, due tomorrow",
        "asana__create_task",
        {"project_id": "1200012345678", "name": "Call Bob", "due_date": "2026-11-24"},
    ),
    (
        'create a task "Report" in project 1200012345678 due next Friday assigned to ada@acme.io',
        "asana__create_task",
        {
            "project_id": "1200012345678",
            "name": "Report",
            "due_date": "2026-11-27",
            "assignee": "ada@acme.io",
        },
    ),
    (
        "complete task 1200012345678",
        "asana__update_task",
        {"task_id": "1200012345678", "completed": True},
    ),
    (
        "update task 1200012345678: due 2026-12-01",
        "asana__update_task",
        {"task_id": "1200012345678", "due_date": "2026-12-01"},
    ),
    ("show task 1200012345678", "asana__get_task_details", {"task_id": "1200012345678"}),
    (
        "add a comment to task 1200012345678: please review",
        "asana__add_comment",
        {"task_id": "1200012345678", "text": "please review"},
    ),
    (
        "search for tasks about the release in project 1200012345678",
        "asana__search_tasks",
        {"project_id": "1200012345678", "query": "the release"},
    ),
    ("project status 1200012345678", "asana__get_project_status", {"project_id": "1200012345678"}),
    ("list instances", "lambda-cli__list_instances", {}),
    ("what instances are running?", "lambda-cli__list_instances", {}),
    ("show my running GPUs", "lambda-cli__list_instances", {}),
    ("which instance types are there?", "lambda-cli__get_instance_types", {}),
    (
        "launch a gpu_1x_a10 in us-west-1 named trainer",
        "lambda-cli__launch_instance",
        {"instance_type": "gpu_1x_a10", "region": "us-west-1", "name": "trainer"},
    ),
    (f"terminate instance {INSTANCE}", "lambda-cli__terminate_instance", {"instance_id": INSTANCE}),
    (f"show instance {INSTANCE}", "lambda-cli__get_instance_details", {"instance_id": INSTANCE}),
    (
        "how much does gpu_1x_a10 cost for 48 hours?",
        "lambda-cli__estimate_costs",
        {"instance_type": "gpu_1x_a10", "hours": 48},
    ),
    (
        "estimate the costs of gpu_8x_h100_sxm5 for 2 days",
        "lambda-cli__estimate_costs",
        {"instance_type": "gpu_8x_h100_sxm5", "hours": 48},
    ),
    ("show usage stats for the last 7 days", "lambda-serverless__get_usage_stats", {"days": 7}),
    ("usage stats of the last week", "lambda-serverless__get_usage_stats", {"days": 7}),
    ("what models are available?", "lambda-serverless__list_models", {}),
    (
        "ask the serverless model to write a haiku about rain",
        "lambda-serverless__invoke_serverless",
        {"prompt": "write a haiku about rain"},
    ),
    (
        "invoke serverless with model llama-3.1-8b: tell me a joke",
        "lambda-serverless__invoke_serverless",
        {"model": "llama-3.1-8b", "prompt": "tell me a joke"},
    ),
    (
        'estimate the cost of the prompt "Tell me a story"',
        "lambda-serverless__estimate_cost",
        {"prompt": "Tell me a story"},
    ),
    (
        "optimize costs for nightly batch summarisation",
        "lambda-serverless__optimize_costs",
        {"workload_description": "nightly batch summarisation"},
    ),
    (
        "generate an accessible form component in dark style with color #1e90ff",
        "uiux__generate_component",
        {"component_type": "accessible form", "style": "dark", "color": "#1e90ff"},
    ),
    (
        "Make me a responsive grid component",
        "uiux__generate_component",
        {"component_type": "responsive grid"},
    ),
    (
        'check accessibility of <button><img src="x.png"></button> at level AAA',
        "uiux__check_accessibility",
        {"html": '<button><img src="x.png"></button>', "wcag_level": "AAA"},
    ),
    (
        "optimize performance of `const A = () => <b/>`",
        "uiux__optimize_performance",
        {"component_code": "const A = () => <b/>"},
    ),
    (
        "analyze this code:\n```python\ndef f():\n    pass\n```",
        "codacy__analyze_code",
        {"code": "def f():\n    pass", "language": "python"},
    ),
    ('analyze the file "src/app.py"', "codacy__analyze_file", {"file_path": "src/app.py"}),
    ("show critical security issues", "codacy__get_security_issues", {"severity": "critical"}),
    ("show the coverage", "codacy__get_coverage_report", {}),
    ("show project metrics", "codacy__get_project_metrics", {}),
    ("memory stats", "memory__get_memory_stats", {}),
    ("search memories for deploy", "memory__search_memories", {"query": "deploy"}),
    (f"show memory {MEMORY}", "memory__get_memory", {"memory_id": MEMORY}),
    (f"delete memory {MEMORY}", "memory__delete_memory", {"memory_id": MEMORY}),
    (
        'store memory "the sky is blue" category personal',
        "memory__store_memory",
        {"content": "the sky is blue", "category": "personal"},
    ),
)


@pytest.mark.parametrize(("said", "fact", "category"), REMEMBERED)
def test_a_statement_to_remember_is_stored_without_the_command(
    said: str, fact: str, category: str
) -> None:
    arguments = {"content": fact, "category": category}
    assert calls_for(said) == [("memory__store_memory", arguments)]


@pytest.mark.parametrize("said", RECALLED)
def test_a_question_is_looked_up_in_the_memory(said: str) -> None:
    (name, arguments), *more = calls_for(said)
    assert name == "memory__search_memories"
    assert str(arguments["query"]) in said
    assert arguments["limit"] == 5
    assert more == []


@pytest.mark.parametrize(("said", "tool", "arguments"), REQUESTED)
def test_a_request_calls_its_tool_with_what_was_said(
    said: str, tool: str, arguments: JsonObject
) -> None:
    assert calls_for(said) == [(tool, arguments)]


def test_requests_joined_by_then_are_all_done() -> None:
    assert [name for name, _ in calls_for("list instances, then list models")] == [
        "lambda-cli__list_instances",
        "lambda-serverless__list_models",
    ]
