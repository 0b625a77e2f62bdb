"""What people of an operations team wrote to a fresh installation, where only the memory is."""

import pytest

from tests.support.catalogue import MEMORY
from tests.unit.llm.builtin.talk import answer_to, calls_for, reply_to_talk

LOST = "I did not understand that: I have no language model and take only plain requests"
ABOUT = "I am Sophia's built-in assistant: I have no language model"
ALONE = "I read every message by itself"
ONE_BY_ONE = "I change or delete one memory at a time"

STORED = (
    (
        "Remember that our deploy window is Friday 15:00 UTC",
        "our deploy window is Friday 15:00 UTC",
    ),
    ("remember our on-call phone is +49 30 1234567", "our on-call phone is +49 30 1234567"),
    ("Remember: Ada owns the billing service", "Ada owns the billing service"),
    ("REMEMBER THAT THE DATABASE MOVES ON 1 MAY", "THE DATABASE MOVES ON 1 MAY"),
    ("pls remember that bob is on call this week", "bob is on call this week"),
    ("remeber that the VPN gateway is vpn.acme.io", "the VPN gateway is vpn.acme.io"),
    ("rember that lunch is at noon", "lunch is at noon"),
    ("I want you to remember that Carol approves releases", "Carol approves releases"),
    ("I'd like you to remember that Dan is the new CTO", "Dan is the new CTO"),
    ("fyi: the status page is status.acme.io", "the status page is status.acme.io"),
    ("Can you please note down that we freeze on 12 May?", "we freeze on 12 May"),
    ("write this down: the certificate expires", "the certificate expires"),
    ("Correction: our deploy window is Thursday", "our deploy window is Thursday"),
    ("Update: the deploy window is Monday", "the deploy window is Monday"),
    ("learn that our SLA is 99.9%", "our SLA is 99.9%"),
    ("store the fact that the key is in the vault", "the key is in the vault"),
    ("save: grafana lives at grafana.acme.io", "grafana lives at grafana.acme.io"),
    ("add to memory: the pager number is 555", "the pager number is 555"),
    ("keep in mind: no deploys in December", "no deploys in December"),
    ("don't forget we freeze on 20 December", "we freeze on 20 December"),
    (
        "remember: runbook https://wiki.acme.io/db?x=1&y=2",
        "runbook https://wiki.acme.io/db?x=1&y=2",
    ),
    ("note: P1 on 2026-11-20; caused by a full disk", "P1 on 2026-11-20; caused by a full disk"),
    ("remember that shifts are: Mon Ada, Tue Bob", "shifts are: Mon Ada, Tue Bob"),
    ("Remember that Bob knows when we deploy", "Bob knows when we deploy"),
)

SEARCHED = (
    ("When is our deploy window?", "When is our deploy window?"),
    ("WHEN IS OUR DEPLOY WINDOW", "WHEN IS OUR DEPLOY WINDOW"),
    ("who owns the billing service", "who owns the billing service"),
    ("who's on call this week", "who's on call this week"),
    ("whats the vpn gateway", "whats the vpn gateway"),
    ("vpn gateway", "vpn gateway"),
    ("deploy window", "deploy window"),
    ("wehn is the freeze", "when is the freeze"),
    ("wat is the pager number", "what is the pager number"),
    ("were the backups fine?", "were the backups fine?"),
    ("Hey Sophia, who owns billing?", "who owns billing?"),
    ("Sophia: when do we deploy", "when do we deploy"),
    ("what do you know about billing", "what do you know about billing"),
    ("tell me everything about deploys", "tell me everything about deploys"),
    ("what did i tell you about the deploy window", "what did i tell you about the deploy window"),
    ("Could you tell me when we deploy?", "tell me when we deploy"),
    ("I want to know who the CTO is", "who the CTO is"),
    ("any idea who owns billing?", "any idea who owns billing?"),
    ("can we deploy on friday", "can we deploy on friday"),
    ("search for freeze", "search for freeze"),
    ("find everything on december", "find everything on december"),
    ("should I delete the staging database?", "should I delete the staging database?"),
    ("should I forget the deploy window?", "should I forget the deploy window?"),
    ("terminate all instances?", "terminate all instances?"),
    ("forget the deploy window", "the deploy window"),
    ("Forget that we deploy on Friday.", "we deploy on Friday"),
    ("please forget what I said about bob", "bob"),
    ("can you forget the VPN gateway?", "the VPN gateway"),
    ("forget about the pager number please", "the pager number"),
    ("drop the memory about Carol", "Carol"),
    ("correct the memory about grafana: it moved", "grafana: it moved"),
    ("wie ist unser Deploy-Fenster?", "wie ist unser Deploy-Fenster?"),
)

SAID = (
    ("hello", ABOUT),
    ("good morning sophia", ABOUT),
    ("yo whats up", ABOUT),
    ("are you chatgpt?", ABOUT),
    ("how do I add a language model", ABOUT),
    ("do you use gpt-4?", ABOUT),
    ("HELP", "- `/tools [words]` lists the tools"),
    ("what can I ask you", "- `/tools [words]` lists the tools"),
    ("what tools do you have", "**AI Memory**\n- `/memory.store_memory`"),
    ("thanks!!", "You are welcome."),
    ("ok", "All right."),
    ("bye", "All right."),
    ("yes", ALONE),
    ("the second one", ALONE),
    ("why?", ALONE),
    ("don't remember this", "Nothing was done."),
    ("forget it", "Nothing was done."),
    ("forget everything", ONE_BY_ONE),
    ("delete all memories", ONE_BY_ONE),
    ("my name is Erik", LOST),
    ("Actually, our deploy window is Thursday", LOST),
    ("deploy window is now Monday 10:00", LOST),
    ("remind me to call Bob tomorrow", LOST),
    ("restart the billing service", LOST),
    ("write me a poem about servers", LOST),
    ("you are stupid", LOST),
    ("I forgot the pager number", LOST),
    ("Merke dir, dass wir freitags deployen", LOST),
    ("Souviens-toi que le VPN est en panne", LOST),
    ("list instances and list models", LOST),
    ("list my issues, then show memory stats", LOST),
    (
        "change our deploy window to Thursday 14:00 UTC",
        "To correct what was stored, write “Remember that our deploy window is Thursday 14:00 UTC”",
    ),
    (
        "can you delete memory 0190a1b2-0000-7000-8000-000000000001?",
        "A question changes nothing. To do it: `/memory.delete_memory memory_id=0190a1b2-",
    ),
)

RECENT = (
    "what do you remember?",
    "what do you know?",
    "show everything you remember",
    "list my memories",
    "show memories",
    "What have you stored so far?",
    "What have I told you?",
    "what did I say earlier?",
)


@pytest.mark.parametrize(("said", "fact"), STORED)
def test_a_fact_is_stored_word_for_word(said: str, fact: str) -> None:
    ((name, arguments),) = calls_for(said, MEMORY)
    assert (name, arguments["content"]) == ("memory__store_memory", fact)


@pytest.mark.parametrize(("said", "query"), SEARCHED)
def test_a_question_or_a_wish_to_forget_only_searches(said: str, query: str) -> None:
    assert calls_for(said, MEMORY) == [("memory__search_memories", {"query": query, "limit": 5})]


@pytest.mark.parametrize(("said", "told"), SAID)
def test_what_calls_no_tool_is_answered_honestly(said: str, told: str) -> None:
    assert answer_to(said, MEMORY).startswith(told)


@pytest.mark.parametrize("said", RECENT)
def test_what_is_remembered_is_told_without_a_query(said: str) -> None:
    assert calls_for(said, MEMORY) == [("memory__get_conversation_context", {})]


@pytest.mark.parametrize("said", ["how many memories are there?", "memory stats"])
def test_memories_are_counted(said: str) -> None:
    assert calls_for(said, MEMORY) == [("memory__get_memory_stats", {})]


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        (
            "remember that the backup runs at 02:00 and tell me when we deploy",
            [("content", "the backup runs at 02:00"), ("query", "tell me when we deploy")],
        ),
        (
            "Remember that the SLA is 99.5%. What is our SLA?",
            [("content", "the SLA is 99.5%"), ("query", "What is our SLA?")],
        ),
        (
            "who is on call and when is our deploy window?",
            [("query", "who is on call"), ("query", "when is our deploy window?")],
        ),
    ],
)
def test_two_requests_in_one_line_are_both_done(said: str, calls: list[tuple[str, str]]) -> None:
    made = calls_for(said, MEMORY)
    assert [arguments[name] for (_, arguments), (name, _) in zip(made, calls, strict=True)] == [
        value for _, value in calls
    ]


def test_what_is_not_understood_may_be_stored_looked_for_or_left() -> None:
    answer = answer_to("my name is Erik", MEMORY)
    assert "- “Remember: my name is Erik” stores it\n" in answer
    assert "- `/memory.search_memories my name is Erik` looks for it" in answer
    assert "- `/memory.get_memory_stats`" in answer


def test_the_message_before_is_quoted() -> None:
    assert reply_to_talk("we deploy", "what did I say?") == "You said: “we deploy”."
