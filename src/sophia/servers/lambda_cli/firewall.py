"""What the firewall lets in to the machines."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.raw import RawRule, RawRuleset
from sophia.servers.parts import NoArguments
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many


class Rule(Asked):
    """What is let in."""

    protocol: Literal["tcp", "udp", "icmp", "all"]
    from_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    to_port: Annotated[int, Field(ge=1, le=65535)] | None = Field(
        default=None, description="Leave out for the one port."
    )
    source_network: IPv4Network = Field(description="As in 203.0.113.7/32; 0.0.0.0/0 is anybody.")
    description: Annotated[str, Field(max_length=128)] = ""

    @model_validator(mode="after")
    def _with_ports_where_there_are_any(self) -> Self:
        if (self.from_port is None) != (self.protocol == "icmp"):
            raise ValueError("give from_port for each protocol but icmp")
        if self.to_port is not None and (self.from_port or 65536) > self.to_port:
            raise ValueError("to_port is not below from_port")
        return self


class RuleOut(BaseModel):
    """What is let in."""

    protocol: str
    from_port: int | None
    to_port: int | None
    source_network: str
    description: str


class RulesetOut(BaseModel):
    """Rules that machines of a region share."""

    name: str
    region: str | None
    rules: list[RuleOut]
    instance_ids: list[str]


class Rules(BaseModel):
    """What the firewall lets in; not in us-south-1, where Lambda applies none of it."""

    rules: list[RuleOut] = Field(description="For all machines.")
    rulesets: list[RulesetOut] = Field(description="For those that were launched with them.")


class SetRules(Asked):
    """The rules for all machines, in place of those that there are."""

    rules: list[Rule] = Field(max_length=100)


class FirewallTools:
    """Reads and sets the rules."""

    def __init__(self, vendor: Lambda) -> None:
        """Take Lambda."""
        self._vendor = vendor

    async def list_firewall_rules(self, _asked: NoArguments, _call: Call) -> Rules:
        """List what the firewall lets in."""
        rules = read_many(RawRule, await self._vendor.get("firewall-rules"))
        rulesets = read_many(RawRuleset, await self._vendor.get("firewall-rulesets"))
        return Rules(
            rules=[_rule(one) for one in rules],
            rulesets=[
                RulesetOut(
                    name=one.name,
                    region=one.region.name if one.region else None,
                    rules=[_rule(rule) for rule in one.rules],
                    instance_ids=one.instance_ids,
                )
                for one in rulesets
            ],
        )

    async def set_firewall_rules(self, asked: SetRules, _call: Call) -> Rules:
        """Put other rules in place of those for all machines."""
        body = {"data": [_written(one) for one in asked.rules]}
        raw = await self._vendor.send("PUT", "firewall-rules", body)
        return Rules(rules=[_rule(one) for one in read_many(RawRule, raw)], rulesets=[])


def _rule(raw: RawRule) -> RuleOut:
    ports = raw.port_range or [None, None]
    return RuleOut(
        protocol=raw.protocol,
        from_port=ports[0],
        to_port=ports[-1],
        source_network=raw.source_network,
        description=raw.description,
    )


def _written(rule: Rule) -> dict[str, object]:
    ports = {"port_range": [rule.from_port, rule.to_port or rule.from_port]}
    return {
        "protocol": rule.protocol,
        **(ports if rule.from_port is not None else {}),
        "source_network": str(rule.source_network),
        "description": rule.description,
    }
