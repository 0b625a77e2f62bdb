"""Every metric of Sophia, by the name under which Prometheus scrapes it.

Durations are in seconds. Labels are bounded: a route is its template, a tool or a model comes from
configuration (else OTHER), and no label ever holds a user, a conversation or a prompt.
"""

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # a `_created` series beside every counter only doubles the page

OTHER = "_OTHER"  # the label of whatever is not configured

_HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.2, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_MODEL_BUCKETS = tuple(0.01 * 2**power for power in range(14))  # 0.01 … 81.92
_TOKEN_BUCKETS = tuple(4**power for power in range(14))  # 1 … 67108864
_TOOL_BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_WAIT_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)
_JOB_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900)

_MODEL_LABELS = (
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "error_type",
)
_TOOL_LABELS = (
    "mcp_server",
    "mcp_method_name",
    "gen_ai_tool_name",
    "error_type",
    "rpc_response_status_code",
    "network_transport",
    "mcp_protocol_version",
)

http_server_request_duration = Histogram(
    "http_server_request_duration_seconds",
    "From a request's first byte to its answer's last.",
    ("http_request_method", "http_route", "http_response_status_code", "error_type"),
    buckets=_HTTP_BUCKETS,
)
http_server_active_requests = Gauge(
    "http_server_active_requests", "Requests being answered now.", ("http_request_method",)
)
sse_streams = Gauge("sophia_sse_streams", "Open event streams.", ("kind",))
websocket_connections = Gauge("sophia_websocket_connections", "Open WebSockets.", ("kind",))
stream_disconnects = Counter(
    "sophia_stream_disconnects_total",
    "Streams that ended early: client_gone, slow, drain or upstream.",
    ("reason",),
)
idempotency = Counter(
    "sophia_idempotency_total",
    "Requests with an Idempotency-Key: new, replay, conflict or in_progress.",
    ("result",),
)
rate_limited = Counter(
    "sophia_rate_limited_total",
    "Requests, frames and tool calls refused by a limit: of an address, user, key or tool.",
    ("scope", "route"),
)
limits_fallback = Gauge(
    "sophia_limits_fallback", "Whether Redis is away: each process then holds its share alone."
)
auth_failures = Counter(
    "sophia_auth_failures_total",
    "Credentials refused: api_key, jwt, refresh_reuse, oauth or mcp_token, and why.",
    ("kind", "reason"),
)

model_operation_duration = Histogram(
    "gen_ai_client_operation_duration_seconds",
    "One call of a model, with its retries, to its last chunk.",
    _MODEL_LABELS,
    buckets=_MODEL_BUCKETS,
)
model_time_to_first_chunk = Histogram(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "From the call of a model to its first chunk.",
    _MODEL_LABELS,
    buckets=_MODEL_BUCKETS,
)
model_token_usage = Histogram(
    "gen_ai_client_token_usage",
    "Tokens of one call of a model: input or output.",
    (*_MODEL_LABELS, "gen_ai_token_type"),
    buckets=_TOKEN_BUCKETS,
)
model_retries = Counter(
    "sophia_llm_retries_total", "Calls of a model that were tried again.", ("provider", "reason")
)
model_fallbacks = Counter(
    "sophia_llm_fallbacks_total", "Calls of a model that another answered.", ("provider", "reason")
)

chat_completions = Counter(
    "sophia_chat_completions_total",
    "Turns that ended: done, failed or stopped.",
    ("model", "outcome"),
)
turn_queue_wait = Histogram(
    "sophia_turn_queue_wait_seconds",
    "From a turn's beginning to a worker taking it.",
    buckets=_WAIT_BUCKETS,
)

mcp_client_operation_duration = Histogram(
    "mcp_client_operation_duration_seconds",
    "One MCP request as the caller sees it.",
    _TOOL_LABELS,
    buckets=_TOOL_BUCKETS,
)
mcp_server_operation_duration = Histogram(
    "mcp_server_operation_duration_seconds",
    "One MCP request as the server sees it.",
    _TOOL_LABELS,
    buckets=_TOOL_BUCKETS,
)
mcp_server_up = Gauge(
    "sophia_mcp_server_up", "Whether an MCP server answered when last asked.", ("mcp_server",)
)

mcp_tools_quarantined = Counter(
    "sophia_mcp_tools_quarantined_total",
    "Tools that were held back because their server says something else of them than was approved.",
    ("mcp_server",),
)
mcp_tools_in_quarantine = Gauge(
    "sophia_mcp_tools_in_quarantine", "Tools that are held back until an operator has decided."
)

db_pool_connections = Gauge(
    "sophia_db_pool_connections", "Database connections of this process.", ("state",)
)
db_pool_wait = Histogram(
    "sophia_db_pool_wait_seconds", "Waiting for a database connection.", buckets=_WAIT_BUCKETS
)

jobs = Counter("sophia_jobs_total", "Background jobs that ended.", ("queue", "task", "outcome"))
job_duration = Histogram(
    "sophia_job_duration_seconds",
    "One background job.",
    ("queue", "task"),
    buckets=_JOB_BUCKETS,
)
queue_depth = Gauge("sophia_queue_depth", "Jobs in a queue.", ("queue", "state"))
queue_oldest_age = Gauge(
    "sophia_queue_oldest_age_seconds", "Age of the oldest job that waits.", ("queue",)
)

schedule_runs = Counter(
    "sophia_schedule_runs_total", "Times at which a schedule was due.", ("outcome", "reason")
)

hook_deliveries = Counter(
    "sophia_hook_deliveries_total", "Webhook deliveries that came.", ("vendor", "outcome")
)

memory_embeddings = Counter(
    "sophia_memory_embeddings_total",
    "Embeddings asked for, of a memory or a question: done, failed or refused.",
    ("of", "outcome"),
)
memory_recalls = Counter(
    "sophia_memory_recalls_total",
    "Searches of the memory before a model is asked: found, nothing, absent, refused or failed.",
    ("outcome",),
)
memory_absorptions = Counter(
    "sophia_memory_absorptions_total",
    "Turns of which it was seen what to keep, by model or by rules, and what came of each:"
    " learned, nothing, known, unreadable or off.",
    ("by", "outcome"),
)
memory_unembedded = Gauge(
    "sophia_memory_unembedded", "Memories that are owed an embedding: found by words meanwhile."
)

host_used = Gauge(
    "sophia_host_used_ratio",
    "How much of the machine is used: cpu, memory, disk, gpu and gpu_memory by their index.",
    ("resource", "index"),
)

build_info = Gauge("sophia_build_info", "Always 1; which build this is.", ("version", "commit"))


def exposition() -> tuple[bytes, str]:
    """Give the page that Prometheus scrapes and its content type."""
    return generate_latest(), CONTENT_TYPE_PLAIN_0_0_4
