"""Configuration, read once per process. Only composition roots import this module.

A secret comes from, in this order: a mounted file in `SOPHIA_SECRETS_DIR`, the environment, the
generated files under `SOPHIA_HOME/secrets`.
"""

from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from sophia.core import registry
from sophia.kit.errors import Kind, SophiaError
from sophia.memory_settings import MemorySettings
from sophia.outgoing.errors import UrlRefusedError
from sophia.outgoing.hosts import AllowedHosts
from sophia.vendor_settings import VendorSettings

_MIN_SECRET_CHARS = 16

type Quota = Annotated[int, Field(ge=1, le=1_000_000)]


class SecretMissingError(SophiaError):
    """A secret that this process needs is not there: start with `sophia up`, or mount it."""

    kind = Kind.UNAVAILABLE
    code = "settings.secret_missing"


class SecretWeakError(SophiaError):
    """A secret is empty or too short to keep anybody out: give it at least 16 characters."""

    kind = Kind.INVALID
    code = "settings.secret_weak"


def default_home() -> Path:
    """Give `.sophia/` in a checkout, else `~/.local/share/sophia`."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "src" / "sophia").is_dir():
        return checkout / ".sophia"
    return Path.home() / ".local" / "share" / "sophia"


class Settings(MemorySettings, VendorSettings):
    """Everything that an operator can set, as `SOPHIA_<NAME>` unless another name is given."""

    model_config = SettingsConfigDict(env_prefix="SOPHIA_", extra="ignore")

    home: Path = Field(default_factory=default_home, description="Data and generated secrets.")
    secrets_dir: Path = Field(
        default=Path("/run/secrets"), description="Mounted secrets, one file each."
    )
    port_base: int = Field(
        default=registry.API_PORT, ge=6_100, le=64_000, description="Shifts all ports."
    )
    host: str = Field(default="127.0.0.1", description="Address that the API and the console bind.")
    mcp_host: str = Field(default="127.0.0.1", description="Address that the MCP servers bind.")
    mcp_allowed_hosts: str = Field(
        default="", description="Host names, by commas, under which MCP servers are reached."
    )
    mcp_read_only: bool = Field(
        default=False, description="MCP servers offer only tools that change nothing."
    )
    mcp_toolsets: str = Field(
        default="",
        description="What MCP servers offer, as `github:default,actions linear:issues`; `all` is"
        " all of a server, and one that is not named offers its default.",
    )
    mcp_concurrency: int = Field(
        default=64,
        ge=1,
        le=10_000,
        description="Requests that one MCP server answers at once; others are told to come again.",
    )
    mcp_search_above: int = Field(
        default=128,
        ge=1,
        description="With more tools than this the gateway lists a search in place of them.",
    )
    public_url: str | None = Field(
        default=None, description="How people reach the console from outside."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks, by commas, of the proxies whose X-Forwarded-For and"
        " X-Forwarded-Proto are believed.",
    )
    outgoing_allowed_hosts: str = Field(
        default="",
        description="Hosts in private networks, `name` or `name:port`, by commas, that may be asked"
        " though a user or a third party named them.",
    )
    environment: Literal["production", "staging", "development"] = Field(
        default="production", validation_alias="ENVIRONMENT", description="Where this is."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Logs."
    )

    database_url_env: SecretStr | None = Field(
        default=None, validation_alias="DATABASE_URL", description="PostgreSQL 16; unset: embedded."
    )
    redis_url_env: SecretStr | None = Field(
        default=None, validation_alias="REDIS_URL", description="Redis 7; unset: embedded."
    )
    drain_notice_s: float = Field(
        default=0,
        ge=0,
        description="Told to stop: how long requests are still taken while `/health/ready` says"
        " 503. Behind a load balancer: as long as it takes to notice.",
    )
    drain_timeout_s: float = Field(
        default=30, gt=0, description="Then: until running turns and streams are let go."
    )
    stalled_client_timeout_s: float = Field(
        default=30, gt=0, description="Until a client that reads nothing of its answer is dropped."
    )
    database_pool_size: int = Field(default=8, ge=1, le=100, description="Connections per process.")

    oidc_issuer: str | None = Field(
        default=None, description="The OpenID provider that people sign in with; unset: none."
    )
    oidc_client_id: str | None = Field(default=None, description="Sophia's name at the provider.")
    oidc_client_secret_env: SecretStr | None = Field(
        default=None,
        validation_alias="SOPHIA_OIDC_CLIENT_SECRET",
        description="Sophia's secret at the provider; unset: a public client.",
    )
    oidc_name: str = Field(
        default="single sign-on", description="What the button of the sign-in page calls it."
    )
    oidc_scopes: str = Field(
        default="openid email profile", description="What the provider is asked for."
    )
    oidc_allowed_domains: str = Field(
        default="", description="Domains, by commas, whose verified e-mail addresses are admitted."
    )
    oidc_admits_unknown: bool = Field(
        default=False, description="Admit whomever the provider vouches for with a verified e-mail."
    )
    oidc_default_role: Literal["viewer", "member", "admin"] = Field(
        default="member", description="The role of whoever is admitted."
    )
    oidc_role_claim: str | None = Field(
        default=None, description="The claim that says which groups somebody is in."
    )
    oidc_roles: str = Field(
        default="",
        description="Groups and roles, as in `ops=admin,staff=member`: given at each sign-in.",
    )

    model: str | None = Field(
        default=None, description="The default model; unset: the first one found."
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="OPENAI_API_KEY",
        description="Set: the models of OPENAI_BASE_URL are offered.",
    )
    openai_base_url: str = Field(
        default="https://api.openai.com/v1",
        validation_alias="OPENAI_BASE_URL",
        description="OpenAI or compatible.",
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None,
        validation_alias="ANTHROPIC_API_KEY",
        description="Set: the models of ANTHROPIC_BASE_URL are offered.",
    )
    anthropic_base_url: str = Field(
        default="https://api.anthropic.com",
        validation_alias="ANTHROPIC_BASE_URL",
        description="Anthropic or compatible.",
    )
    ollama_url: str = Field(
        default="http://127.0.0.1:11434", description="Asked at start whether it is there."
    )
    vllm_url: str = Field(
        default="http://127.0.0.1:8002", description="Asked at start whether it is there."
    )
    model_first_chunk_timeout_s: float = Field(
        default=30, gt=0, description="Until a model's first chunk."
    )
    model_gap_timeout_s: float = Field(
        default=20, gt=0, description="Between two chunks of a model."
    )
    model_total_timeout_s: float = Field(default=300, gt=0, description="For one whole model call.")

    model_titles: bool = Field(
        default=True, description="Have the model that answered first name the conversation."
    )

    vision_models: str = Field(
        default=(
            "gpt-4o*,gpt-4.1*,gpt-5*,o3*,o4*,claude-*,*gemini*,*vision*,*-vl*,*llava*,*pixtral*,"
            "gemma3*,*gemma-3*,llama4*,*llama-4*"
        ),
        description="Patterns, by commas, of the models that take images.",
    )
    attachment_max_bytes: int = Field(
        default=10_485_760, ge=1, le=33_554_432, description="Of one attached file."
    )
    attachment_quota_bytes: int = Field(
        default=524_288_000, ge=1, description="Of all attached files of a user."
    )

    turn_max_steps: int = Field(default=16, ge=1, le=100, description="Model calls per turn.")
    turn_timeout_s: float = Field(default=600, gt=0, description="For one whole turn.")
    turn_max_tokens: int = Field(
        default=200_000, ge=1, description="Input and output tokens per turn."
    )
    limit_address: Quota = Field(
        default=600, description="Requests in a minute from one address without credentials."
    )
    limit_user: Quota = Field(
        default=1200, description="Requests and WebSocket frames in a minute of one person."
    )
    limit_key: Quota = Field(
        default=1200, description="Requests and WebSocket frames in a minute with one API key."
    )
    limit_tool: Quota = Field(
        default=120, description="Calls in a minute of one tool for one person."
    )
    limit_replicas: int = Field(
        default=2, ge=1, le=1000, description="API processes that share a limit without Redis."
    )

    memory_secrets: Literal["refuse", "redact", "keep"] = Field(
        default="redact", description="What becomes of keys and passwords in what is to be stored."
    )
    memory_personal_data: Literal["refuse", "redact", "keep"] = Field(
        default="keep", description="What becomes of e-mail addresses and phone numbers in it."
    )
    schedule_min_interval_s: int = Field(
        default=300, ge=60, le=86_400, description="Between two runs of one schedule."
    )
    schedules_per_user: int = Field(
        default=50, ge=0, le=10_000, description="How many schedules one person may have."
    )

    tool_timeout_s: float = Field(default=10, gt=0, description="For one tool call.")
    approval_timeout_s: float = Field(
        default=300, gt=0, description="How long a tool call waits for approval."
    )
    taint_exempt_tools: str = Field(
        default="", description="Tools, by commas, that may follow third parties' text unasked."
    )
    worker_concurrency: int = Field(
        default=64, ge=1, le=1000, description="Turns at once per worker."
    )

    @field_validator("oidc_roles")
    @classmethod
    def _of_known_roles(cls, text: str) -> str:
        """Refuse what would give nobody a role, or somebody the owner's."""
        for pair in filter(None, map(str.strip, text.split(","))):
            group, _, role = pair.rpartition("=")
            if not group.strip() or role.strip() not in {"viewer", "member", "admin"}:
                raise ValueError("give groups and roles as in ops=admin,staff=member")
        return text

    @model_validator(mode="after")
    def _with_a_client_id(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("SOPHIA_OIDC_ISSUER needs SOPHIA_OIDC_CLIENT_ID beside it: set both")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("SOPHIA_OIDC_SCOPES needs openid: add it")
        return self

    @field_validator("home", "secrets_dir")
    @classmethod
    def _in_full(cls, path: Path) -> Path:
        """Name a folder in full: the processes of a stack run in another one than ours."""
        return path.expanduser().absolute()

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        """Refuse what is no address: a slip here would let anybody choose an address."""
        for part in text.split(","):
            if part.strip():
                ip_network(part.strip())
        return text

    @field_validator("outgoing_allowed_hosts")
    @classmethod
    def _are_hosts(cls, text: str) -> str:
        """Refuse what is no host: a slip would be noticed by whoever is turned away."""
        try:
            AllowedHosts.parse(text)
        except UrlRefusedError as error:
            raise ValueError(error.message) from error
        return text

    @property
    def database_url(self) -> str:
        """Give the SQLAlchemy URL of PostgreSQL."""
        mounted = self.secret_file("database_url") or self._reveal(self.database_url_env)
        if mounted is not None:
            _, _, rest = mounted.partition("://")
            return f"postgresql+psycopg://{rest}"
        password = quote(self.secret("postgres_password"), safe="")
        return f"postgresql+psycopg://sophia_user:{password}@127.0.0.1:{self.port(registry.POSTGRES_PORT)}/sophia_db"

    @property
    def redis_url(self) -> str:
        """Give the URL of Redis."""
        mounted = self.secret_file("redis_url") or self._reveal(self.redis_url_env)
        if mounted is not None:
            return mounted
        password = quote(self.secret("redis_password"), safe="")
        return f"redis://:{password}@127.0.0.1:{self.port(registry.REDIS_PORT)}/0"

    @property
    def embeds_postgres(self) -> bool:
        """Say whether `sophia up` starts its own PostgreSQL."""
        return self.database_url_env is None and self.secret_file("database_url") is None

    @property
    def embeds_redis(self) -> bool:
        """Say whether `sophia up` starts its own Redis-compatible server."""
        return self.redis_url_env is None and self.secret_file("redis_url") is None

    @cached_property
    def console_url(self) -> str:
        """Give the address that people open."""
        return self.public_url or f"http://127.0.0.1:{self.port(registry.CONSOLE_PORT)}"

    @property
    def oidc_client_secret(self) -> str | None:
        """Give Sophia's secret at the OpenID provider, if she has one."""
        return self.secret_file("oidc_client_secret") or self._reveal(self.oidc_client_secret_env)

    @property
    def memory_embeddings_key(self) -> str | None:
        """Give the key for the embeddings endpoint, if there is one."""
        mounted = self.secret_file("memory_embeddings_key")
        return mounted or self._reveal(self.memory_embeddings_key_env)

    @property
    def oidc_domains(self) -> frozenset[str]:
        """Give the domains whose people are admitted."""
        named = (domain.strip().lower() for domain in self.oidc_allowed_domains.split(","))
        return frozenset(named) - {""}

    @property
    def oidc_role_pairs(self) -> tuple[tuple[str, str], ...]:
        """Give which group has which role."""
        pairs = (pair.rpartition("=") for pair in self.oidc_roles.split(",") if pair.strip())
        return tuple((group.strip(), role.strip()) for group, _, role in pairs)

    @property
    def taint_exempt(self) -> frozenset[str]:
        """Give the names of the tools that taint does not concern."""
        return frozenset(name.strip() for name in self.taint_exempt_tools.split(",")) - {""}

    def port(self, registered: int) -> int:
        """Give a port of the registry, shifted by the port base."""
        return registry.shifted(registered, port_base=self.port_base)

    def secret_file(self, name: str) -> str | None:
        """Give a mounted secret, if there is one."""
        path = self.secrets_dir / name
        return path.read_text().strip() if path.is_file() else None

    def secret(self, name: str) -> str:
        """Give a mounted or generated secret; raises SecretMissingError, SecretWeakError."""
        found = self.secret_file(name)
        if found is None:
            path = self.home / "secrets" / name
            try:
                found = path.read_text().strip()
            except FileNotFoundError as error:
                raise SecretMissingError(
                    f"{path} is missing: run `sophia up`, or mount {name} in {self.secrets_dir}.",
                    secret=name,
                ) from error
        if len(found) < _MIN_SECRET_CHARS:
            raise SecretWeakError(
                f"The secret {name} is too short: give it {_MIN_SECRET_CHARS} characters or more.",
                secret=name,
            )
        return found

    @staticmethod
    def _reveal(value: SecretStr | None) -> str | None:
        return value.get_secret_value() if value is not None else None
