"""The machine that Sophia herself runs on: its processors, memory, disk, and GPUs if it has any."""

import asyncio
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pynvml
from pydantic import BaseModel, Field

from sophia.kit import metrics
from sophia.servers.call import Call
from sophia.servers.parts import NoArguments, Tool

_GIB = 1024**3
_MEASURE_S = 0.2


class GpuOut(BaseModel):
    """A GPU; null is what it does not measure."""

    index: int
    name: str
    busy_percent: float | None
    memory_used_gib: float | None
    memory_gib: float | None
    celsius: float | None
    watts: float | None


class HostOut(BaseModel):
    """How the machine is now."""

    cpus: int
    cpu_percent: float
    load_15m: float
    memory_used_gib: float
    memory_gib: float
    disk_used_gib: float = Field(description="Of the disk with Sophia's data.")
    disk_gib: float
    gpus: list[GpuOut]
    gpu_note: str | None = Field(description="Why there is nothing of GPUs, if so.")


class Gpus:
    """The GPUs, as NVML tells of them. What one does not measure, or of one that is gone: None."""

    def __init__(self, nvml: Any, handles: Sequence[Any], note: str | None) -> None:
        """Take NVML, its handles, and why there are none."""
        self._nvml = nvml
        self._handles = handles
        self.note = note

    @classmethod
    @contextmanager
    def opened(cls, nvml: Any) -> Generator["Gpus"]:
        """Find the GPUs."""
        with ExitStack() as stack:
            try:
                nvml.nvmlInit()
                stack.callback(nvml.nvmlShutdown)
                count = nvml.nvmlDeviceGetCount()
                handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
                note = None if handles else "NVIDIA's driver names no GPU here."
            except pynvml.NVMLError as error:
                handles, note = [], f"No NVIDIA GPU is to be seen here: {error}."
            yield cls(nvml, handles, note)

    @property
    def indices(self) -> range:
        """Give their numbers."""
        return range(len(self._handles))

    def busy_percent(self, index: int) -> float | None:
        """Say how busy a GPU is."""
        rates = self._told("nvmlDeviceGetUtilizationRates", index)
        return float(rates.gpu) if rates else None

    def memory_percent(self, index: int) -> float | None:
        """Say how full a GPU's memory is."""
        memory = self._told("nvmlDeviceGetMemoryInfo", index)
        return float(100 * memory.used / memory.total) if memory else None

    def measured(self, index: int) -> GpuOut:
        """Say how a GPU is."""
        memory = self._told("nvmlDeviceGetMemoryInfo", index)
        milliwatts = self._told("nvmlDeviceGetPowerUsage", index)
        return GpuOut(
            index=index,
            name=str(self._told("nvmlDeviceGetName", index) or "unknown"),
            busy_percent=self.busy_percent(index),
            memory_used_gib=_gib(memory.used) if memory else None,
            memory_gib=_gib(memory.total) if memory else None,
            celsius=self._told("nvmlDeviceGetTemperature", index, pynvml.NVML_TEMPERATURE_GPU),
            watts=milliwatts / 1000 if milliwatts is not None else None,
        )

    def _told(self, function: str, index: int, *more: Any) -> Any:
        try:
            return getattr(self._nvml, function)(self._handles[index], *more)
        except pynvml.NVMLError:
            return None


class Host:
    """Measures this machine. Without NVIDIA's library or a GPU it measures the rest."""

    def __init__(self, folder: Path, gpus: Gpus) -> None:
        """Take the folder with our data, and the GPUs."""
        self._folder = folder
        self._gpus = gpus

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, nvml: Any = pynvml) -> Generator["Host"]:
        """Find the GPUs, and have all be scraped while the block runs."""
        with Gpus.opened(nvml) as gpus:
            host = cls(_existing(folder), gpus)
            host.show()
            yield host

    def show(self) -> None:
        """Give the figures whenever they are scraped."""
        folder, gpus = str(self._folder), self._gpus
        _scraped("cpu", psutil.cpu_percent)
        _scraped("memory", lambda: psutil.virtual_memory().percent)
        _scraped("disk", lambda: psutil.disk_usage(folder).percent)
        for index in gpus.indices:
            _scraped("gpu", partial(gpus.busy_percent, index), index=str(index))
            _scraped("gpu_memory", partial(gpus.memory_percent, index), index=str(index))

    async def get_host_telemetry(self, _asked: NoArguments, _call: Call) -> HostOut:
        """Say how the machine is now."""
        return await asyncio.to_thread(self._measured)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools."""
        return [
            Tool(
                name="get_host_telemetry",
                title="How Sophia's machine is",
                description="Say how busy the machine that Sophia runs on is now: processors,"
                " memory, disk, and NVIDIA GPUs if it has any.",
                arguments=NoArguments,
                result=HostOut,
                run=self.get_host_telemetry,
                is_read_only=True,
                is_offline=True,
                toolset="host",
            )
        ]

    def _measured(self) -> HostOut:
        memory, disk = psutil.virtual_memory(), psutil.disk_usage(str(self._folder))
        return HostOut(
            cpus=psutil.cpu_count() or 1,
            cpu_percent=psutil.cpu_percent(interval=_MEASURE_S),
            load_15m=round(psutil.getloadavg()[2], 2),
            memory_used_gib=_gib(memory.total - memory.available),
            memory_gib=_gib(memory.total),
            disk_used_gib=_gib(disk.used),
            disk_gib=_gib(disk.total),
            gpus=[self._gpus.measured(index) for index in self._gpus.indices],
            gpu_note=self._gpus.note,
        )


def _scraped(resource: str, percent: Callable[[], float | None], *, index: str = "") -> None:
    def ratio() -> float:
        found = percent()
        return found / 100 if found is not None else math.nan

    metrics.host_used.labels(resource, index).set_function(ratio)


def _existing(folder: Path) -> Path:
    """Give the folder, or the nearest above it that is there: on the same disk, before a start."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def _gib(count: float) -> float:
    return round(count / _GIB, 2)
