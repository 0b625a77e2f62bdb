"""A model provider as an HTTP peer: one shared session, attempts, and what its refusals mean."""

from collections.abc import Mapping
from http import HTTPStatus

import aiohttp

from sophia.core.failures import ModelFailedError, ModelRefusedError
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.llm import refusals
from sophia.llm.deadlines import Countdown, Deadlines
from sophia.llm.retry import Rejection, RetryBudget, delay_s, retry_after_s

_MAX_ERROR_BYTES = 1 << 16
_ERROR_BODY_S = 5.0
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)  # the Countdown bounds the rest

_log = log.get("llm")


def open_session() -> aiohttp.ClientSession:
    """Open the session that all providers share; whoever opens it closes it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMEOUT,
        headers={"User-Agent": "sophia", "Accept-Encoding": "identity"},
    )


class Provider:
    """Where models are called: an address, a key, deadlines, one retry budget for them all."""

    def __init__(
        self,
        name: str,
        *,
        base_url: str,
        api_key: str | None,
        session: aiohttp.ClientSession,
        clock: Clock,
        deadlines: Deadlines | None = None,
    ) -> None:
        """Say where it is; nothing is sent yet."""
        self.name = name
        self.base_url = base_url.rstrip("/")
        self.api_key = api_key.strip() if api_key else None
        self.clock = clock
        self.deadlines = deadlines or Deadlines()
        self._session = session
        self._budget = RetryBudget(clock)

    async def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], countdown: Countdown
    ) -> aiohttp.ClientResponse:
        """Give an answer of status 200 with its body unread, retrying what is worth it.

        Raises ModelFailedError and its subclasses.
        """
        self._budget.earn()
        attempt = 0
        while True:
            countdown.begin_attempt()
            outcome = await self._attempt(url, body=body, headers=headers, countdown=countdown)
            if isinstance(outcome, aiohttp.ClientResponse):
                return outcome
            delay = delay_s(outcome, attempt=attempt)
            if delay is None or delay > countdown.remaining_s or not self._budget.spend():
                raise outcome.error
            attempt += 1
            reason = outcome.retry_reason or ""
            metrics.model_retries.labels(self.name, reason).inc()
            _log.info(
                "llm.call.retried", provider=self.name, reason=reason, delay_s=round(delay, 2)
            )
            await self.clock.sleep(delay)

    async def _attempt(
        self, url: str, *, body: bytes, headers: Mapping[str, str], countdown: Countdown
    ) -> aiohttp.ClientResponse | Rejection:
        try:
            async with countdown.limit():
                response = await self._session.post(
                    url, data=body, headers=headers, allow_redirects=False, timeout=_NO_TIMEOUT
                )
        except aiohttp.ClientError as error:
            return self._unreachable(error)
        except TimeoutError as error:
            raise countdown.failure() from error
        except OSError as error:
            return self._unreachable(error)
        except ValueError as error:  # a line break inside of the key
            raise ModelRefusedError(
                f"The address or the key of {self.name} cannot be sent: check its settings.",
                provider=self.name,
            ) from error
        if response.status == HTTPStatus.OK:
            return response
        return await self._rejection(response, countdown)

    def _unreachable(self, error: Exception) -> Rejection:
        url = refusals.safe(self.base_url, secret=self.api_key)  # it may hold a password
        if isinstance(error, aiohttp.InvalidURL):
            return Rejection(
                ModelRefusedError(
                    f"The base URL of {self.name} is no URL: {url}", provider=self.name
                )
            )
        words = refusals.safe(str(error) or type(error).__name__, secret=self.api_key)
        failure = ModelFailedError(
            f"{self.name} cannot be reached: {words}", provider=self.name, url=url
        )
        failure.__cause__ = error
        return Rejection(failure, "connection")

    async def _rejection(self, response: aiohttp.ClientResponse, countdown: Countdown) -> Rejection:
        try:
            async with countdown.limit(at_most_s=_ERROR_BODY_S):
                body = await response.content.read(_MAX_ERROR_BYTES)
        except (aiohttp.ClientError, OSError):  # its status says enough
            body = b""
        finally:
            response.release()
        wait = retry_after_s(response.headers, clock=self.clock)
        error = refusals.failure(
            response.status,
            refusals.message_of(body, secret=self.api_key),
            provider=self.name,
            retry_after_s=wait,
        )
        return Rejection(error, refusals.retry_reason(response.status, body), wait)
