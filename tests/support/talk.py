"""Somebody signed in who says things over REST, and answers what is asked."""

from typing import Any

import httpx2

from tests.support.waiting import eventually

_ENDS = frozenset({"done", "failed", "stopped"})


class Talker:
    """A person and their turns."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def begin(self, message: str, **more: Any) -> str:
        """Begin a turn without waiting for its answer."""
        async with self.client.stream(
            "POST", "/api/v1/chat", json={"message": message, "stream": True, **more}
        ) as answer:
            return answer.headers["x-sophia-turn-id"]

    async def ask(self, message: str, *, until: set[str], **more: Any) -> dict[str, Any]:
        """Begin a turn and wait until it stands as named."""
        return await self.when(await self.begin(message, **more), until)

    async def when(self, turn_id: str, statuses: set[str]) -> dict[str, Any]:
        """Wait until a turn stands as named."""
        found: dict[str, Any] = {}

        async def stands() -> bool:
            found.update((await self.client.get(f"/api/v1/turns/{turn_id}")).json())
            assert found["status"] not in _ENDS - statuses, found
            return found["status"] in statuses

        await eventually(stands, timeout_s=60)
        return found

    async def pending(self, tool: str | None = None) -> list[dict[str, Any]]:
        """Give the approvals that wait for an answer, of one tool or of all."""
        items = (await self.client.get("/api/v1/approvals")).json()["items"]
        return [one for one in items if tool in {None, one["tool"]}]

    async def answer(self, approval_id: str, decision: str) -> httpx2.Response:
        return await self.client.post(
            f"/api/v1/approvals/{approval_id}", json={"decision": decision}
        )
