"""Where the vendors of our work servers are, and what we show them; a part of sophia.settings."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from sophia.outgoing.errors import UrlRefusedError
from sophia.outgoing.hosts import target_of


class VendorSettings(BaseSettings):
    """What an operator sets for GitHub, Linear, Asana and Codacy."""

    sandbox: bool = Field(
        default=False,
        description="GitHub, Linear, Asana and Codacy are stand-ins on this machine, for trying.",
    )
    github_base_url: str = Field(
        default="https://api.github.com",
        description="GitHub's REST API; of an Enterprise server https://HOST/api/v3.",
    )
    linear_base_url: str = Field(
        default="https://api.linear.app", description="Linear; its GraphQL is at /graphql."
    )
    asana_base_url: str = Field(
        default="https://app.asana.com/api/1.0", description="Asana's REST API."
    )
    codacy_base_url: str = Field(
        default="https://app.codacy.com/api/v3", description="Codacy's API v3."
    )
    codacy_roots: str = Field(
        default="",
        description="Folders whose files analyze_file may read, separated as in PATH.",
    )
    github_token_env: SecretStr | None = Field(
        default=None, validation_alias="GITHUB_TOKEN", description="A token for GitHub."
    )
    linear_api_key_env: SecretStr | None = Field(
        default=None, validation_alias="LINEAR_API_KEY", description="A key for Linear."
    )
    asana_access_token_env: SecretStr | None = Field(
        default=None, validation_alias="ASANA_ACCESS_TOKEN", description="A token for Asana."
    )
    codacy_api_token_env: SecretStr | None = Field(
        default=None, validation_alias="CODACY_API_TOKEN", description="A token for Codacy."
    )

    github_app_id: str = Field(
        default="", description="A GitHub App's id, in place of `GITHUB_TOKEN`."
    )
    github_app_installation_id: int | None = Field(
        default=None, ge=1, description="Where that App is installed."
    )
    github_app_key_file: Path | None = Field(
        default=None, description="That App's private key, a PEM file."
    )
    github_hook_secret_env: SecretStr | None = Field(
        default=None,
        validation_alias="SOPHIA_GITHUB_HOOK_SECRET",
        description="What GitHub signs webhooks with.",
    )
    linear_hook_secret_env: SecretStr | None = Field(
        default=None,
        validation_alias="SOPHIA_LINEAR_HOOK_SECRET",
        description="What Linear signs webhooks with.",
    )
    asana_hook_secret_env: SecretStr | None = Field(
        default=None,
        validation_alias="SOPHIA_ASANA_HOOK_SECRET",
        description="The key in the address that Asana is given.",
    )
    github_lockdown: bool = Field(
        default=False,
        description="Of GitHub only what people wrote who may push to the repository.",
    )

    @field_validator("codacy_roots")
    @classmethod
    def _are_folders(cls, written: str) -> str:
        wrong = [one for one in written.split(os.pathsep) if one and not Path(one).is_absolute()]
        if wrong:
            raise ValueError(f"write each folder from / on, not as {wrong[0]}")
        return written

    @field_validator("github_base_url", "linear_base_url", "asana_base_url", "codacy_base_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        try:
            target_of(url)
        except UrlRefusedError as error:
            raise ValueError(error.message) from error
        return url.rstrip("/")
