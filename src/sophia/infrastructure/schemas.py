"""The wire shapes of machines and their cost."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HOURS_OF_MONTH = 730


class Machine(BaseModel):
    """A machine, as the MCP server gives it, and as it is given here and kept."""

    model_config = ConfigDict(extra="ignore")

    id: str
    name: str | None
    ip: str | None
    status: str
    instance_type: str
    gpu: str
    region: str
    hourly_usd: float


class MachinesAnswer(BaseModel):
    """What the MCP server answers."""

    model_config = ConfigDict(extra="ignore")

    instances: list[Machine]
    total_hourly_usd: float


class StatusOut(BaseModel):
    """The machines that there are, and what they cost at the prices of now."""

    configured: bool
    healthy: bool = Field(description="Whether Lambda was asked and answered.")
    instances: list[Machine]
    total_cost_per_hour: str
    total_cost_per_month: str = Field(description=f"Of {HOURS_OF_MONTH} hours.")
    currency: Literal["USD"] = "USD"
    source: Literal["api", "static"] = Field(
        description="static: what was stored last, because Lambda does not answer."
    )
    fetched_at: datetime | None
    note: str | None = Field(description="What to do, where something is to be done.")


class CostOfTime(BaseModel):
    """What the machines cost in an hour or a day, as far as they were looked at."""

    start: datetime
    cost_usd: float
    peak_hourly_usd: float
    most_machines: int
    measured_hours: float


class CostOfMachine(BaseModel):
    """What one machine cost."""

    id: str
    name: str | None
    instance_type: str
    cost_usd: float
    measured_hours: float


class CostsOut(BaseModel):
    """What the machines have cost, as it was measured: every five minutes."""

    unit: Literal["hour", "day"]
    currency: Literal["USD"] = "USD"
    total_usd: float
    items: list[CostOfTime] = Field(
        description="The oldest first; what was not measured is left out."
    )
    machines: list[CostOfMachine] = Field(description="The dearest first.")
