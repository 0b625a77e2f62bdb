"""`make faults`: every fault, long, under 32 clients, with a ledger of every operation.

Prints a table and writes the same as JSON; ends with 1 when anything was lost or doubled, or is not
what its client saw. The load is paced well below what a small machine can do, so that the p95
columns tell of the fault and not of a full machine; `--rate 0` has them send all that they can.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.faults.faults import INJECTIONS, Injection, Site
from tests.faults.ledger import Finding, Ledger, Operation, Outcome, Wrong, check
from tests.support.providers import ScriptedProvider, scripted_openai
from tests.support.replicas import Replicas, running_replicas
from tests.support.waiting import eventually

_RECOVERED_WITHIN_S = 60
_CALM_OPERATIONS = 200  # before and after each fault
_COLUMNS = (
    "fault",
    "times",
    "ops",
    "retried",
    "unknown",
    "lost",
    "doubled",
    "differ",
    "back s",
    "calm p95",
    "fault p95",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the operations around one fault."""

    fault: str
    injected: int
    operations: int
    retried: int
    unknown: int
    lost: int
    doubled: int
    different: int
    recovery_s: float
    p95_calm_ms: float
    p95_fault_ms: float
    problems: Sequence[str]

    @property
    def is_well(self) -> bool:
        """Say whether every operation is there as often as it must be."""
        return not self.problems


def main() -> int:
    """Run the drill as the command line says."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rate", type=float, default=16, help="messages in a second; 0: no pace")
    parser.add_argument("--times", type=int, default=5, help="how often each fault is injected")
    parser.add_argument("--pause-s", type=float, default=3, help="how long each lasts")
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--json", type=Path, default=Path("test-results/faults.json"))
    options = parser.parse_args()
    results = asyncio.run(_drill(options))
    options.json.parent.mkdir(exist_ok=True)
    options.json.write_text(json.dumps([asdict(one) for one in results], indent=2))
    for result in results:
        for problem in result.problems[:10]:
            sys.stderr.write(f"{result.fault}: {problem}\n")
    return 0 if all(result.is_well for result in results) else 1


async def _drill(options: argparse.Namespace) -> list[Result]:
    results: list[Result] = []
    wanted = [one for one in INJECTIONS if options.only.lower() in one.name.lower()]
    with (
        tempfile.TemporaryDirectory(prefix="sophia-faults-") as folder,
        Live(_table(results, wanted), console=_console(), refresh_per_second=1) as live,
    ):
        async with (
            scripted_openai() as model,
            running_replicas(
                Path(folder),
                numbers=(40, 41),
                provider_url=model.url,
                variables={"SOPHIA_DRAIN_NOTICE_S": "2", "SOPHIA_DRAIN_TIMEOUT_S": "10"},
                disk_mb=400,
            ) as replicas,
        ):
            model.is_recording = False
            checking = asyncio.create_task(replicas.check_health())
            for number, injection in enumerate(wanted):
                results.append(await _try(injection, number, replicas, model, options))
                live.update(_table(results, wanted))
            checking.cancel()
            await asyncio.gather(checking, return_exceptions=True)
    return results


async def _try(
    injection: Injection,
    number: int,
    replicas: Replicas,
    model: ScriptedProvider,
    options: argparse.Namespace,
) -> Result:
    token = await replicas.token()
    site = Site(replicas, model, token, options.pause_s, options.times)
    ledger = Ledger(f"drill-{number}", replicas.url, token)
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        rate_per_s = options.rate or None
        group.create_task(
            ledger.load(clients=options.clients, until=is_over, rate_per_s=rate_per_s)
        )
        await eventually(lambda: _has_ok(ledger, _CALM_OPERATIONS), timeout_s=60)
        site.began_s = time.monotonic()
        injected = await injection.inject(site)
        healed_s = time.monotonic()
        await eventually(lambda: _is_well(ledger, healed_s), timeout_s=_RECOVERED_WITHIN_S)
        recovered_s = ledger.first_ok_after(healed_s) or 0.0
        count = ledger.counts()[Outcome.OK]
        await eventually(lambda: _has_ok(ledger, count + _CALM_OPERATIONS), timeout_s=60)
        is_over.set()
    found = check(ledger, replicas.database_url)
    return _result(injection.name, injected, ledger, site, found, (healed_s, recovered_s))


def _result(
    name: str,
    injected: int,
    ledger: Ledger,
    site: Site,
    found: Sequence[Finding],
    times: tuple[float, float],
) -> Result:
    healed_s, recovery_s = times
    kinds = [one.wrong for one in found]
    operations = ledger.operations
    spared = [one for one in operations if site.is_spared(one) and one.began_s > site.calm_since_s]
    return Result(
        fault=name,
        injected=injected,
        operations=len(operations),
        retried=sum(one.attempts > 1 for one in operations),
        unknown=ledger.counts()[Outcome.UNKNOWN],
        lost=kinds.count(Wrong.LOST),
        doubled=kinds.count(Wrong.DOUBLED),
        different=kinds.count(Wrong.DIFFERENT) + kinds.count(Wrong.REFUSED),
        recovery_s=round(recovery_s, 2),
        p95_calm_ms=_p95_ms([one for one in spared if one.ended_s < site.began_s]),
        p95_fault_ms=_p95_ms(
            [one for one in spared if one.ended_s >= site.began_s and one.began_s <= healed_s]
        ),
        problems=[one.text for one in found] + site.problems,
    )


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=130)


def _p95_ms(operations: Sequence[Operation]) -> float:
    took = sorted(one.ended_s - one.began_s for one in operations if one.outcome is Outcome.OK)
    return round(took[int(len(took) * 0.95)] * 1000, 1) if took else 0.0


def _table(results: Sequence[Result], wanted: Sequence[Injection]) -> Table:
    table = Table(title="Faults under load (p95 in ms): nothing may be lost, doubled or differ")
    for column in _COLUMNS:
        table.add_column(column, justify="left" if column == "fault" else "right", no_wrap=True)
    for result in results:
        values = [str(value) for value in asdict(result).values()][: len(_COLUMNS)]
        table.add_row(*values, style="" if result.is_well else "bold red")
    for injection in wanted[len(results) :]:
        table.add_row(injection.name, *["…"] * (len(_COLUMNS) - 1), style="dim")
    return table


async def _has_ok(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[Outcome.OK] >= count


async def _is_well(ledger: Ledger, since_s: float) -> bool:
    return ledger.first_ok_after(since_s) is not None


if __name__ == "__main__":
    sys.exit(main())
