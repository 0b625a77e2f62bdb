"""Webhooks, for the API that takes them and the worker that handles them."""

from sophia.core import registry
from sophia.hooks.service import HookService
from sophia.hooks.tasks import HookRunner
from sophia.kit.sealing import Seal
from sophia.kit.tokens import Signer
from sophia.settings import Settings
from sophia.wiring.shared import Shared


def hook_service(settings: Settings, shared: Shared) -> HookService:
    """Give what takes deliveries, with the secrets that the operator has set."""
    variables = {
        "github": settings.github_hook_secret_env,
        "linear": settings.linear_hook_secret_env,
        "asana": settings.asana_hook_secret_env,
    }
    given = {
        vendor: settings.secret_file(f"{vendor}_hook_secret")
        or (variable.get_secret_value() if variable is not None else "")
        for vendor, variable in variables.items()
    }
    return HookService(
        shared.database,
        {vendor: secret.strip() for vendor, secret in given.items() if secret.strip()},
        Seal(settings.secret("pepper"), purpose="webhook secret"),
        shared.clock,
    )


def hook_runner(settings: Settings, shared: Shared) -> HookRunner:
    """Give what handles deliveries."""
    urls = {
        name: f"http://127.0.0.1:{settings.port(server.port)}/forget"
        for name, server in registry.MCP_SERVERS.items()
        if server.is_served
    }
    return HookRunner(
        shared.database, Signer(settings.secret("signing_key")), urls, clock=shared.clock
    )
