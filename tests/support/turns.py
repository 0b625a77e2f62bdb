"""A user's turn in the database, for what is tested below the API."""

from sqlalchemy import text

from sophia.core.ports import Caller
from sophia.kit.ids import ConversationId, TurnId, UserId, uuid7
from sophia.store.database import Database

_USER = text("INSERT INTO users (id, name, role, created_at) VALUES (:u, 'Ada', 'member', now())")
_CONVERSATION = text("""
    INSERT INTO conversations (id, user_id, title, created_at, activity)
    VALUES (:c, :u, '', now(), :c)
""")
_TURN = text("""
    INSERT INTO turns (id, conversation_id, user_id, user_name, status, message, context, request,
        created_at)
    VALUES (:t, :c, :u, 'Ada', 'running', '', '', '{}', now())
""")


async def running_turn(database: Database) -> Caller:
    """Store a user, a conversation and a turn that runs; gives whose and which."""
    caller = Caller(UserId(uuid7()), "Ada", ConversationId(uuid7()), TurnId(uuid7()))
    user, conversation = {"u": caller.user_id}, {"c": caller.conversation_id}
    async with database.transaction() as writer:
        await writer.execute(_USER, user)
        await writer.execute(_CONVERSATION, {**user, **conversation})
        await writer.execute(_TURN, {**user, **conversation, "t": caller.turn_id})
    return caller
