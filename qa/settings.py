"""Settings, each from flag > environment (`QA_...`) > `qa.toml` or pyproject's `[tool.qa]` here > the user's config."""

from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Any

from platformdirs import user_config_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.errors import UsageError
from index.models import default_models_dir


class Settings(BaseSettings):
    """What a person can set, with the defaults.

    `articles` is the folder of articles, `index` the folder of its index (in the user's data directory if null), `llm`
    and `embedder` a model of the manifest or a path, `models_dir` where pulled models lie, `offline` forbids pulling.
    `llm` may also be `openai:NAME`, `ollama:NAME` or `anthropic:NAME`, a model of the endpoint `llm_url` (the
    provider's own if null), asked with `llm_key` and given `llm_timeout_s` seconds, all tries together; the key is
    never read from a project's file, nor written anywhere.
    `chroma` is the URL of a Chroma server to hold the vectors, `fields` the names of a dump's fields, as in
    "text=body,published=ts". `max_error` is the share of wrong answers, in [0, 1], beyond which the less certain ones
    are withheld; null leaves it to the threshold of `qa.confidence`. With `cache` a question that was asked before of
    the same articles is not asked again.
    """

    model_config = SettingsConfigDict(
        env_prefix="QA_",
        extra="forbid",
        pyproject_toml_table_header=("tool", "qa"),
    )

    articles: Path | None = None
    index: Path | None = None
    llm: str = "local:1.5b"
    llm_url: str | None = None
    llm_key: SecretStr | None = Field(None, exclude=True)
    llm_timeout_s: float = Field(60.0, gt=0.0, le=3600.0)
    embedder: str = "all-MiniLM-L6-v2"
    models_dir: Path = default_models_dir()
    offline: bool = False
    chroma: str | None = None
    fields: str = ""
    max_error: float | None = Field(None, ge=0.0, le=1.0)
    cache: bool = True

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, the strongest first.

        Raises:
            UsageError: a project's file holds the key.
        """
        users_file = user_config_path("article-qa") / "config.toml"
        of_project = (
            TomlConfigSettingsSource(settings_cls, Path("qa.toml")),
            PyprojectTomlConfigSettingsSource(settings_cls),
        )
        if any("llm_key" in source() for source in of_project):
            raise UsageError(
                "llm_key stands in qa.toml or pyproject.toml, which others read: set QA_LLM_KEY, or move it to "
                f"{users_file}"
            )
        user = TomlConfigSettingsSource(settings_cls, users_file)
        return init_settings, sources["env_settings"], *of_project, user


def load_settings(**flags: Any) -> Settings:
    """Gather the settings; a flag that is None was not given.

    Raises:
        UsageError: a setting is unknown or has a value that it cannot have.
    """
    try:
        return Settings(**{key: value for key, value in flags.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise UsageError(
            f"A setting is wrong ({wrong}): mend it in qa.toml, pyproject.toml or its QA_ variable"
        ) from error
    except TOMLDecodeError as error:
        raise UsageError(f"qa.toml, pyproject.toml or the user's config.toml is no TOML: {error}") from error
