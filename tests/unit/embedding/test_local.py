import hashlib
import json
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from sophia.embedding.errors import WeightsUnusableError
from sophia.embedding.local import LocalEmbedder

WORDS = ["[UNK]", "[CLS]", "[SEP]", "a", "team", "on", "call", "tea"]
WIDTH, INNER = 24, 48


def layers() -> Mapping[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), WIDTH),
        "embeddings.position_embeddings.weight": (256, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for number in range(2):
        layer = f"encoder.layer.{number}"
        for part, size in (
            *((f"attention.self.{name}", (WIDTH, WIDTH)) for name in ("query", "key", "value")),
            ("attention.output.dense", (WIDTH, WIDTH)),
            ("intermediate.dense", (INNER, WIDTH)),
            ("output.dense", (WIDTH, INNER)),
        ):
            shapes |= {f"{layer}.{part}.weight": size, f"{layer}.{part}.bias": size[:1]}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}.{part}.weight": (WIDTH,), f"{layer}.{part}.bias": (WIDTH,)}
    return shapes


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """A model of the same build as the real one, of random numbers and very small."""
    numbers = np.random.default_rng(7)
    weights = {
        name: numbers.normal(0, 0.5, shape).astype(np.float32) for name, shape in layers().items()
    }
    (tmp_path / "model.safetensors").write_bytes(save(weights))
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing",
            "sep": ["[SEP]", 2],
            "cls": ["[CLS]", 1],
        },
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    return tmp_path


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


async def test_a_text_has_the_same_embedding_alone_and_among_others(folder: Path) -> None:
    texts = ["tea", "A team on call", "tea " * 500, "a"]
    with ThreadPoolExecutor(1) as threads:
        embedder = LocalEmbedder(folder, threads, sha256=hashes(folder))
        together = await embedder.embed(texts)
        alone = [(await embedder.embed([text]))[0] for text in texts]

    assert np.allclose(together, alone, atol=1e-5)
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-5) for vector in together)
    assert not np.allclose(together[0], together[1], atol=1e-3)


async def test_other_weights_than_those_that_were_checked_are_refused(folder: Path) -> None:
    expected = hashes(folder)
    (folder / "model.safetensors").write_bytes(b"something else")
    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(WeightsUnusableError, match="not the file that was checked"):
            await LocalEmbedder(folder, threads, sha256=expected).embed(["tea"])
        with pytest.raises(WeightsUnusableError, match="cannot be read"):
            await LocalEmbedder(folder / "none", threads, sha256=expected).embed(["tea"])
