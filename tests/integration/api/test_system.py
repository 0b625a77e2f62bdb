"""What the system says of itself."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from sophia.core import registry
from tests.support.desk import Desk
from tests.support.providers import MODEL, ScriptedProvider


async def test_health_names_every_part(desk: Desk) -> None:
    async with desk.client(None) as client:
        answer = await client.get("/health")
    body = answer.json()
    assert answer.status_code == 200
    assert body["services"]["database"] == "healthy"
    assert body["services"]["redis"] == "healthy"
    assert body["services"]["worker"] == "healthy"
    assert body["services"]["mcp_servers"]["memory"] == "healthy"
    assert body["services"]["mcp_servers"]["lambda-serverless"] == "not_served"
    assert body["status"] == "healthy"


async def test_live_and_ready_answer_without_credentials(desk: Desk) -> None:
    async with desk.client(None) as client:
        assert (await client.get("/health/live")).json() == {"status": "alive"}
        assert (await client.get("/health/ready")).json() == {"status": "ready"}


async def test_servers_that_are_not_served_yet_say_so(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        body = (await client.get("/api/v1/mcp/status")).json()

    assert set(body["servers"]) == set(registry.MCP_SERVERS)
    memory = body["servers"]["memory"]
    assert (memory["status"], memory["configured"]) == ("healthy", True)
    assert memory["tools"] >= 9
    assert memory["latency_ms"] > 0
    served = {name for name, server in registry.MCP_SERVERS.items() if server.is_served}
    others = [server for name, server in body["servers"].items() if name not in served]
    assert {(one["status"], one["configured"], one["tools"]) for one in others} <= {
        ("not_served", False, 0)
    }
    assert (body["running"], body["total"]) == (len(served), len(registry.MCP_SERVERS))


async def test_a_server_without_its_token_is_degraded_and_sophia_is_well(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        servers = (await client.get("/api/v1/mcp/status")).json()["servers"]
        health = (await client.get("/health")).json()
        tools = (await client.get("/api/v1/tools")).json()["items"]
        asked = {"message": "list the open pull requests of acme/api", "model": "builtin"}
        answer = (await client.post("/api/v1/chat", json=asked)).json()
    assert (servers["github"]["status"], servers["github"]["configured"]) == ("degraded", False)
    told = {tool["name"]: tool["missing"] for tool in tools}
    assert told["github__list_pull_requests"] == servers["github"]["missing"]
    assert told["memory__store_memory"] is told["codacy__analyze_code"] is None
    assert f"GitHub is not configured. {servers['github']['missing']}" in answer["response"]
    assert health["status"] == "healthy"


async def test_models_are_listed_the_default_one_first(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        models = (await client.get("/api/v1/models")).json()["items"]
    assert models[0] == {"name": MODEL, "provider": "openai", "is_default": True}
    assert models[-1] == {"name": "builtin", "provider": "builtin", "is_default": False}


async def test_tools_are_listed_with_their_schemas(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        tools = (await client.get("/api/v1/tools")).json()["items"]
    search = next(tool for tool in tools if tool["name"] == "memory__search_memories")
    assert search["is_read_only"]
    assert search["input_schema"]["required"] == ["query"]
    # Whose memories they are, the credentials say.
    assert "user_id" not in search["input_schema"]["properties"]


async def test_metrics_need_their_scope_or_their_token(desk: Desk) -> None:
    _, member = await desk.add_user()
    async with desk.client(member) as client:
        assert (await client.get("/metrics")).status_code == 403
    async with desk.client(desk.settings.secret("metrics_token")) as client:
        assert (await client.get("/metrics")).status_code == 200
        # And opens nothing else.
        assert (await client.get("/api/v1/conversations")).status_code == 403


async def test_turns_requests_and_tools_are_counted_by_route_and_model(
    desk: Desk, provider: ScriptedProvider
) -> None:
    _, token = await desk.add_user()
    provider.call("memory__search_memories", {"query": "anything"})
    provider.say("Nothing.")
    async with desk.client(token) as client:
        conversation = (await client.post("/api/v1/conversations", json={})).json()
        path = f"/api/v1/conversations/{conversation['session_id']}"
        assert (await client.get(path)).status_code == 200
        assert (await client.post("/api/v1/chat", json={"message": "Hi"})).status_code == 200

    async with desk.client(desk.settings.secret("metrics_token")) as client:
        api = (await client.get("/metrics")).text
        worker_port = desk.settings.port(registry.WORKER_PORT)
        worker = (await client.get(f"http://127.0.0.1:{worker_port}/metrics")).text
    assert conversation["session_id"] not in api
    assert _value(
        api,
        "http_server_request_duration_seconds_count",
        http_route="/api/v1/conversations/{session_id}",
        http_response_status_code="200",
    )
    assert _value(worker, "sophia_chat_completions_total", model=MODEL, outcome="done")
    assert _value(
        worker,
        "mcp_client_operation_duration_seconds_count",
        mcp_server="memory",
        gen_ai_tool_name="search_memories",
        error_type="",
    )
    assert _value(
        worker, "gen_ai_client_operation_duration_seconds_count", gen_ai_request_model=MODEL
    )


def _value(page: str, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def test_the_description_and_its_page_are_served(desk: Desk) -> None:
    async with desk.client(None) as client:
        assert "/api/v1/chat" in (await client.get("/openapi.json")).json()["paths"]
        assert (await client.get("/docs")).headers["content-type"].startswith("text/html")


async def test_an_unknown_path_is_a_problem_on_the_api_and_the_console_on_its_port(
    desk: Desk,
) -> None:
    async with desk.client(None) as client:
        unknown = await client.get("/api/v1/nothing")
        assert unknown.status_code == 404
        assert unknown.headers["content-type"] == "application/problem+json"
    console = f"http://127.0.0.1:{desk.settings.port(registry.CONSOLE_PORT)}"
    async with httpx2.AsyncClient(base_url=console, trust_env=False) as client:
        for path in ("/", "/sign-in", "/c/anything"):
            page = await client.get(path)
            assert page.headers["content-type"].startswith("text/html")
            assert "default-src 'self'" in page.headers["content-security-policy"]
        assert (await client.get("/assets/nothing.js")).status_code == 404
        assert (await client.get("/api/v1/me")).status_code == 401
