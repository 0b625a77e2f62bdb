import pytest
from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from sophia.kit import metrics

MODEL_LABELS = (
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "error_type",
)
TOOL_LABELS = (
    "mcp_server",
    "mcp_method_name",
    "gen_ai_tool_name",
    "error_type",
    "rpc_response_status_code",
    "network_transport",
    "mcp_protocol_version",
)


@pytest.mark.parametrize(
    ("metric", "sample", "labels"),
    [
        (
            metrics.http_server_request_duration,
            "http_server_request_duration_seconds_count",
            ("http_request_method", "http_route", "http_response_status_code", "error_type"),
        ),
        (
            metrics.http_server_active_requests,
            "http_server_active_requests",
            ("http_request_method",),
        ),
        (metrics.sse_streams, "sophia_sse_streams", ("kind",)),
        (metrics.websocket_connections, "sophia_websocket_connections", ("kind",)),
        (metrics.stream_disconnects, "sophia_stream_disconnects_total", ("reason",)),
        (metrics.idempotency, "sophia_idempotency_total", ("result",)),
        (metrics.auth_failures, "sophia_auth_failures_total", ("kind", "reason")),
        (
            metrics.model_operation_duration,
            "gen_ai_client_operation_duration_seconds_count",
            MODEL_LABELS,
        ),
        (
            metrics.model_time_to_first_chunk,
            "gen_ai_client_operation_time_to_first_chunk_seconds_count",
            MODEL_LABELS,
        ),
        (
            metrics.model_token_usage,
            "gen_ai_client_token_usage_count",
            (*MODEL_LABELS, "gen_ai_token_type"),
        ),
        (metrics.model_retries, "sophia_llm_retries_total", ("provider", "reason")),
        (metrics.chat_completions, "sophia_chat_completions_total", ("model", "outcome")),
        (metrics.turn_queue_wait, "sophia_turn_queue_wait_seconds_count", ()),
        (
            metrics.mcp_client_operation_duration,
            "mcp_client_operation_duration_seconds_count",
            TOOL_LABELS,
        ),
        (
            metrics.mcp_server_operation_duration,
            "mcp_server_operation_duration_seconds_count",
            TOOL_LABELS,
        ),
        (metrics.mcp_server_up, "sophia_mcp_server_up", ("mcp_server",)),
        (metrics.db_pool_connections, "sophia_db_pool_connections", ("state",)),
        (metrics.db_pool_wait, "sophia_db_pool_wait_seconds_count", ()),
        (metrics.jobs, "sophia_jobs_total", ("queue", "task", "outcome")),
        (metrics.job_duration, "sophia_job_duration_seconds_count", ("queue", "task")),
        (metrics.queue_depth, "sophia_queue_depth", ("queue", "state")),
        (metrics.queue_oldest_age, "sophia_queue_oldest_age_seconds", ("queue",)),
        (metrics.build_info, "sophia_build_info", ("version", "commit")),
    ],
)
def test_dashboards_find_each_metric_by_its_name_and_labels(
    metric: Counter | Gauge | Histogram, sample: str, labels: tuple[str, ...]
) -> None:
    values = dict.fromkeys(labels, "a test")
    if labels:
        metric.labels(**values)
    assert REGISTRY.get_sample_value(sample, values) is not None


def test_the_page_is_what_every_prometheus_reads() -> None:
    page, content_type = metrics.exposition()
    families = {family.name for family in text_string_to_metric_families(page.decode())}
    assert {"sophia_llm_retries", "http_server_request_duration_seconds"} <= families
    assert content_type.startswith("text/plain; version=0.0.4")


def test_the_objective_of_200_ms_is_a_bucket_of_its_own() -> None:
    metrics.http_server_request_duration.labels("GET", "/", "200", "").observe(0.2)
    assert b'le="0.2"' in metrics.exposition()[0]
