"""The prompts of AI Memory: recalling what is known of something, and reviewing what is kept."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from sophia.memory.fields import Query, Scope
from sophia.servers.call import Call
from sophia.servers.parts import Prompt


class Recall(BaseModel):
    """The arguments of recall."""

    model_config = ConfigDict(extra="forbid")

    topic: Query


class Review(BaseModel):
    """The arguments of review."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope | None = None


async def _recall(given: Recall, _call: Call) -> str:
    return (
        f"What do you remember about this: {given.topic}\n\n"
        "Search your memory for it (search_memories), once more in other words if little is found."
        " Answer from what you found alone, and say of each thing who said it and when. Where"
        " memories contradict each other, go by the later one and say so. If nothing fits, say that"
        " nothing was stored about it."
    )


async def _review(given: Review, _call: Call) -> str:
    where = f" in the scope {given.scope!r}" if given.scope else ""
    return (
        f"Let us go through what you remember{where}. List it (list_memories), the newest first,"
        " and tell me what stands out: what is said twice, what contradicts something else, what"
        " looks out of date, what should not have been kept. Propose for each what to do"
        " (update_memory, supersede_memory, delete_memory), and do nothing before I agree."
    )


def memory_prompts() -> list[Prompt[Any]]:
    """List the prompts."""
    return [
        Prompt(
            name="recall",
            title="Recall",
            description="Answer from memory alone, with who said it and when.",
            arguments=Recall,
            render=_recall,
        ),
        Prompt(
            name="review",
            title="Review what is kept",
            description="Go through memories: what is double, contradictory or out of date.",
            arguments=Review,
            render=_review,
        ),
    ]
