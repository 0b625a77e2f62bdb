"""Ending, restarting and renaming machines."""

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.errors import NotConfirmedError
from sophia.servers.lambda_cli.launching import MachineName
from sophia.servers.lambda_cli.raw import RawMachine, RawRight
from sophia.servers.lambda_cli.schemas import MachineOut, OneMachine, machine_of
from sophia.servers.vendor.errors import VendorConflictError


class Terminate(OneMachine):
    """A machine to be terminated."""

    confirm_name: str | None = Field(
        default=None,
        max_length=100,
        description="Its name, or its id if it has none. Without it nothing is done, and the"
        " answer says what would be lost.",
    )


class Rename(OneMachine):
    """A machine and its new name."""

    name: MachineName


class Terminated(BaseModel):
    """A machine that is gone."""

    instance: MachineOut
    lost: str
    filesystems_kept: list[str]
    saved_hourly_usd: float


class ChangeTools:
    """Changes machines."""

    def __init__(self, vendor: Lambda) -> None:
        """Take Lambda."""
        self._vendor = vendor

    async def terminate_instance(self, asked: Terminate, _call: Call) -> Terminated:
        """Terminate a machine; raises NotConfirmedError, which says what would be lost."""
        machine = await self._vendor.find(asked.instance_id)
        if asked.confirm_name != (machine.name or machine.id):
            raise NotConfirmedError(
                f"{machine.name or machine.id} was not terminated. {_loss(machine)} To go on,"
                " have its name typed in confirm_name."
            )
        _check(machine, machine.actions.terminate, "terminated")
        await self._vendor.operate("terminate", machine)
        return Terminated(
            instance=machine_of(machine.model_copy(update={"status": "terminating"})),
            lost=_loss(machine),
            filesystems_kept=machine.file_system_names,
            saved_hourly_usd=machine.instance_type.price_cents_per_hour / 100,
        )

    async def restart_instance(self, asked: OneMachine, _call: Call) -> MachineOut:
        """Restart a machine; raises a VendorError."""
        machine = await self._vendor.find(asked.instance_id)
        _check(machine, machine.actions.restart, "restarted")
        await self._vendor.operate("restart", machine)
        return machine_of(machine)

    async def rename_instance(self, asked: Rename, _call: Call) -> MachineOut:
        """Give a machine another name; raises VendorConflictError if one has it."""
        machine = await self._vendor.find(asked.instance_id)
        others = [one for one in await self._vendor.machines() if one.id != machine.id]
        if any(one.name == asked.name for one in others):
            raise VendorConflictError(f"There is a machine {asked.name} already: choose another.")
        await self._vendor.send("POST", f"instances/{machine.id}", {"name": asked.name})
        return machine_of(machine.model_copy(update={"name": asked.name}))


def _check(machine: RawMachine, right: RawRight, what: str) -> None:
    if not right.available:
        raise VendorConflictError(
            f"{machine.name or machine.id} is {machine.status} and cannot be {what} now"
            f"{f': {right.reason_description}' if right.reason_description else ''}. Try again"
            " in a minute."
        )


def _loss(machine: RawMachine) -> str:
    """Say what terminating a machine destroys, and what it leaves."""
    kept = ", ".join(machine.file_system_names)
    stays = f"The filesystems {kept} stay." if kept else "No filesystem is mounted: nothing stays."
    return (
        f"Its own disk of {machine.instance_type.specs.storage_gib:,} GiB is lost with all that is"
        f" on it, and its address {machine.ip or 'too'} with it; nobody can bring them back."
        f" {stays}"
    )
