import json
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.identity import keys, refresh_tokens
from sophia.kit.ids import SessionId, uuid7
from sophia.kit.log import redact
from sophia.kit.tokens import Signer, generate_private_key

LETTERS = string.ascii_letters + string.digits
SIGNER = Signer(generate_private_key())
SOFT = st.text(alphabet=LETTERS + "-_", min_size=24, max_size=40)
# A credential and what of it must never be seen.
CREDENTIALS = st.one_of(
    st.builds(keys.generate).map(lambda key: (key, key[20:])),
    st.builds(lambda: refresh_tokens.first(SessionId(uuid7()), pepper="p")).map(
        lambda token: (token, token[33:])
    ),
    st.integers(1, 9)
    .map(lambda number: SIGNER.sign({"sub": "ada"}, audience="a", token_type="t", ttl_s=number))
    .map(lambda token: (token, token.partition(".")[2])),
    SOFT.map(lambda text: (f"sk-ant-api03-{text}", text)),
    SOFT.map(lambda text: (f"sk-proj-{text}", text)),
    st.text(alphabet=LETTERS, min_size=36, max_size=36).map(lambda text: (f"ghp_{text}", text[4:])),
    SOFT.map(lambda text: (f"github_pat_{text}", text[4:])),
    SOFT.map(lambda text: (f"lin_api_{text}", text[4:])),
    SOFT.map(lambda text: (f"http://127.0.0.1:3000/sign-in#{text}", text[4:])),
    SOFT.map(lambda text: (f"password={text}", text)),
    SOFT.map(lambda text: (str({"API-Key": text}), text)),
    SOFT.map(lambda text: (f"Authorization: Bearer {text}", text[4:])),
    st.text(alphabet=LETTERS + "@:/!?%\"'", min_size=8, max_size=30).map(
        lambda text: (f"postgresql://sophia_user:{text}@127.0.0.1:5432/sophia_db", text)
    ),
    SOFT.map(lambda text: (f"redis://:{text}@127.0.0.1:6379/0", text)),
)
AROUND = st.sampled_from(["", " ", "\n", "\t", "'", '"', "(", "key=", "error: ", "😀", "\\"])

SCRIPT = """
import json, logging, sys
from dataclasses import dataclass
from sophia.kit import log

@dataclass
class Thing:
    inner: str

log.set_up(level="debug", process="test")
own, foreign = log.get("test"), logging.getLogger("somebody.else")
for secret in json.load(sys.stdin):
    deep = {"a": [{"b": (secret,)}]}
    own.info("test.thing.happened", plain=secret, deep=deep, thing=Thing(secret))
    own.info(f"test.{secret}.happened", data=secret.encode(), error=ValueError(secret))
    own.warning("test.named.happened", password="hunter2hunter2", headers={"X-Api-Key": "hunter2",
        "Cookie": "hunter2"}, refresh_token="hunter2", input_tokens=7)
    foreign.warning("a %s and %r", secret, Thing(secret))
    foreign.error({"secret": "hunter2", "inside": secret})
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        own.exception("test.thing.failed")
        foreign.exception("it failed")
"""


@given(credential=CREDENTIALS, before=AROUND, after=AROUND)
def test_no_credential_is_left_wherever_it_stands(
    credential: tuple[str, str], before: str, after: str
) -> None:
    whole, hidden = credential
    shown = redact(f"{before}{whole}{after}")

    assert hidden not in shown
    assert "***" in shown
    assert shown.startswith(before)


@given(credential=CREDENTIALS, before=AROUND)
def test_no_credential_is_left_once_a_line_is_rendered(
    credential: tuple[str, str], before: str
) -> None:
    whole, hidden = credential

    assert hidden not in redact(json.dumps({"said": before + whole}, ensure_ascii=False))
    assert hidden not in redact(repr(before + whole))


@pytest.mark.parametrize(
    "text",
    [
        "task-something-that-is-long is no key",
        "risk_assessment_of_the_deploy_window",
        "A bearer token is needed: `sophia token --server memory` prints one.",
        "http://127.0.0.1:8000/api/v1/turns/0195a1b2-0000-7000-8000-000000000001/events",
        "the token: get a new one",
        "mail ada@example.org at 15:00",
        "0195a1b200007000800000000000000a",
    ],
)
def test_what_is_no_credential_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("unit", ["eyJ", "://a:", "sk-", "bearer ", "a", "0123456789abcdef"])
def test_a_long_line_takes_no_long_time(unit: str) -> None:
    line = unit * (50_000 // len(unit))

    assert len(redact(line)) <= len(line)


def test_no_line_of_any_process_shows_a_credential() -> None:
    secrets = {
        (key := keys.generate()): key[20:],
        (refresh := refresh_tokens.first(SessionId(uuid7()), pepper="p")): refresh[33:],
        (token := SIGNER.sign({"sub": "a"}, audience="a", token_type="t", ttl_s=9)): token[50:],
        "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt": "GhIjKlMnOpQrSt",
        "postgresql://sophia_user:Corr3ct-H0rse@127.0.0.1/sophia_db": "Corr3ct-H0rse",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(list(secrets)),
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    lines = done.stderr.splitlines()

    assert len(lines) == 7 * len(secrets)
    events = [json.loads(line) for line in lines]
    assert {event["process"] for event in events} == {"test"}
    assert {event["level"] for event in events} == {"info", "warning", "error"}
    assert [hidden for hidden in secrets.values() if hidden in done.stderr] == []
    assert "hunter2" not in done.stderr
    assert '"input_tokens": 7' in done.stderr
    assert done.stdout == ""
