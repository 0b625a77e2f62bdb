import pytest
from sqlalchemy import select, update

from sophia.identity import keys
from sophia.identity.errors import (
    KeyInvalidError,
    KeyMakesNoKeyError,
    KeyMissingError,
    PasswordWrongError,
    ScopeUnknownError,
    SessionEndedError,
)
from sophia.identity.schemas import ROLE_SCOPES, KeyIn, Scope, Viewer
from sophia.identity.service import IdentityService
from sophia.kit.ids import uuid7
from sophia.store.database import Database
from sophia.store.tables.identity import ApiKeyRow, UserRow
from tests.support.clock import FixedClock
from tests.support.people import PASSWORD, PEPPER

DAY_S = 24 * 3600


async def owner_of(identity: IdentityService) -> Viewer:
    owner = await identity.ensure_owner()
    return Viewer(owner, "Owner", "owner", ROLE_SCOPES["owner"])


async def make(
    identity: IdentityService, *scopes: Scope, days: int | None = None
) -> tuple[str, Viewer]:
    """Make a key for the owner; gives it and the owner."""
    owner = await owner_of(identity)
    wanted = KeyIn(name="ci", scopes=list(scopes) or None, expires_in_days=days)
    key, _ = await identity.keys.create(owner, wanted)
    return key, owner


async def test_a_key_speaks_for_whoever_made_it(identity: IdentityService) -> None:
    key, owner = await make(identity)
    viewer = await identity.authenticate(key)

    assert viewer.user_id == owner.user_id
    assert viewer.scopes == owner.scopes - {Scope.TOOLS_APPROVE}
    assert viewer.api_key_id is not None
    assert viewer.session_id is None


async def test_a_key_has_only_the_scopes_that_were_asked_for(identity: IdentityService) -> None:
    key, _ = await make(identity, Scope.CHAT_READ)

    assert (await identity.authenticate(key)).scopes == {Scope.CHAT_READ}


async def test_a_key_gets_no_scope_that_its_maker_lacks(identity: IdentityService) -> None:
    owner = await owner_of(identity)
    lesser = Viewer(owner.user_id, "Owner", "viewer", ROLE_SCOPES["viewer"])
    with pytest.raises(ScopeUnknownError, match="chat:write"):
        await identity.keys.create(
            lesser, KeyIn(name="ci", scopes=[Scope.CHAT_WRITE, Scope.CHAT_READ])
        )
    key, _ = await identity.keys.create(lesser, KeyIn(name="ci"))

    assert (await identity.authenticate(key)).scopes == ROLE_SCOPES["viewer"]


async def test_a_key_loses_what_its_maker_loses(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    key, _ = await make(identity)
    assert Scope.CHAT_WRITE in (await identity.authenticate(key)).scopes
    async with database.transaction() as writer:
        await writer.execute(update(UserRow).values(role="viewer"))
    clock.advance(5)

    assert (await identity.authenticate(key)).scopes == ROLE_SCOPES["viewer"]


async def test_a_key_makes_no_key(identity: IdentityService) -> None:
    key, _ = await make(identity)
    viewer = await identity.authenticate(key)

    with pytest.raises(KeyMakesNoKeyError):
        await identity.keys.create(viewer, KeyIn(name="another"))


async def test_a_key_alone_sets_no_password(identity: IdentityService) -> None:
    key, _ = await make(identity)
    viewer = await identity.authenticate(key)

    with pytest.raises(PasswordWrongError):
        await identity.change_password(viewer, chosen=PASSWORD, current=None)


async def test_the_database_holds_an_hmac_and_nothing_of_the_key_but_its_end(
    identity: IdentityService, database: Database
) -> None:
    key, _ = await make(identity)
    async with database.reading() as reader:
        row = (await reader.execute(select(*ApiKeyRow.__table__.columns))).mappings().one()
    shown = str(dict(row))

    assert row["hmac"] == keys.fingerprint(key, pepper=PEPPER)
    assert row["last4"] == key[-4:]
    for length in range(5, len(key) - len(keys.PREFIX)):
        assert key[-length:] not in shown
    assert key[len(keys.PREFIX) :][:6] not in shown


async def test_a_stored_key_is_of_no_use_without_the_pepper(
    identity: IdentityService, database: Database
) -> None:
    key, _ = await make(identity)
    async with database.transaction() as writer:
        await writer.execute(update(ApiKeyRow).values(hmac=keys.fingerprint(key, pepper="other")))

    with pytest.raises(KeyInvalidError):
        await identity.authenticate(key)


async def test_a_revoked_key_ends_here_at_once_and_elsewhere_within_five_seconds(
    identity: IdentityService, elsewhere: IdentityService, clock: FixedClock
) -> None:
    key, owner = await make(identity)
    viewer = await elsewhere.authenticate(key)
    await identity.authenticate(key)
    assert viewer.api_key_id is not None
    await identity.keys.revoke(owner, viewer.api_key_id)

    with pytest.raises(KeyInvalidError):
        await identity.authenticate(key)
    clock.advance(4.9)
    await elsewhere.authenticate(key)
    clock.advance(0.1)
    with pytest.raises(KeyInvalidError):
        await elsewhere.authenticate(key)
    with pytest.raises(SessionEndedError):
        await elsewhere.check_again(viewer)


async def test_a_key_ends_with_its_time(identity: IdentityService, clock: FixedClock) -> None:
    key, _ = await make(identity, days=30)
    clock.advance(30 * DAY_S - 1)
    viewer = await identity.authenticate(key)
    clock.advance(6)

    with pytest.raises(KeyInvalidError):
        await identity.authenticate(key)
    with pytest.raises(SessionEndedError):
        await identity.check_again(viewer)


async def test_a_key_of_a_disabled_account_ends(
    identity: IdentityService, database: Database, clock: FixedClock
) -> None:
    key, _ = await make(identity)
    await identity.authenticate(key)
    async with database.transaction() as writer:
        await writer.execute(update(UserRow).values(disabled_at=clock.now()))
    clock.advance(5)

    with pytest.raises(KeyInvalidError):
        await identity.authenticate(key)


async def test_no_well_formed_guess_is_a_key(identity: IdentityService) -> None:
    await make(identity)
    for _ in range(20):
        with pytest.raises(KeyInvalidError):
            await identity.authenticate(keys.generate())


async def test_its_last_use_is_noted_once_a_minute(
    identity: IdentityService, clock: FixedClock
) -> None:
    key, owner = await make(identity)
    noted: list[object] = []
    for _ in range(13):
        await identity.authenticate(key)
        noted.append((await identity.keys.all_of(owner))[0]["last_used_at"])
        clock.advance(10)

    assert len(set(noted)) == 3
    assert noted[0] == noted[5] != noted[6] == noted[11] != noted[12]


async def test_a_revoked_key_is_no_longer_listed_and_cannot_be_revoked_again(
    identity: IdentityService,
) -> None:
    _, owner = await make(identity)
    await make(identity)
    newest, oldest = await identity.keys.all_of(owner)
    assert newest["created_at"] >= oldest["created_at"]
    await identity.keys.revoke(owner, oldest["id"])

    assert [row["id"] for row in await identity.keys.all_of(owner)] == [newest["id"]]
    for missing in (oldest["id"], uuid7()):
        with pytest.raises(KeyMissingError):
            await identity.keys.revoke(owner, missing)
