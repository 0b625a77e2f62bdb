import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from sophia.identity.errors import (
    LinkInvalidError,
    PasswordWrongError,
    SessionEndedError,
    SessionMissingError,
)
from sophia.identity.schemas import Viewer
from sophia.identity.service import IdentityService, SignedIn
from sophia.kit.ids import SessionId, UserId, uuid7
from sophia.kit.tokens import TokenExpiredError
from sophia.store.database import Database
from sophia.store.tables.identity import SessionRow, SignInLinkRow, UserRow
from tests.support.clock import FixedClock
from tests.support.people import PASSWORD, identity_over

DAY_S = 24 * 3600


async def sign_in(identity: IdentityService) -> SignedIn:
    link = await identity.issue_link(await identity.ensure_owner())
    return await identity.sign_in_with_link(link, user_agent="a test")


async def viewer_of(identity: IdentityService, signed_in: SignedIn) -> Viewer:
    return await identity.authenticate(signed_in.access_token)


async def test_a_fresh_database_has_nobody_and_then_an_owner_without_a_password(
    identity: IdentityService, elsewhere: IdentityService
) -> None:
    assert await identity.users() == []
    made = await asyncio.gather(*(one.ensure_owner() for one in (identity, elsewhere) * 5))
    (owner,) = await identity.users()

    assert set(made) == {owner["id"]}
    assert owner["role"] == "owner"
    assert owner["password_hash"] is None
    assert not await identity.is_claimed(owner["id"])


async def test_a_link_signs_in_once(identity: IdentityService) -> None:
    owner = await identity.ensure_owner()
    link = await identity.issue_link(owner)
    signed_in = await identity.sign_in_with_link(link, user_agent="a test")

    assert signed_in.user["id"] == owner
    assert await identity.is_claimed(owner)
    with pytest.raises(LinkInvalidError):
        await identity.sign_in_with_link(link, user_agent="a test")


async def test_a_link_used_many_times_at_once_signs_in_once(identity: IdentityService) -> None:
    link = await identity.issue_link(await identity.ensure_owner())
    tries = (identity.sign_in_with_link(link, user_agent="a test") for _ in range(8))
    ends = await asyncio.gather(*tries, return_exceptions=True)

    assert sum(isinstance(end, SignedIn) for end in ends) == 1
    assert sum(isinstance(end, LinkInvalidError) for end in ends) == 7


async def test_a_newer_link_voids_an_older_one(identity: IdentityService) -> None:
    owner = await identity.ensure_owner()
    older, newer = await identity.issue_link(owner), await identity.issue_link(owner)
    with pytest.raises(LinkInvalidError):
        await identity.sign_in_with_link(older, user_agent="a test")

    await identity.sign_in_with_link(newer, user_agent="a test")


async def test_a_link_is_good_for_a_day(identity: IdentityService, clock: FixedClock) -> None:
    owner = await identity.ensure_owner()
    link = await identity.issue_link(owner)
    clock.advance(DAY_S - 1)
    await identity.sign_in_with_link(link, user_agent="a test")
    link = await identity.issue_link(owner)
    clock.advance(DAY_S)

    with pytest.raises(LinkInvalidError):
        await identity.sign_in_with_link(link, user_agent="a test")


@pytest.mark.parametrize("token", ["", "x" * 43, "\0", "\ud800", "' OR 1=1 --"])
async def test_no_other_text_is_a_link(identity: IdentityService, token: str) -> None:
    await identity.issue_link(await identity.ensure_owner())

    with pytest.raises(LinkInvalidError):
        await identity.sign_in_with_link(token, user_agent="a test")


async def test_a_disabled_account_cannot_use_its_link_and_does_not_use_it_up(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    owner = await identity.ensure_owner()
    link = await identity.issue_link(owner)
    await disable(database, owner, clock)
    with pytest.raises(LinkInvalidError):
        await identity.sign_in_with_link(link, user_agent="a test")

    async with database.reading() as reader:
        assert await reader.scalar(select(SignInLinkRow.used_at)) is None


async def test_neither_links_nor_refresh_tokens_stand_in_the_database(
    identity: IdentityService, database: Database
) -> None:
    link = await identity.issue_link(await identity.ensure_owner())
    async with database.reading() as reader:
        stored = await reader.scalar(select(SignInLinkRow.token_hash))
    signed_in = await identity.sign_in_with_link(link, user_agent="a test")
    async with database.reading() as reader:
        session = (await reader.execute(select(*SessionRow.__table__.columns))).mappings().one()

    assert link not in str(stored)
    assert signed_in.refresh_token not in str(dict(session))
    assert signed_in.refresh_token.split(".")[1] not in str(dict(session))


async def test_a_refresh_token_gives_its_successor(
    identity: IdentityService, elsewhere: IdentityService, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    seen = [signed_in.refresh_token]
    for service in (identity, elsewhere) * 5:
        clock.advance(600)
        signed_in = await service.refresh(seen[-1])
        await viewer_of(service, signed_in)
        seen.append(signed_in.refresh_token)

    assert len(set(seen)) == 11


async def test_twenty_tabs_at_once_get_the_same_successor(
    identity: IdentityService, elsewhere: IdentityService
) -> None:
    first = (await sign_in(identity)).refresh_token
    asked = [service.refresh(first) for service in (identity, elsewhere) * 10]
    successors = {signed_in.refresh_token for signed_in in await asyncio.gather(*asked)}

    assert len(successors) == 1
    await identity.refresh(successors.pop())


async def test_a_token_used_again_after_ten_seconds_ends_the_session_for_everybody(
    identity: IdentityService, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    newest = await identity.refresh(signed_in.refresh_token)
    clock.advance(10)
    assert (await identity.refresh(signed_in.refresh_token)).refresh_token == newest.refresh_token
    clock.advance(1)
    with pytest.raises(SessionEndedError):
        await identity.refresh(signed_in.refresh_token)

    with pytest.raises(SessionEndedError):
        await identity.refresh(newest.refresh_token)
    with pytest.raises(SessionEndedError):
        await viewer_of(identity, newest)


async def test_asking_within_the_ten_seconds_makes_them_no_longer(
    identity: IdentityService, clock: FixedClock
) -> None:
    first = (await sign_in(identity)).refresh_token
    await identity.refresh(first)
    for _ in range(5):
        clock.advance(2)
        await identity.refresh(first)
    clock.advance(1)

    with pytest.raises(SessionEndedError):
        await identity.refresh(first)


async def test_a_token_two_steps_back_ends_the_session_at_once(
    identity: IdentityService,
) -> None:
    first = (await sign_in(identity)).refresh_token
    second = (await identity.refresh(first)).refresh_token
    third = (await identity.refresh(second)).refresh_token
    with pytest.raises(SessionEndedError):
        await identity.refresh(first)

    with pytest.raises(SessionEndedError):
        await identity.refresh(third)


async def test_a_thief_and_its_victim_cannot_both_go_on(
    identity: IdentityService, clock: FixedClock
) -> None:
    stolen = (await sign_in(identity)).refresh_token
    thief = (await identity.refresh(stolen)).refresh_token
    victim = (await identity.refresh(stolen)).refresh_token
    thief = (await identity.refresh(thief)).refresh_token
    clock.advance(900)

    with pytest.raises(SessionEndedError):
        await identity.refresh(victim)
    with pytest.raises(SessionEndedError):
        await identity.refresh(thief)


async def test_somebody_elses_made_up_token_ends_no_session(identity: IdentityService) -> None:
    signed_in = await sign_in(identity)
    session = signed_in.refresh_token.partition(".")[0]
    for forged in (f"{session}.{'0' * 64}.{'0' * 32}", signed_in.refresh_token[:-1] + "x", ""):
        with pytest.raises(SessionEndedError):
            await identity.refresh(forged)
        await identity.logout(forged)

    await identity.refresh(signed_in.refresh_token)


async def test_a_session_that_is_not_used_for_a_week_is_over(
    identity: IdentityService, clock: FixedClock
) -> None:
    token = (await sign_in(identity)).refresh_token
    clock.advance(7 * DAY_S)
    token = (await identity.refresh(token)).refresh_token
    clock.advance(7 * DAY_S + 1)

    with pytest.raises(SessionEndedError):
        await identity.refresh(token)


async def test_a_session_is_over_after_a_month_however_much_it_is_used(
    identity: IdentityService, clock: FixedClock
) -> None:
    token = (await sign_in(identity)).refresh_token
    for _ in range(30):
        clock.advance(DAY_S)
        token = (await identity.refresh(token)).refresh_token
    clock.advance(1)

    with pytest.raises(SessionEndedError):
        await identity.refresh(token)


async def test_an_access_token_ends_after_a_quarter_of_an_hour(
    identity: IdentityService, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    clock.advance(15 * 60)
    await viewer_of(identity, signed_in)
    clock.advance(5)

    with pytest.raises(TokenExpiredError):
        await viewer_of(identity, signed_in)


async def test_logging_out_ends_the_session_here_at_once_and_elsewhere_within_five_seconds(
    identity: IdentityService, elsewhere: IdentityService, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    viewer = await viewer_of(elsewhere, signed_in)
    await viewer_of(identity, signed_in)
    await identity.logout(signed_in.refresh_token)

    with pytest.raises(SessionEndedError):
        await viewer_of(identity, signed_in)
    with pytest.raises(SessionEndedError):
        await identity.refresh(signed_in.refresh_token)
    clock.advance(5)
    with pytest.raises(SessionEndedError):
        await viewer_of(elsewhere, signed_in)
    with pytest.raises(SessionEndedError):
        await elsewhere.check_again(viewer)


async def test_what_is_known_of_a_session_is_not_asked_again_for_five_seconds(
    identity: IdentityService, elsewhere: IdentityService, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    await viewer_of(elsewhere, signed_in)
    await identity.logout(signed_in.refresh_token)
    clock.advance(4.9)

    assert await viewer_of(elsewhere, signed_in)


async def test_a_disabled_account_is_shut_out_within_five_seconds_with_every_credential(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    minted = await identity.mint_access(signed_in.user["id"], ttl_s=600)
    for bearer in (signed_in.access_token, minted):
        await identity.authenticate(bearer)
    await disable(database, signed_in.user["id"], clock)
    clock.advance(5)

    for bearer in (signed_in.access_token, minted):
        with pytest.raises(SessionEndedError):
            await identity.authenticate(bearer)
    with pytest.raises(SessionEndedError):
        await identity.refresh(signed_in.refresh_token)


async def test_a_smaller_role_counts_within_five_seconds(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    signed_in = await sign_in(identity)
    assert "chat:write" in (await viewer_of(identity, signed_in)).scopes
    async with database.transaction() as writer:
        await writer.execute(update(UserRow).values(role="viewer"))
    clock.advance(5)
    viewer = await viewer_of(identity, signed_in)

    assert viewer.role == "viewer"
    assert "chat:write" not in viewer.scopes
    assert "chat:read" in viewer.scopes


async def test_a_token_of_somebody_who_is_not_there_is_refused(
    identity: IdentityService, database: Database
) -> None:
    signed_in = await sign_in(identity)
    async with database.transaction() as writer:
        await writer.execute(delete(UserRow))

    with pytest.raises(SessionEndedError):
        await viewer_of(identity, signed_in)
    with pytest.raises(SessionEndedError):
        await identity.mint_access(UserId(uuid7()), ttl_s=60)


async def test_a_password_needs_the_current_one_unless_one_has_just_come_by_link(
    identity: IdentityService, clock: FixedClock
) -> None:
    viewer = await viewer_of(identity, await sign_in(identity))
    clock.advance(15 * 60)
    await identity.change_password(viewer, chosen=PASSWORD, current=None)
    clock.advance(1)
    for wrong in (None, "", "wrong"):
        with pytest.raises(PasswordWrongError):
            await identity.change_password(viewer, chosen=PASSWORD, current=wrong)

    await identity.change_password(viewer, chosen="another battery horse", current=PASSWORD)


async def test_a_fresh_link_excuses_no_other_session_and_no_other_credential(
    identity: IdentityService,
) -> None:
    viewer = await viewer_of(identity, await sign_in(identity))
    for other in (
        replace(viewer, session_id=None),
        replace(viewer, session_id=SessionId(uuid7())),
    ):
        with pytest.raises(PasswordWrongError):
            await identity.change_password(other, chosen=PASSWORD, current=None)


async def test_a_new_password_ends_ones_other_sessions(identity: IdentityService) -> None:
    one, other = await sign_in(identity), await sign_in(identity)
    viewer = await viewer_of(identity, one)
    await viewer_of(identity, other)
    await identity.change_password(viewer, chosen=PASSWORD, current=None)

    assert await viewer_of(identity, one) == viewer
    with pytest.raises(SessionEndedError):
        await viewer_of(identity, other)
    with pytest.raises(SessionEndedError):
        await identity.refresh(other.refresh_token)


async def test_a_session_that_is_over_cannot_be_ended_again(identity: IdentityService) -> None:
    viewer = await viewer_of(identity, await sign_in(identity))
    other = await viewer_of(identity, await sign_in(identity))
    assert other.session_id is not None
    await identity.revoke_session(viewer, other.session_id)

    with pytest.raises(SessionMissingError):
        await identity.revoke_session(viewer, other.session_id)
    assert [row["id"] for row in await identity.sessions(viewer)] == [viewer.session_id]


async def test_what_ended_a_month_ago_is_forgotten_and_nothing_else(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    ended = await sign_in(identity)
    await identity.logout(ended.refresh_token)
    clock.advance(20 * DAY_S)
    kept = await sign_in(identity)
    clock.advance(11 * DAY_S)
    await identity.prune()
    async with database.reading() as reader:
        left = list(await reader.scalars(select(SessionRow.id)))
        links = list(await reader.scalars(select(SignInLinkRow.user_id)))

    assert left == [(await claims_of(kept, database, clock)).session_id]
    assert links == [kept.user["id"]]


async def claims_of(signed_in: SignedIn, database: Database, clock: FixedClock) -> Viewer:
    """Say whose token it is, as it was when it was signed."""
    clock.advance(-11 * DAY_S)
    return await viewer_of(identity_over(database, clock), signed_in)


async def disable(database: Database, user_id: UserId, clock: FixedClock) -> None:
    async with database.transaction() as writer:
        await writer.execute(
            update(UserRow).where(UserRow.id == user_id).values(disabled_at=clock.now())
        )
