"""The machine that Sophia runs on, with GPUs that measure much, little, or nothing any more."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml

from sophia.kit import metrics
from sophia.servers.lambda_cli.host import Host
from sophia.servers.parts import ServerParts
from tests.support.serving import connected, serving

GIB = 1024**3


class TwoGpus:
    """NVML with two GPUs: the second knows its name alone."""

    def __init__(self) -> None:
        self.is_open = False
        self.is_gone = False
        self.is_counted = True

    def nvmlInit(self) -> None:  # noqa: N802 - NVML's names, here and below
        self.is_open = True

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.is_open = False

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if not self.is_counted:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return ("NVIDIA GH200 480GB", "NVIDIA A10")[handle]

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:  # noqa: N802
        self._only_first(handle)
        return SimpleNamespace(gpu=73, memory=20)

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:  # noqa: N802
        self._only_first(handle)
        return SimpleNamespace(used=24 * GIB, total=96 * GIB)

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        self._only_first(handle)
        return 412_500

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:  # noqa: N802
        self._only_first(handle)
        return 51 + sensor

    def _only_first(self, handle: int) -> None:
        if handle > 0 or self.is_gone:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)


async def test_gpus_are_told_with_what_each_measures(tmp_path: Path) -> None:
    nvml = TwoGpus()
    with Host.opened(tmp_path / "not yet", nvml) as host:
        parts = ServerParts(name="lambda-cli", instructions="x", tools=host.tools())
        async with serving(parts) as served, connected(served) as client:
            told = (await client.call_tool("get_host_telemetry", {})).structured_content
        page = metrics.exposition()[0].decode()
        nvml.is_gone = True
        later = metrics.exposition()[0].decode()
    assert told is not None
    first, second = told["gpus"]
    assert first == {
        "index": 0,
        "name": "NVIDIA GH200 480GB",
        "busy_percent": 73,
        "memory_used_gib": 24,
        "memory_gib": 96,
        "celsius": 51,
        "watts": 412.5,
    }
    assert {name: one for name, one in second.items() if one is not None} == {
        "index": 1,
        "name": "NVIDIA A10",
    }
    assert told["gpu_note"] is None
    assert 'sophia_host_used_ratio{index="0",resource="gpu"} 0.73' in page
    assert 'sophia_host_used_ratio{index="0",resource="gpu_memory"} 0.25' in page
    assert 'sophia_host_used_ratio{index="",resource="disk"} 0.' in page
    assert 'sophia_host_used_ratio{index="0",resource="gpu"} NaN' in later
    assert not nvml.is_open


async def test_a_driver_that_does_not_work_is_told_and_stops_nothing(tmp_path: Path) -> None:
    nvml = TwoGpus()
    nvml.is_counted = False
    with Host.opened(tmp_path, nvml) as host:
        parts = ServerParts(name="lambda-cli", instructions="x", tools=host.tools())
        async with serving(parts) as served, connected(served) as client:
            told = (await client.call_tool("get_host_telemetry", {})).structured_content
    assert told is not None
    assert (told["gpus"], told["cpus"] > 0) == ([], True)
    assert "Driver Not Loaded" in told["gpu_note"]
    assert not nvml.is_open
