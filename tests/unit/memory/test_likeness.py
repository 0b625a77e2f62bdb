import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.memory.likeness import Likeness, compare
from sophia.memory.rules import names_change

PAIRS = {
    Likeness.AGAINST: [
        ("The deploy window is Thursday 10:00 UTC", "The deploy window is Friday 15:00 UTC"),
        ("Tomas owns the billing service", "Priya owns the billing service"),
        ("We use Pulumi for the cloud accounts", "We use Terraform for the cloud accounts"),
        ("My editor is Zed", "My editor is Vim"),
        ("The CLI is written in Rust", "The CLI is written in Go"),
        ("The license of our SDK changed to MIT", "The license of our SDK is Apache-2.0"),
        ("We raised the upload limit to 200 MB", "The upload limit is 100 MB"),
        ("Grafana moved to mon-2", "Grafana runs on mon-1"),
        ("The on-call phone is in the office", "The on-call phone is in the kitchen drawer"),
        ("We no longer use Sentry", "We use Sentry for error tracking"),
        ("Deploys on Fridays are allowed from now on", "We don't allow deploys on Fridays"),
        ("Expenses above 800 euros need approval", "Expenses above 500 euros need approval"),
    ],
    Likeness.APART: [
        ("The API is behind nginx", "The API is written in Python"),
        ("The API is now public", "The API is written in Python"),
        ("The tests need a GPU", "The tests need HARBOR_TEST_DSN"),
        ("The console supports Safari", "The console supports Firefox"),
        ("Anna is in the data team", "Anna is in Oslo"),
        ("Anna prefers tea", "Anna prefers short answers"),
        ("Priya reviews the frontend", "Tomas reviews the frontend"),
        ("Aisha's birthday is on 14 March", "Mei's birthday is on 9 June"),
        ("We use Redis for the queue", "We use Postgres for the event store"),
        ("We no longer use Sentry, errors go to GlitchTip", "Aisha pays the invoices of Sentry"),
        ("The staging database listens on port 5433", "The staging API listens on port 8000"),
        ("Fjordline's account manager is Ingrid", "Nordfrakt's account manager is Lars"),
    ],
    Likeness.KNOWN: [
        ("Our deploy window is Friday 15:00 UTC!", "the deploy window is Friday, 15:00 UTC"),
        ("We use Postgres", "We use Postgres for the event store"),
    ],
    Likeness.MORE: [
        ("The retro is on Friday at 14:00 in room Fram", "The retro is on Friday at 14:00"),
    ],
}


@pytest.mark.parametrize(
    ("likeness", "said_now", "known"),
    [(likeness, *pair) for likeness, pairs in PAIRS.items() for pair in pairs],
)
def test_two_statements_stand_to_each_other_as_people_would_say(
    likeness: Likeness, said_now: str, known: str
) -> None:
    assert compare(said_now, known, is_change=names_change(said_now)) is likeness


@given(st.text(min_size=1, max_size=200), st.booleans())
def test_nothing_is_against_itself(statement: str, is_change: bool) -> None:  # noqa: FBT001
    assert compare(statement, statement, is_change=is_change) is not Likeness.AGAINST
