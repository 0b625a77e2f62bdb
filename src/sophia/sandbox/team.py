"""The team whose work all stand-ins show: the same people and the same tickets at each vendor."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team; `number` is the id at vendors that count."""

    number: int
    login: str
    name: str
    email: str


ORGANISATION = "harbour-labs"
TEAM = "Ferry"
# Linear's key of the team, and the beginning of its tickets' names.
TEAM_KEY = "FER"
REPOSITORY = "ferry"
DEFAULT_BRANCH = "main"

MARA = Member(101, "mara", "Mara Lindqvist", "mara@harbour-labs.example")
TOMAS = Member(102, "tomas", "Tomas Berg", "tomas@harbour-labs.example")
INES = Member(103, "ines", "Ines Duarte", "ines@harbour-labs.example")
# Writes from outside, and has no push access.
STRANGER = Member(104, "passerby", "Passer By", "passerby@elsewhere.example")
MEMBERS = (MARA, TOMAS, INES)
# Whose token the sandbox's is: "me".
ME = MARA
TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the stand-in


@dataclass(frozen=True, slots=True)
class Ticket:
    """Something to be done: an issue at GitHub, FER-1 at Linear, a task at Asana."""

    number: int
    title: str
    body: str
    author: Member
    assignee: Member | None
    labels: tuple[str, ...]
    is_done: bool = False


TICKETS = (
    Ticket(
        1,
        "Timetable shows winter departures in May",
        "The page `/timetable` still reads `data/winter.csv`.\n\nSeen on the quay screen.",
        INES,
        TOMAS,
        ("bug",),
    ),
    Ticket(2, "Offer a calendar feed", "People ask for an `.ics` link.", MARA, None, ("feature",)),
    Ticket(
        3,
        "Crash when a stop has no name",
        "`KeyError: 'name'` in `ferry/stops.py`.",
        STRANGER,
        INES,
        ("bug",),
    ),
    Ticket(4, "Write down how to deploy", "", TOMAS, MARA, ("docs",), is_done=True),
)

# File by path, as on the default branch.
FILES = MappingProxyType(
    {
        "README.md": "# Ferry\n\nDepartures of the harbour ferries.\n\n    python -m ferry\n",
        "ferry/__init__.py": '"""Departures of the harbour ferries."""\n',
        "ferry/stops.py": (
            "def label(stop):\n"
            '    """Name a stop as on the quay screen."""\n'
            "    return stop['name'].upper()\n"
        ),
        "ferry/timetable.py": (
            "import csv\n\n\n"
            "def departures(path='data/winter.csv'):\n"
            "    with open(path) as lines:\n"
            "        return list(csv.DictReader(lines))\n"
        ),
        "data/winter.csv": "stop,leaves\nQuay,07:10\nIsland,07:40\n",
        "data/summer.csv": "stop,leaves\nQuay,06:40\nIsland,07:05\n",
        ".github/workflows/test.yml": (
            "name: test\non: [push, pull_request]\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
        ),
    }
)
