import pytest

from sophia.core import registry
from sophia.servers.errors import ServerUnknownError
from sophia.servers.main import OPENERS, choose


def test_every_served_server_can_be_opened() -> None:
    assert set(OPENERS) == {
        server.name for server in registry.MCP_SERVERS.values() if server.is_served
    }


def test_all_means_every_served_server() -> None:
    assert [server.name for server in choose(["all"])] == list(OPENERS)


def test_a_server_named_twice_is_served_once() -> None:
    assert [server.name for server in choose(["memory", "memory"])] == ["memory"]


@pytest.mark.parametrize("name", ["memroy", "", "MEMORY"])
def test_a_server_that_is_not_served_is_answered_with_those_that_are(name: str) -> None:
    with pytest.raises(ServerUnknownError, match="Name one of: memory, "):
        choose(["memory", name])


def test_no_server_at_all_is_refused() -> None:
    with pytest.raises(ServerUnknownError):
        choose([])
