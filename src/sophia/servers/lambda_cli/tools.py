"""The tools for what machines cost, for changing them, and for the account, as they are offered."""

from typing import Any

from sophia.servers.lambda_cli.account import (
    AccountTools,
    AddKey,
    CreateFilesystem,
    DeleteFilesystem,
    Done,
    Events,
    FilesystemOut,
    Filesystems,
    Images,
    KeyOut,
    Keys,
    OneKey,
    Regions,
    WhichEvents,
    WhichImages,
)
from sophia.servers.lambda_cli.changes import ChangeTools, Rename, Terminate, Terminated
from sophia.servers.lambda_cli.costs import CostSummary, CostTools
from sophia.servers.lambda_cli.firewall import FirewallTools, Rules, SetRules
from sophia.servers.lambda_cli.idle import IdleMachines, IdleSince, IdleTools
from sophia.servers.lambda_cli.launching import Launch, Launched, LaunchTools
from sophia.servers.lambda_cli.machines import MAX_WAIT_S
from sophia.servers.lambda_cli.schemas import MachineOut, OneMachine
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.vendor.offering import changes, reads, writes

# All attempts at launching, and then the wait for the machine.
_LAUNCH_TIMEOUT_S = MAX_WAIT_S + 1200


def cost_tools(costs: CostTools, idle: IdleTools) -> list[Tool[Any, Any]]:
    """List those for what machines cost."""
    return [
        Tool(
            name="get_cost_summary",
            title="What the GPU machines cost",
            description="Say what the GPU machines cost: now, since the month began by machine,"
            " and as a forecast for the whole month.",
            arguments=NoArguments,
            result=CostSummary,
            run=costs.get_cost_summary,
            **reads("costs"),
        ),
        Tool(
            name="find_idle_instances",
            title="Find idle GPU machines",
            description="List the GPU machines of which no GPU did anything for some time, and"
            " what they cost.",
            arguments=IdleSince,
            result=IdleMachines,
            run=idle.find_idle_instances,
            **reads("costs"),
        ),
    ]


def change_tools(launches: LaunchTools, others: ChangeTools) -> list[Tool[Any, Any]]:
    """List those that change machines."""
    return [
        Tool(
            name="launch_instance",
            title="Launch a GPU machine",
            description="Launch a GPU machine, which costs until it is terminated; dry_run only"
            " says what and for how much. Its name is typed twice, the second time in"
            " confirm_name.",
            arguments=Launch,
            result=Launched,
            run=launches.launch_instance,
            timeout_s=_LAUNCH_TIMEOUT_S,
            **changes("machines"),
        ),
        Tool(
            name="terminate_instance",
            title="Terminate a GPU machine",
            description="Terminate a GPU machine for good: its own disk is lost with all that is"
            " on it. Have its name typed in confirm_name; without, the answer says what would be"
            " lost. There is no stopping.",
            arguments=Terminate,
            result=Terminated,
            run=others.terminate_instance,
            **changes("machines"),
        ),
        Tool(
            name="restart_instance",
            title="Restart a GPU machine",
            description="Restart a GPU machine: what runs on it ends, its disk stays.",
            arguments=OneMachine,
            result=MachineOut,
            run=others.restart_instance,
            **changes("machines"),
        ),
        Tool(
            name="rename_instance",
            title="Rename a GPU machine",
            description="Give a GPU machine another name.",
            arguments=Rename,
            result=MachineOut,
            run=others.rename_instance,
            is_idempotent=True,
            **writes("machines"),
        ),
    ]


def account_tools(account: AccountTools, firewall: FirewallTools) -> list[Tool[Any, Any]]:
    """List those for the account."""
    return [*_reading(account, firewall), *_writing(account, firewall)]


def _reading(account: AccountTools, firewall: FirewallTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="list_ssh_keys",
            title="List SSH keys",
            description="List the SSH keys that machines can be launched with.",
            arguments=NoArguments,
            result=Keys,
            run=account.list_ssh_keys,
            **reads("account"),
        ),
        Tool(
            name="list_filesystems",
            title="List filesystems",
            description="List the filesystems: they outlive machines, each in its region.",
            arguments=NoArguments,
            result=Filesystems,
            run=account.list_filesystems,
            **reads("account"),
        ),
        Tool(
            name="list_images",
            title="List images",
            description="List what machines can start with, and in which regions.",
            arguments=WhichImages,
            result=Images,
            run=account.list_images,
            **reads("account"),
        ),
        Tool(
            name="list_regions",
            title="List regions",
            description="List the regions.",
            arguments=NoArguments,
            result=Regions,
            run=account.list_regions,
            **reads("account"),
        ),
        Tool(
            name="list_firewall_rules",
            title="List firewall rules",
            description="List what the firewall lets in; Lambda applies none of it in us-south-1.",
            arguments=NoArguments,
            result=Rules,
            run=firewall.list_firewall_rules,
            **reads("account"),
        ),
        Tool(
            name="list_audit_events",
            title="Read Lambda's audit log",
            description="List what was done to the account at Lambda, and by whom.",
            arguments=WhichEvents,
            result=Events,
            run=account.list_audit_events,
            **reads("account"),
        ),
    ]


def _writing(account: AccountTools, firewall: FirewallTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="add_ssh_key",
            title="Add an SSH key",
            description="Add the public half of an SSH key: whoever has the other half gets into"
            " machines that are launched with it.",
            arguments=AddKey,
            result=KeyOut,
            run=account.add_ssh_key,
            **writes("account"),
        ),
        Tool(
            name="delete_ssh_key",
            title="Delete an SSH key",
            description="Delete an SSH key; machines that have it keep it.",
            arguments=OneKey,
            result=Done,
            run=account.delete_ssh_key,
            **changes("account"),
        ),
        Tool(
            name="create_filesystem",
            title="Make a filesystem",
            description="Make a filesystem in a region; it costs by what is stored.",
            arguments=CreateFilesystem,
            result=FilesystemOut,
            run=account.create_filesystem,
            **writes("account"),
        ),
        Tool(
            name="delete_filesystem",
            title="Delete a filesystem",
            description="Delete a filesystem with all that is on it. Have its name typed in"
            " confirm_name; without, the answer says what would be lost.",
            arguments=DeleteFilesystem,
            result=Done,
            run=account.delete_filesystem,
            **changes("account"),
        ),
        Tool(
            name="set_firewall_rules",
            title="Set the firewall rules",
            description="Put other rules in place of all those for all machines; what no rule lets"
            " in is kept out, SSH too.",
            arguments=SetRules,
            result=Rules,
            run=firewall.set_firewall_rules,
            is_idempotent=True,
            **changes("account"),
        ),
    ]
