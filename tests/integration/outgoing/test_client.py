import asyncio
import gzip
import ssl
import zlib

import httpx2
import pytest

from sophia.kit.clock import SystemClock
from sophia.kit.errors import SophiaError
from sophia.outgoing.client import Caps, fetch, open_client
from sophia.outgoing.errors import (
    AddressRefusedError,
    EncodingRefusedError,
    HostUnknownError,
    PeerAwayError,
    RedirectRefusedError,
    TooLargeError,
    TooSlowError,
    UrlRefusedError,
)
from tests.support.outgoing import (
    OK,
    PUBLIC,
    Answering,
    RecordingNetwork,
    ScriptedResolver,
    client_to,
    peer,
)

SMALL = Caps(max_bytes=100_000, max_stream_bytes=200_000)
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def saying(*pieces: bytes) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return answer


def endless(head: bytes, piece: bytes, *, pause_s: float = 0) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await SystemClock().sleep(pause_s)

    return answer


async def test_a_name_is_resolved_once_and_its_address_pinned() -> None:
    resolver, network = ScriptedResolver([[PUBLIC], ["127.0.0.1"]]), RecordingNetwork()
    async with open_client(resolver=resolver, network=network) as client:
        answer = await client.get("http://rebound.example/")
        assert answer.text == "hi"
        assert resolver.asked == ["rebound.example:80"]
        assert network.connected == [(PUBLIC, 80)]
        assert b"Host: rebound.example\r\n" in network.sent
        with pytest.raises(AddressRefusedError, match=r"rebound\.example"):
            await client.get("http://rebound.example/")
    assert network.connected == [(PUBLIC, 80)]


async def test_an_address_that_is_away_is_passed_over() -> None:
    away = "2606:2800:220:1:248:1893:25c8:1946"
    resolver, network = ScriptedResolver([[away, PUBLIC]]), RecordingNetwork(away=(away,))
    async with open_client(resolver=resolver, network=network) as client:
        assert (await client.get("http://both.example/")).text == "hi"
    assert network.connected == [(away, 80), (PUBLIC, 80)]


async def test_a_certificate_is_checked_against_the_name_not_the_address() -> None:
    network = RecordingNetwork()
    async with open_client(resolver=ScriptedResolver([[PUBLIC]]), network=network) as client:
        await client.get("https://secure.example/")
    [(name, context)] = network.tls
    assert network.connected == [(PUBLIC, 443)]
    assert name == "secure.example"
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:169.254.169.254"], ["fd00:ec2::254"]],
)
async def test_one_private_address_among_all_is_enough_to_refuse(addresses: list[str]) -> None:
    network = RecordingNetwork()
    async with open_client(resolver=ScriptedResolver([addresses]), network=network) as client:
        with pytest.raises(AddressRefusedError):
            await client.get("http://inside.example/")
    assert network.connected == []


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://localhost/"],
)
async def test_the_machine_itself_is_refused_with_its_own_resolver(url: str) -> None:
    async with open_client() as client:
        with pytest.raises(AddressRefusedError):
            await client.get(url)


async def test_a_host_that_nobody_knows_is_said_so() -> None:
    async with open_client(resolver=ScriptedResolver([[]])) as client:
        with pytest.raises(HostUnknownError, match=r"nowhere\.example"):
            await client.get("http://nowhere.example/")


async def test_a_url_is_checked_however_the_client_is_called() -> None:
    async with open_client() as client:
        with pytest.raises(UrlRefusedError):
            await client.get("http://2130706433/")
        with pytest.raises(UrlRefusedError):
            await fetch(client, "file:///etc/passwd")


async def test_an_error_is_ours_and_the_librarys_at_once() -> None:
    async with open_client() as client:
        with pytest.raises(httpx2.TransportError) as caught:
            await client.get("http://127.0.0.1/")
    assert isinstance(caught.value, SophiaError)


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with peer(saying(OK)) as one, client_to(one) as client:
        assert (await client.get(one.url)).text == "hi"


async def test_one_answers_cookies_are_not_sent_with_the_next_request() -> None:
    told = HEAD + b"Set-Cookie: who=anna; Path=/\r\nContent-Length: 2\r\n\r\nhi"
    async with peer(saying(told)) as one, client_to(one) as client:
        await client.get(one.url)
        await client.get(one.url)
    assert b"cookie" not in one.requests[1].lower()


async def test_a_redirect_to_metadata_is_refused() -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    async with peer(saying(away)) as one, client_to(one) as client:
        with pytest.raises(AddressRefusedError):
            await fetch(client, one.url)
        with pytest.raises(AddressRefusedError):
            await client.get(one.url, follow_redirects=True)
        assert (await client.get(one.url)).status_code == 302


async def test_credentials_stay_with_the_origin_they_were_meant_for() -> None:
    secret = {"Authorization": "Bearer secret", "X-Api-Key": "secret", "Accept": "text/x"}
    async with peer(saying(OK)) as other:
        away = f"HTTP/1.1 307 Away\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with peer(saying(away)) as one, client_to(one, other) as client:
            answer = await fetch(client, one.url, headers=secret)
            with pytest.raises(RedirectRefusedError):
                await fetch(client, one.url, method="POST", headers=secret, content=b"secret")
    assert answer.text == "hi"
    assert b"secret" in one.requests[0]
    [request] = other.requests
    assert b"secret" not in request
    assert b"text/x" in request


async def test_redirects_within_an_origin_end_somewhere() -> None:
    again = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
    async with peer(saying(again)) as one, client_to(one) as client:
        with pytest.raises(RedirectRefusedError):
            await fetch(client, one.url, headers={"Authorization": "Bearer kept"})
    assert len(one.requests) == 4
    assert all(b"Bearer kept" in request for request in one.requests)


async def test_an_answer_that_nobody_asked_to_pack_is_unpacked() -> None:
    packed = gzip.compress(b"hello " * 1000)
    head = HEAD + b"Content-Encoding: gzip\r\n"
    head += f"Content-Length: {len(packed)}\r\n\r\n".encode()
    async with peer(saying(head, packed)) as one, client_to(one, caps=SMALL) as client:
        answer = await client.get(one.url)
    assert answer.text == "hello " * 1000
    assert b"accept-encoding: identity" in one.requests[0].lower()


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate"])
async def test_a_bomb_is_noticed_before_it_goes_off(encoding: bytes) -> None:
    zeros = bytes(50_000_000)
    bomb = gzip.compress(zeros) if encoding == b"gzip" else zlib.compress(zeros)
    head = HEAD + b"Content-Encoding: " + encoding + b"\r\n\r\n"
    async with peer(saying(head, bomb)) as one, client_to(one, caps=SMALL) as client:
        with pytest.raises(TooLargeError):
            await client.get(one.url)


@pytest.mark.parametrize("encoding", [b"br", b"zstd", b"gzip, gzip", b"gzip"])
async def test_an_encoding_that_is_not_undone_is_refused(encoding: bytes) -> None:
    answer = HEAD + b"Content-Encoding: " + encoding + b"\r\n\r\n" + b"no such thing"
    async with peer(saying(answer)) as one, client_to(one) as client:
        with pytest.raises(EncodingRefusedError):
            await client.get(one.url)


@pytest.mark.parametrize("kind", [b"text/plain", b"text/event-stream"])
async def test_a_body_without_end_is_cut_off(kind: bytes) -> None:
    head = HEAD + b"Content-Type: " + kind + b"\r\n\r\n"
    async with peer(endless(head, b"data: x\n\n" * 1000)) as one, client_to(one, caps=SMALL) as it:
        with pytest.raises(TooLargeError):
            await it.get(one.url)


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    answer = HEAD + b"Content-Length: 100000000000\r\n\r\n"
    async with peer(saying(answer)) as one, client_to(one, caps=SMALL) as client:
        with pytest.raises(TooLargeError):
            await client.get(one.url)


@pytest.mark.parametrize("many", [1, 500])
async def test_headers_without_end_are_cut_off(many: int) -> None:
    async with (
        peer(endless(HEAD, b"X-Filler: " + b"x" * 1000 + b"\r\n")) as one,
        peer(saying(HEAD, b"X-More: x\r\n" * many + b"X: " + b"y" * 40_000 + b"\r\n\r\n")) as two,
        client_to(one, two) as client,
    ):
        with pytest.raises(PeerAwayError):
            await client.get(one.url)
        with pytest.raises(TooLargeError):
            await client.get(two.url)


@pytest.mark.parametrize("head", [HEAD + b"\r\n", HEAD + b"Content-Type: text/plain\r\n\r\n", b"H"])
async def test_an_answer_that_trickles_is_given_up(head: bytes) -> None:
    slow = Caps(total_timeout_s=0.5, silence_timeout_s=10)
    async with peer(endless(head, b"x", pause_s=0.02)) as one, client_to(one, caps=slow) as client:
        with pytest.raises(TooSlowError):
            await client.get(one.url)


async def test_an_event_stream_may_outlive_other_answers_but_not_for_ever() -> None:
    caps = Caps(total_timeout_s=0.2, stream_timeout_s=1)
    head = HEAD + b"Content-Type: text/event-stream\r\n\r\n"
    loop = asyncio.get_running_loop()
    began_at = loop.time()
    async with (
        peer(endless(head, b": x\n\n", pause_s=0.02)) as one,
        client_to(one, caps=caps) as it,
    ):
        with pytest.raises(TooSlowError):
            await it.get(one.url)
    assert loop.time() - began_at > 0.9


async def test_silence_is_given_up() -> None:
    caps = Caps(silence_timeout_s=0.2)
    mute = peer(endless(HEAD + b"\r\n", b"", pause_s=0.05))
    async with mute as one, client_to(one, caps=caps) as client:
        with pytest.raises(TooSlowError):
            await client.get(one.url)


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", HEAD + b"Content-Length: 5\r\n\r\nhi"]
)
async def test_an_answer_that_is_none_is_the_peers_fault(answer: bytes) -> None:
    async with peer(saying(answer)) as one, client_to(one) as client:
        with pytest.raises(PeerAwayError):
            await client.get(one.url)
