"""Asks mem0 in its local mode the same; run in an environment of its own, as `memory_peers` is.

Verbatim (`infer=False`), with the same small model for its embeddings. Its keyword half wants
models from the network (spaCy, fastembed), which are not fetched: it goes without, as it does by
itself.
"""

import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMIT = 10


def opened(folder: str) -> Any:
    """Give a mem0 whose embeddings are made here."""
    mem0: Any = importlib.import_module("mem0")
    base: Any = importlib.import_module("mem0.embeddings.base").EmbeddingBase
    model: Any = importlib.import_module("minilm_numpy").MiniLM(Path(os.environ["MINILM_DIR"]))  # noqa: TID251 - as the harness takes it

    class Embedding(base):
        def embed(self, text: str, memory_action: str | None = None) -> list[float]:  # noqa: ARG002 - mem0's own signature
            return model.encode([text])[0].tolist()

    store = {"collection_name": "bench", "path": folder, "embedding_model_dims": 384}
    memory = mem0.Memory.from_config(
        {
            "vector_store": {"provider": "qdrant", "config": {**store, "on_disk": True}},
            "embedder": {"provider": "openai", "config": {"api_key": "none"}},
            "llm": {"provider": "openai", "config": {"api_key": "none"}},
            "history_db_path": f"{folder}/history.db",
        }
    )
    memory.embedding_model = Embedding()
    return memory


def main() -> None:
    """Read what is asked, and write what was found and how long it took."""
    sys.path.insert(0, sys.argv[1])
    given = json.load(sys.stdin)
    found: dict[str, list[list[str]]] = {}
    took_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({"MEM0_TELEMETRY": "False", "MEM0_DIR": folder})  # noqa: TID251 - its own
        memory = opened(folder)
        for corpus in given["corpora"]:
            for id_, text in corpus["texts"].items():
                said = [{"role": "user", "content": text}]
                about = {"external_id": id_}
                memory.add(said, user_id=corpus["name"], metadata=about, infer=False)
            found[corpus["name"]] = []
            for question in corpus["questions"]:
                began = time.perf_counter()
                wanted = {"user_id": corpus["name"]}
                answer = memory.search(question, top_k=LIMIT, filters=wanted)["results"]
                took_ms.append((time.perf_counter() - began) * 1000)
                found[corpus["name"]].append([one["metadata"]["external_id"] for one in answer])
    json.dump({"mem0": {"name": "mem0", "found": found, "took_ms": took_ms}}, sys.stdout)


if __name__ == "__main__":
    main()
