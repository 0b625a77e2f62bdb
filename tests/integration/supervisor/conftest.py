"""An ordinary user for tests that root runs."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def ordinary_user() -> tuple[str, ...]:
    """A command that runs another as an ordinary user; root alone can become one.

    The right to read everything is kept, as the interpreter may lie in a folder of root's. It gives
    no right to write, and none that PostgreSQL or we would ask for.
    """
    if os.geteuid() != 0:
        return ()
    program = shutil.which("setpriv")
    if program is None:
        pytest.skip("there is no setpriv to become an ordinary user")
    return (
        program,
        "--reuid=nobody",
        "--regid=nogroup",
        "--clear-groups",
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
        "--bounding-set=-all,+dac_read_search",
    )
