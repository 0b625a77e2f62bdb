"""The embedded servers hold what Sophia asks of them."""

import psycopg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from tests.support import servers


@pytest.fixture(scope="module")
def database_url() -> str:
    return servers.servers().database_url("postgres").replace("+psycopg", "")


def test_postgres_is_16_with_vectors_checksums_and_scram(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:

        def show(name: str) -> str:
            (value,) = connection.execute("SELECT current_setting(%s)", [name]).fetchone() or ("",)
            return str(value)

        assert show("server_version").startswith("16.")
        assert show("data_checksums") == "on"
        assert show("password_encryption") == "scram-sha-256"
        assert show("listen_addresses") == "127.0.0.1"
        assert show("unix_socket_directories") == ""
        assert show("server_encoding") == "UTF8"
        available = connection.execute(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
        ).fetchone()
        assert available == (1,)


def test_postgres_lets_nobody_in_with_a_wrong_password(database_url: str) -> None:
    wrong = database_url.replace("only-for-tests", "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong, connect_timeout=5)


def test_valkey_asks_for_its_password_and_knows_streams() -> None:
    url = servers.servers().redis_url(63)
    with Redis.from_url(url) as client:
        entry = client.xadd("sophia:test", {"a": "b"})
        assert client.xrange("sophia:test") == [(entry, {b"a": b"b"})]
        client.delete("sophia:test")
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    with (
        Redis(port=servers.servers().redis_port) as stranger,
        pytest.raises(AuthenticationError, match="authenticated"),
    ):
        stranger.ping()
