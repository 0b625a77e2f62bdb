"""all-MiniLM-L6-v2 in NumPy: a small BERT on the processor, without PyTorch.

Sentence-BERT (Reimers and Gurevych, 2019) over MiniLM (Wang and others, 2020): six layers of 384
numbers, the mean of a text's tokens as its embedding. The texts of a batch are laid out in one row
of tokens, so that none is padded; only attention looks at each text by itself.

Imported by `sophia.embedding.local` alone, when it is used: NumPy, safetensors and tokenizers come
with `sophia-ai[minilm]`.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load
from tokenizers import Tokenizer

from sophia.embedding.errors import WeightsUnusableError

type Numbers = NDArray[np.floating[Any]]

_HEADS = 12
_EPSILON = 1e-12
_MOST_TOKENS = 256
# Abramowitz and Stegun 7.1.26: erf to 1.5e-7, which float32 does not tell from the real one.
_ERF = (0.3275911, (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592))


class MiniLM:
    """The model, loaded."""

    def __init__(self, weights: Mapping[str, Numbers], tokenizer: Any) -> None:
        """Take the weights under their own names, and what makes tokens of a text."""
        self._weights = weights
        self._tokenizer = tokenizer
        self._layers = 1 + max(
            int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer.")
        )

    @classmethod
    def loaded(cls, folder: Path, *, sha256: Mapping[str, str]) -> "MiniLM":
        """Load it; raises WeightsUnusableError where the files are not those they should be."""
        files = {name: _checked(folder / name, expected) for name, expected in sha256.items()}
        tokenizer: Any = Tokenizer.from_buffer(files["tokenizer.json"])
        tokenizer.enable_truncation(_MOST_TOKENS)
        tokenizer.no_padding()
        return cls(load(files["model.safetensors"]), tokenizer)

    def encode(self, texts: Sequence[str]) -> Numbers:
        """Give an embedding of length 1 for each text."""
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        texts_at = list(_slices(tokens))
        state = self._embedded(tokens)
        for number in range(self._layers):
            state = self._layer(state, f"encoder.layer.{number}", texts_at)
        mean = np.stack([state[start:end].mean(axis=0) for start, end in texts_at])
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _embedded(self, tokens: Sequence[Sequence[int]]) -> Numbers:
        words = np.concatenate([np.asarray(ids) for ids in tokens])
        places = np.concatenate([np.arange(len(ids)) for ids in tokens])
        table = {
            name: self._weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        }
        state = table["word"][words] + table["position"][places] + table["token_type"][0]
        return self._normalised(state, "embeddings.LayerNorm")

    def _layer(self, state: Numbers, layer: str, texts: Sequence[tuple[int, int]]) -> Numbers:
        query, key, value = (
            self._linear(state, f"{layer}.attention.self.{part}")
            for part in ("query", "key", "value")
        )
        seen = np.empty_like(state)
        for start, end in texts:
            seen[start:end] = _attention(query[start:end], key[start:end], value[start:end])
        state = self._normalised(
            state + self._linear(seen, f"{layer}.attention.output.dense"),
            f"{layer}.attention.output.LayerNorm",
        )
        inner = _gelu(self._linear(state, f"{layer}.intermediate.dense"))
        return self._normalised(
            state + self._linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm"
        )

    def _linear(self, state: Numbers, name: str) -> Numbers:
        return state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normalised(self, state: Numbers, name: str) -> Numbers:
        centred = state - state.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
        return centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _slices(tokens: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Say where in the one row of tokens each text begins and ends."""
    start = 0
    for ids in tokens:
        yield start, start + len(ids)
        start += len(ids)


def _attention(query: Numbers, key: Numbers, value: Numbers) -> Numbers:
    """Let the tokens of one text look at each other."""
    count, width = query.shape
    heads = (count, _HEADS, width // _HEADS)
    asked, offered, given = (part.reshape(heads).transpose(1, 0, 2) for part in (query, key, value))
    weight = asked @ offered.transpose(0, 2, 1) / np.float32(math.sqrt(width // _HEADS))
    weight = np.exp(weight - weight.max(axis=2, keepdims=True))
    weight /= weight.sum(axis=2, keepdims=True)
    return (weight @ given).transpose(1, 0, 2).reshape(count, width)


def _gelu(state: Numbers) -> Numbers:
    half = state * np.float32(math.sqrt(0.5))
    size = np.abs(half)
    step, factors = _ERF
    share = 1 / (1 + np.float32(step) * size)
    sum_ = np.zeros_like(share)
    for factor in factors:
        sum_ = (sum_ + np.float32(factor)) * share
    erf = np.sign(half) * (1 - sum_ * np.exp(-size * size))
    return state * (1 + erf) / 2


def _checked(path: Path, expected: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsUnusableError(f"{path} cannot be read: {error.strerror}.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise WeightsUnusableError(
            f"{path} is not the file that was checked (sha256 {found[:12]}…, not"
            f" {expected[:12]}…): fetch it again.",
        )
    return content
