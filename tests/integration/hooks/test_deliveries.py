"""What is taken of what vendors send, and what is not."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from sophia.store.database import Database
from tests.support.hooks import ASANA_GAVE, SECRETS, hooked, signed

OPENED: dict[str, Any] = {
    "action": "opened",
    "repository": {"full_name": "harbour-labs/ferry"},
    "sender": {"login": "passerby"},
    "pull_request": {"number": 14, "title": "Fog", "html_url": "https://github.com/x/y/pull/14"},
}
CREATED = {"action": "create", "type": "Issue", "data": {"identifier": "FER-9", "title": "Fog"}}


def changed(at: str = "2026-11-23T08:59:00.000Z") -> dict[str, Any]:
    about = {"gid": "1", "resource_type": "task"}
    return {"action": "changed", "created_at": at, "resource": about, "user": {"gid": "2"}}


async def stored(database: Database) -> list[Any]:
    async with database.reading() as reader:
        found = await reader.execute(text("SELECT happenings FROM hook_deliveries"))
        return [happening for row in found for happening in row.happenings]


async def test_what_is_signed_is_taken_with_its_facts(database: Database) -> None:
    async with hooked([database]) as vendors:
        began = await vendors.asana_begins()
        answers = [
            await vendors.github(OPENED),
            await vendors.linear(CREATED),
            await vendors.asana(changed()),
        ]
        empty = [await vendors.github({}, event="ping"), await vendors.asana()]
    assert (began.status_code, began.headers["X-Hook-Secret"]) == (200, ASANA_GAVE)
    assert [one.json() for one in answers] == [{"accepted": True}] * 3
    assert [(one.status_code, one.json()["accepted"]) for one in empty] == [(200, False)] * 2
    assert sorted(await stored(database)) == [
        [
            "issue.create",
            {"number": "FER-9", "title": "Fog"},
        ],
        [
            "pull_request.opened",
            {
                "repo": "harbour-labs/ferry",
                "number": 14,
                "title": "Fog",
                "author": "passerby",
                "url": "https://github.com/x/y/pull/14",
            },
        ],
        ["task.changed", {"task": "1", "author": "2"}],
    ]


async def test_what_is_forged_late_or_no_delivery_is_refused(database: Database) -> None:
    async with hooked([database]) as vendors:
        await vendors.asana_begins()
        other = signed("another secret", b"{}")
        old = changed("2026-11-21T08:59:00.000Z")
        unsigned = {"X-Hub-Signature-256": ""}
        for answer, status, code in (
            (
                await vendors.github(OPENED, headers=unsigned),
                401,
                "hooks.forged",
            ),
            (
                await vendors.github(OPENED, headers={"X-Hub-Signature-256": f"sha256={other}"}),
                401,
                "hooks.forged",
            ),
            (await vendors.linear(CREATED, headers={"Linear-Signature": "0"}), 401, "hooks.forged"),
            (await vendors.linear(CREATED, age_s=61), 401, "hooks.late"),
            (await vendors.linear(CREATED, age_s=-61), 401, "hooks.late"),
            (await vendors.asana(changed(), secret=SECRETS["asana"]), 401, "hooks.forged"),
            (await vendors.asana(changed(), old), 401, "hooks.late"),
            (await vendors.asana_begins(key="guessed"), 401, "hooks.forged"),
            (await vendors.github("no object"), 422, "hooks.unreadable"),
            (await vendors.send("gitlab", b"{}", {}), 404, "hooks.unknown"),
            (await vendors.github({"fill": "x" * 1024 * 1024}), 413, "request.too_large"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert await stored(database) == []


async def test_without_a_secret_there_is_no_webhook_and_it_is_said_how_to_have_one(
    database: Database,
) -> None:
    async with hooked([database], secrets={}) as vendors:
        for answer in (await vendors.github(OPENED), await vendors.asana_begins()):
            assert answer.status_code == 404
            assert "_HOOK_SECRET" in answer.json()["detail"]


async def test_a_delivery_counts_once_whatever_replica_it_is_sent_to_again(
    database: Database, postgres_url: str
) -> None:
    other = Database(postgres_url, pool_size=4)
    async with hooked([database, other]) as vendors:
        # The id of a delivery is not signed: another one makes no other delivery of it.
        answers = await asyncio.gather(
            *(
                vendors.github(OPENED, replica=at % 2, headers={"X-GitHub-Delivery": str(at)})
                for at in range(8)
            )
        )
    await other.close()
    assert {one.status_code for one in answers} == {200}
    assert sorted(one.json()["accepted"] for one in answers) == [False] * 7 + [True]
    assert len(await stored(database)) == 1


@pytest.mark.timeout(60)
async def test_a_storm_of_deliveries_is_taken_whole(database: Database) -> None:
    async with hooked([database]) as vendors:
        answers = await asyncio.gather(
            *(vendors.github({**OPENED, "after": at}) for at in range(200))
        )
    assert all(one.json()["accepted"] for one in answers)
    assert len(await stored(database)) == 200
