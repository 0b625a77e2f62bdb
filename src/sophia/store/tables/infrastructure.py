"""What GPU machines were seen and what they cost."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class MachineSampleRow(Rows):
    """One look at all machines."""

    __tablename__ = "machine_samples"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    hourly_usd: Mapped[float]
    machines: Mapped[list[Any]]
