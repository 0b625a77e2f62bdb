"""Whatever comes in is one message or one error: nothing else."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia import __version__
from sophia.gateway import rpc
from sophia.gateway.errors import RpcFaultError
from sophia.gateway.rpc import Incoming, Note, Reply

META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
HEADERS = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "t"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
members = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": st.integers() | st.text(max_size=5) | json_values,
        "method": st.sampled_from(["tools/call", "initialize", "x"]) | json_values,
        "params": st.dictionaries(st.text(max_size=5), json_values) | json_values,
        "result": json_values,
        "error": json_values,
    },
)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_an_error(body: bytes) -> None:
    with suppress(RpcFaultError):
        assert isinstance(rpc.read(body), Incoming | Note | Reply)


@given(members)
def test_any_object_is_a_message_or_an_error(message: dict[str, Any]) -> None:
    try:
        found = rpc.read(orjson.dumps(message))
    except (RpcFaultError, TypeError):
        return
    assert message["jsonrpc"] == "2.0"
    if isinstance(found, Reply):
        assert "method" not in message or message["method"] is None
    else:
        assert found.method == message["method"]
        assert isinstance(found, Note) == ("id" not in message)


@given(members, st.dictionaries(st.sampled_from(sorted(HEADERS)), st.text(max_size=20)))
def test_any_request_and_headers_fit_or_are_refused(
    message: dict[str, Any], headers: dict[str, str]
) -> None:
    try:
        found = rpc.read(orjson.dumps(message))
        if isinstance(found, Incoming):
            checked = rpc.checked(found, headers.items())
            assert checked.is_modern
    except (RpcFaultError, TypeError):
        return


def call(**params: Any) -> Incoming:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    found = rpc.read(orjson.dumps(body))
    assert isinstance(found, Incoming)
    return found


def test_a_request_that_agrees_with_its_headers_is_taken() -> None:
    incoming = rpc.checked(call(name="t", _meta=META), HEADERS.items())

    assert (incoming.method, incoming.is_modern) == ("tools/call", True)
    assert incoming.meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"mcp-name": "other"}, -32020),
        ({"mcp-method": "tools/list"}, -32020),
        ({"mcp-protocol-version": "2027-01-01"}, -32020),
        ({"mcp-name": ""}, -32020),
    ],
)
def test_a_request_that_disagrees_with_its_headers_is_refused(
    changed: dict[str, str], code: int
) -> None:
    with pytest.raises(RpcFaultError) as refused:
        rpc.checked(call(name="t", _meta=META), (HEADERS | changed).items())

    assert refused.value.rpc_code == code


def test_a_header_sent_twice_is_refused() -> None:
    with pytest.raises(RpcFaultError) as refused:
        rpc.checked(call(name="t", _meta=META), [*HEADERS.items(), ("mcp-name", "t")])

    assert refused.value.rpc_code == -32020


def test_what_the_gateway_says_of_itself_cannot_be_said_by_a_client() -> None:
    claimed: dict[str, Any] = {
        **META,
        "io.modelcontextprotocol/clientCapabilities": {"sampling": {}},
        "io.modelcontextprotocol/clientInfo": {"name": "theirs", "version": "1"},
        "x": 1,
    }
    incoming = rpc.checked(call(name="t", _meta=claimed), HEADERS.items())

    info = {"name": "sophia", "version": __version__}
    assert incoming.meta == {**claimed, "io.modelcontextprotocol/clientInfo": info}


@pytest.mark.parametrize("meta", [None, [], {}, {**META, "io.modelcontextprotocol/clientInfo": 7}])
def test_a_request_without_its_envelope_is_refused(meta: Any) -> None:
    with pytest.raises(RpcFaultError) as refused:
        rpc.checked(call(name="t", _meta=meta), HEADERS.items())

    assert refused.value.rpc_code == -32602
