import json

import pytest

from sophia.core.failures import (
    ModelExhaustedError,
    ModelFailedError,
    ModelRefusedError,
    ModelTimeoutError,
)
from sophia.llm.refusals import (
    MAX_MESSAGE_CHARS,
    failure,
    message_of,
    retry_reason,
    safe,
    streamed_failure,
)


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (301, ModelRefusedError, None),
        (400, ModelRefusedError, None),
        (401, ModelRefusedError, None),
        (402, ModelExhaustedError, None),
        (403, ModelRefusedError, None),
        (404, ModelRefusedError, None),
        (408, ModelTimeoutError, "timeout"),
        (429, ModelExhaustedError, "rate_limited"),
        (500, ModelFailedError, "server_error"),
        (503, ModelFailedError, "server_error"),
        (504, ModelTimeoutError, "server_error"),
        (529, ModelFailedError, "overloaded"),
    ],
)
def test_each_status_has_its_error_and_its_reason_to_retry(
    status: int, error: type[ModelFailedError], reason: str | None
) -> None:
    found = failure(status, "their words", provider="openai")
    assert type(found) is error
    assert "their words" in found.message
    assert found.facts == {"provider": "openai", "status": status}
    assert retry_reason(status, b"{}") == reason


def test_an_empty_account_is_not_asked_again() -> None:
    body = b'{"error": {"message": "quota", "code": "insufficient_quota"}}'
    assert retry_reason(429, body) is None


def test_the_wait_is_a_fact_and_in_the_message() -> None:
    error = failure(429, "slow down", provider="openai", retry_after_s=61.24)
    assert error.facts["retry_after_s"] == 61.2
    assert "try again in 61 s" in error.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "No such model"}}, "No such model"),
        ({"error": "model not found"}, "model not found"),
        ({"message": "No such model"}, "No such model"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"msg": "wrong"}]}, '[{"msg":"wrong"}]'),
        ({"type": "error", "error": {"type": "x", "message": "Overloaded"}}, "Overloaded"),
        ({"something": "else"}, ""),
        ([], "[]"),
    ],
)
def test_the_providers_words_are_found_wherever_they_stand(body: object, words: str) -> None:
    assert message_of(json.dumps(body).encode(), secret=None) == words


def test_a_page_is_flattened_to_one_line() -> None:
    assert message_of(b"<h1>\n  502\x00</h1>\xff", secret=None) == "<h1> 502 </h1>�"


def test_keys_never_show() -> None:
    body = b'{"error": {"message": "wrong key hunter2-hunter2, sk-abcd1234efgh5678ijkl"}}'
    words = message_of(body, secret="hunter2-hunter2")
    assert "hunter2" not in words
    assert "efgh5678" not in words


def test_long_words_are_cut() -> None:
    assert len(safe("x" * 9000, secret=None)) == MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, ModelFailedError),
        ({"type": "rate_limit_error", "message": "slow"}, ModelExhaustedError),
        ({"code": "rate_limit_exceeded", "message": "slow"}, ModelExhaustedError),
        ({"code": 400, "message": "too long"}, ModelRefusedError),
        ({"type": "invalid_request_error", "message": "wrong"}, ModelRefusedError),
        ({"type": "timeout_error", "message": "late"}, ModelTimeoutError),
        ({"message": "what"}, ModelFailedError),
        ("what", ModelFailedError),
        (None, ModelFailedError),
    ],
)
def test_errors_inside_a_stream_mean_what_their_status_would(
    error: object, expected: type[ModelFailedError]
) -> None:
    assert type(streamed_failure(error, provider="vllm", secret=None)) is expected
