"""Which model of which endpoint the setting `llm` names, told without loading the client that asks it."""

import ipaddress
import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from index.errors import ModelError, UsageError
from qa.settings import Settings


@dataclass(frozen=True)
class Provider:
    """A protocol, by whose name its models are called and its extra is installed.

    `url` is where its own service is, `key_variable` where its users keep their key, `package` LlamaIndex's client.
    """

    name: str
    url: str
    key_variable: str
    package: str
    example: str

    @property
    def install(self) -> str:
        """The command that installs the client."""
        return f'pip install "article-qa[{self.name}]"'

    @property
    def client(self) -> str | None:
        """The client that is installed, with its version."""
        try:
            return f"{self.package} {version(self.package)}"
        except PackageNotFoundError:
            return None


PROVIDERS = (
    Provider("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "llama-index-llms-openai-like", "gpt-4o-mini"),
    Provider("ollama", "http://127.0.0.1:11434", "OLLAMA_API_KEY", "llama-index-llms-ollama", "qwen3:4b"),
    Provider(
        "anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "llama-index-llms-anthropic", "claude-haiku-4-5"
    ),
)


@dataclass(frozen=True)
class Endpoint:
    """A model behind a URL, and the key to it."""

    provider: Provider
    model: str
    url: str
    key: SecretStr | None


def provider_of(llm: str) -> Provider | None:
    """Give the provider that `llm` begins with, null for a model that runs here."""
    return next((each for each in PROVIDERS if llm.startswith(f"{each.name}:")), None)


def endpoint_of(settings: Settings) -> Endpoint | None:
    """Give the endpoint that `llm` and `llm_url` name, null for a model that runs here; nothing is sent.

    Raises:
        UsageError: the setting names no model, the URL is none or holds a secret, or offline forbids to ask it.
        ModelError: there is no key for a provider's own service, or none that could be sent.
    """
    provider = provider_of(settings.llm)
    if provider is None:
        return None
    model, url = settings.llm.removeprefix(f"{provider.name}:"), settings.llm_url or provider.url
    is_here = _is_here(_split(url))
    if not model:
        raise UsageError(f"Which model of {url}? Name it, as in --llm {provider.name}:{provider.example}")
    if settings.offline and not is_here:
        raise UsageError(f"Offline, {url} may not be asked: leave out --offline, or use --llm local")
    key = _key(settings, provider, is_own=url == provider.url or is_here)
    if not key and url == provider.url and not is_here:
        raise ModelError(
            f"{url} needs a key: set QA_LLM_KEY or {provider.key_variable}, or name your own with --llm-url"
        )
    return Endpoint(provider, model, url, key)


def _split(url: str) -> SplitResult:
    """Split a URL that can be shown to everyone."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        whole = False
    if not whole:
        raise UsageError("llm_url is no URL: write it as http://127.0.0.1:8080/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("llm_url must hold no user, password, query or fragment: set the key as QA_LLM_KEY")
    return parts


def _is_here(url: SplitResult) -> bool:
    host = url.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(settings: Settings, provider: Provider, is_own: bool) -> SecretStr | None:
    """Give the key; one that was set for the provider goes to its own service and to this machine, nowhere else."""
    told = settings.llm_key.get_secret_value() if settings.llm_key else ""
    key = (told or (os.environ.get(provider.key_variable, "") if is_own else "")).strip()
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise ModelError("The key holds characters that no key has: set QA_LLM_KEY anew")
    return SecretStr(key) if key else None
