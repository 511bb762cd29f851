"""Settings, each from flag > environment (`QA_...`) > `qa.toml` or pyproject's `[tool.qa]` here > the user's config."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import TYPE_CHECKING, Annotated, Any

from platformdirs import user_config_path
from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.catalog.postgres.url import PostgresUrl
from index.errors import UsageError
from index.models.manifest import default_models_dir

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PREFIX = "QA_"


def _read_index(value: object) -> object:
    """Read the URL of a database; all else is a path."""
    is_url = isinstance(value, str) and PostgresUrl.is_meant(value)
    return PostgresUrl.parse(str(value)) if is_url else value


IndexSetting = Annotated[
    Path | InstanceOf[PostgresUrl] | None,
    BeforeValidator(_read_index),
    PlainSerializer(lambda value: value and str(value), return_type=str | None),  # never with a password
]


def _read_replica(value: object) -> object:
    return PostgresUrl.parse(value) if isinstance(value, str) else value


ReplicaSetting = Annotated[
    InstanceOf[PostgresUrl] | None,
    BeforeValidator(_read_replica),
    PlainSerializer(lambda value: value and str(value), return_type=str | None),
]


class Settings(BaseSettings):
    """What a person can set, with the defaults.

    `articles` is the folder of articles, `index` the folder of its index (in the user's data directory if null) or the
    URL of a PostgreSQL database that holds it, whose password is never read from a project's file, `replica` the URL of
    a copy that follows that database, where questions are answered from as long as it is at most `max_replica_age_s`
    seconds behind; they take in nothing then, and the index itself answers where it is older. `llm` and `embedder`
    a model of the manifest or a path, `models_dir` where pulled models lie, `offline` forbids pulling.
    `llm` may also be `openai:NAME`, `ollama:NAME` or `anthropic:NAME`, a model of the endpoint `llm_url` (the
    provider's own if null), asked with `llm_key` and given `llm_timeout_s` seconds, all tries together; the key is
    never read from a project's file, nor written anywhere.
    `chroma` is the URL of a Chroma server to hold the vectors, `fields` the names of a dump's fields, as in
    "text=body,published=ts". `evidence_tokens` is how many word pieces of evidence the language model is shown; null
    is what suits it: 155 for one that runs here, 3,000 for one of an endpoint, 900 of Ollama's. `max_error` is the
    share of wrong answers, in [0, 1], beyond which the less certain ones are withheld; null leaves it to the threshold
    of `qa.reading.confidence`. With `reader_first` the embedded language model is asked only what the reader is not
    sure of; any other model is always asked. With `cache` a question that was asked before of the same articles is not
    asked again.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        extra="forbid",
        pyproject_toml_table_header=("tool", "qa"),
    )

    articles: Path | None = None
    index: IndexSetting = None
    replica: ReplicaSetting = None
    max_replica_age_s: float = Field(60.0, gt=0.0)
    llm: str = "local:1.5b"
    llm_url: str | None = None
    llm_key: SecretStr | None = Field(None, exclude=True)
    llm_timeout_s: float = Field(60.0, gt=0.0, le=3600.0)
    embedder: str = "all-MiniLM-L6-v2"
    models_dir: Path = default_models_dir()
    offline: bool = False
    chroma: str | None = None
    fields: str = ""
    evidence_tokens: int | None = Field(None, ge=50, le=100_000)
    max_error: float | None = Field(None, ge=0.0, le=1.0)
    reader_first: bool = False
    cache: bool = True

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, the strongest first.

        Raises:
            UsageError: a project's file holds the key, or a password.
        """
        files = files_of_settings(settings_cls)
        for path, source in files.items():
            if path != str(user_config()) and any(_has_password(source().get(name)) for name in ("index", "replica")):
                raise UsageError(
                    f"The index's URL in {path} holds a password, which others read: give it in PGPASSWORD or ~/.pgpass"
                )
        if any("llm_key" in source() for path, source in files.items() if path != str(user_config())):
            raise UsageError(
                "llm_key stands in qa.toml or pyproject.toml, which others read: set QA_LLM_KEY, or move it to "
                f"{user_config()}"
            )
        return (init_settings, sources["env_settings"], *files.values())


def _has_password(index: object) -> bool:
    return isinstance(index, str) and PostgresUrl.is_meant(index) and PostgresUrl.parse(index).has_password


def user_config() -> Path:
    """Give the path of the user's own configuration, whether the file exists or not."""
    return user_config_path("article-qa") / "config.toml"


def files_of_settings(settings_cls: type[BaseSettings] = Settings) -> dict[str, PydanticBaseSettingsSource]:
    """Read the files that settings come from, by their paths, the strongest first."""
    return {
        "qa.toml": TomlConfigSettingsSource(settings_cls, Path("qa.toml")),
        "pyproject.toml": PyprojectTomlConfigSettingsSource(settings_cls),
        str(user_config()): TomlConfigSettingsSource(settings_cls, user_config()),
    }


def load_settings(**flags: Any) -> Settings:
    """Gather the settings; a flag that is None was not given.

    Raises:
        UsageError: a setting is unknown or has a value that it cannot have.
    """
    _refuse_misspelt_variables()
    try:
        return Settings(**{key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(_explain(each, flags) for each in error.errors())
        raise UsageError(f"{wrong}. `qa config` shows each setting and where it comes from") from None
    except TOMLDecodeError as error:
        raise UsageError(f"qa.toml, pyproject.toml or {user_config()} is no TOML: {error}") from error


def origin_of(name: str, flags: Mapping[str, Any]) -> str:
    """Name what sets a setting: its flag, its variable, a file by its path, or "default"."""
    if flags.get(name) is not None:
        return f"--{name.replace('_', '-')}"
    if name in EnvSettingsSource(Settings)():
        return f"{PREFIX}{name.upper()}"
    return next((path for path, source in files_of_settings().items() if name in source()), "default")


def _refuse_misspelt_variables() -> None:
    """Refuse a variable that is nearly one of ours; others that begin with QA_ may be somebody else's."""
    known = [name.upper() for name in Settings.model_fields]
    for variable in os.environ:
        name = variable.upper().removeprefix(PREFIX)
        if (
            variable.upper().startswith(PREFIX)
            and name not in known
            and (near := get_close_matches(name, known, 1, 0.8))
        ):
            raise UsageError(f"The variable {variable} is no setting: did you mean {PREFIX}{near[0]}?")


def _explain(error: "ErrorDetails", flags: Mapping[str, Any]) -> str:
    """Say which setting is wrong and where; its value is not repeated, for it may be a key."""
    name = str(error["loc"][0])
    origin = origin_of(name, flags)
    if error["type"] != "extra_forbidden":
        return f"{origin} sets {name} wrongly ({error['msg']})"
    near = get_close_matches(name, Settings.model_fields, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(Settings.model_fields)}"
    return f"{origin} sets {name}, which is no setting: {hint}"
