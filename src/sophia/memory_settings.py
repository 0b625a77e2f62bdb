"""How memories are embedded; a part of sophia.settings."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings


class MemorySettings(BaseSettings):
    """What an operator sets for AI Memory."""

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

    @model_validator(mode="after")
    def _with_an_embedding_model(self) -> Self:
        if bool(self.memory_embeddings_url) != bool(self.memory_embeddings_model):
            raise ValueError(
                "SOPHIA_MEMORY_EMBEDDINGS_URL and SOPHIA_MEMORY_EMBEDDINGS_MODEL: set both or none"
            )
        return self
