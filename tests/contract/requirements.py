"""What the README promises, and the tests that hold each promise."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence of the README, word for word, and the names of the tests."""

    said: str
    tests: tuple[str, ...]


PROMISES = (
    Promise(
        "she answers with the language model that the team chose",
        (
            "test_what_was_found_becomes_callable",
            "test_a_message_is_answered_in_the_contracts_shape",
        ),
    ),
    Promise(
        "remembers what she was told, and acts through MCP servers",
        ("test_tools_are_called_over_mcp_and_shown_in_the_turn",),
    ),
    Promise(
        "starts everything, shows a table of what runs, and prints a one-time sign-in link",
        (
            "test_every_part_is_ready_and_shown_with_port_and_memory",
            "test_a_link_signs_in_once_and_is_not_printed_again_for_who_has_signed_in",
        ),
    ),
    Promise(
        "You see the memory tools at work, and the answer with who said it and when.",
        ("test_newcomer_tells_something_and_is_told_it_with_source_and_date",),
    ),
    Promise(
        "Ctrl-C stops everything.",
        ("test_the_table_shows_each_part_and_ctrl_c_stops_all",),
    ),
    Promise(
        './sophia chat "When is our deploy window?"',
        ("test_chat_remembers_and_answers_in_one_shot",),
    ),
    Promise(
        "A stream that breaks off is taken up again",
        ("test_a_client_that_comes_back_sees_exactly_what_it_missed",),
    ),
    Promise(
        "the turn goes on without its client",
        ("test_a_turn_goes_on_when_its_client_leaves",),
    ),
    Promise(
        "Over a WebSocket it is the same events",
        ("test_a_talk_over_a_socket_carries_the_same_events",),
    ),
    Promise(
        "Without one the built-in assistant answers",
        ("test_the_built_in_assistant_remembers_and_answers_with_source_and_date",),
    ),
    Promise(
        "an MCP server at `/mcp`; `./sophia token --server memory` prints its token",
        ("test_a_servers_token_is_printed_and_an_unknown_server_is_named",),
    ),
    Promise(
        "is not served yet",
        ("test_servers_that_are_not_served_yet_say_so",),
    ),
    Promise(
        "`./sophia up --sandbox` shows them without one",
        (
            "test_the_sandbox_needs_no_token",
            "test_the_sandbox_needs_no_key",
            "test_what_is_idle_is_found_and_ended_by_name_with_approval_and_stands_in_the_journal",
        ),
    ),
    Promise(
        "Nothing listens beyond loopback unless you tell it to",
        ("test_nothing_listens_beyond_loopback",),
    ),
    Promise(
        "there is no default password",
        ("test_a_fresh_installation_has_no_default_password",),
    ),
    Promise(
        "`SOPHIA_PORT_BASE` shifts all ports, so that two stacks run side by side",
        ("test_a_taken_port_is_named",),
    ),
)
