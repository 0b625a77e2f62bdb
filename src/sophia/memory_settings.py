"""How memories are embedded, recalled and learned; a part of sophia.settings."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


class MemorySettings(BaseSettings):
    """What an operator sets for AI Memory."""

    memory_document_max_bytes: int = Field(
        default=20_971_520, ge=1, le=67_108_864, description="Of one document."
    )
    memory_embeddings_url: str | None = Field(
        default=None,
        description="Base URL of an OpenAI-compatible endpoint that embeds memories; unset: none.",
    )
    memory_embeddings_model: str | None = Field(
        default=None, description="The embedding model at that endpoint."
    )
    memory_embeddings_key_env: SecretStr | None = Field(
        default=None,
        validation_alias="SOPHIA_MEMORY_EMBEDDINGS_KEY",
        description="The key for it, if it wants one.",
    )
    memory_embeddings_folder: Path | None = Field(
        default=None,
        description="Folder of all-MiniLM-L6-v2, which embeds memories where no endpoint does.",
    )

    memory_recall_tokens: int = Field(
        default=800,
        ge=0,
        le=20_000,
        description="Of memories that a model is told before it answers; 0: none.",
    )
    memory_learning: bool = Field(
        default=True, description="Keep what is worth it of what people say, once a turn is done."
    )

    @model_validator(mode="after")
    def _with_an_embedding_model(self) -> Self:
        if bool(self.memory_embeddings_url) != bool(self.memory_embeddings_model):
            raise ValueError(
                "SOPHIA_MEMORY_EMBEDDINGS_URL and SOPHIA_MEMORY_EMBEDDINGS_MODEL: set both or none"
            )
        return self
