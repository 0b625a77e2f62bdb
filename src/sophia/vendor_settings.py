"""Where the vendors of our work servers are, and what we show them; a part of sophia.settings."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from sophia.outgoing.errors import UrlRefusedError
from sophia.outgoing.hosts import target_of


class VendorSettings(BaseSettings):
    """What an operator sets for GitHub, Linear, Asana, Codacy and Lambda."""

    sandbox: bool = Field(
        default=False,
        description="GitHub, Linear, Asana, Codacy and Lambda are stand-ins on this machine, for"
        " trying.",
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
    lambda_base_url: str = Field(
        default="https://cloud.lambda.ai", description="Lambda's Cloud API."
    )
    lambda_writes: bool = Field(
        default=False,
        description="Offer the tools that launch and terminate GPU machines, and change what"
        " belongs to them.",
    )
    lambda_max_hourly_usd: float = Field(
        default=5, ge=0, description="What a machine that is launched may cost in an hour."
    )
    lambda_daily_cap_usd: float = Field(
        default=100,
        ge=0,
        description="What all machines may cost in a day, together with one that is launched.",
    )
    lambda_prometheus_url: str = Field(
        default="",
        description="The Prometheus that scrapes the machines' `DCGM_FI_DEV_GPU_UTIL`: says which"
        " are idle.",
    )
    lambda_api_key_env: SecretStr | None = Field(
        default=None, validation_alias="LAMBDA_API_KEY", description="A key for Lambda."
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

    @field_validator(
        "github_base_url",
        "linear_base_url",
        "asana_base_url",
        "codacy_base_url",
        "lambda_base_url",
    )
    @classmethod
    def _is_address(cls, url: str) -> str:
        try:
            target_of(url)
        except UrlRefusedError as error:
            raise ValueError(error.message) from error
        return url.rstrip("/")

    @field_validator("lambda_prometheus_url")
    @classmethod
    def _is_address_or_none(cls, url: str) -> str:
        return cls._is_address(url) if url else url
