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


_DONE = text("""
    INSERT INTO turns (id, conversation_id, user_id, user_name, status, message, response, reply,
        context, request, model, created_at, ended_at)
    VALUES (:t, :c, :u, 'Ada', 'done', :message, :response, cast(:reply AS jsonb), '', '{}',
        'scripted', now(), now())
""")


async def done_turn(
    database: Database, caller: Caller, message: str, response: str = "", *, reply: str = "{}"
) -> TurnId:
    """Store a turn that is done, in the caller's conversation."""
    turn_id = TurnId(uuid7())
    values = {"u": caller.user_id, "c": caller.conversation_id, "t": turn_id, "reply": reply}
    async with database.transaction() as writer:
        await writer.execute(_DONE, {**values, "message": message, "response": response})
    return turn_id


async def running_turn(database: Database) -> Caller:
    """Store a user, a conversation and a turn that runs; gives whose and which."""
    caller = Caller(UserId(uuid7()), "Ada", ConversationId(uuid7()), TurnId(uuid7()))
    user, conversation = {"u": caller.user_id}, {"c": caller.conversation_id}
    async with database.transaction() as writer:
        await writer.execute(_USER, user)
        await writer.execute(_CONVERSATION, {**user, **conversation})
        await writer.execute(_TURN, {**user, **conversation, "t": caller.turn_id})
    return caller
