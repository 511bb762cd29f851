"""The models that come with the project: `models.toml` names each one's files with their sha256 and its sources."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path

from index.errors import UsageError
from index.models.sources import ModelFile, Wheels

MANIFEST = Path(__file__).with_name("models.toml")


@dataclass(frozen=True)
class Model:
    """Name a model's files and where they come from: the repository `hub` first, then `wheels`."""

    name: str
    kind: Literal["llm", "embedder"]
    license: str
    hub: str
    wheels: Wheels
    files: tuple[ModelFile, ...]
    aliases: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all its files."""
        return sum(file.size for file in self.files)

    def as_dict(self) -> dict[str, str | int]:
        """Give what scripts read of it."""
        return {"name": self.name, "kind": self.kind, "license": self.license, "bytes": self.size}


def load_manifest() -> dict[str, Model]:
    """Read the models that come with the project, by name, in the manifest's order."""
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["models"]
    return {entry["name"]: _read_model(entry) for entry in entries}


def find_model(name: str) -> Model:
    """Return the model of that name or alias; raise UsageError, naming the nearest, where there is none."""
    models = load_manifest()
    names = {alias: model for model in models.values() for alias in (model.name, *model.aliases)}
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, n=1)
    suggestion = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"no embedded model is called {name!r}: {suggestion}There are {', '.join(models)}.")


def default_models_dir() -> Path:
    """Return the folder of the user's cache where the models are kept."""
    return user_cache_path("article-qa") / "models"


def model_dir(model: Model, models_dir: Path) -> Path:
    """Return the model's own folder, whether it exists or not."""
    return models_dir / re.sub(r"[^A-Za-z0-9._-]+", "-", model.name)


def model_file(model: Model, models_dir: Path) -> Path:
    """Return the path of a single-file model, such as a GGUF."""
    (file,) = model.files
    return model_dir(model, models_dir) / file.name


def _read_model(entry: dict[str, Any]) -> Model:
    files = tuple(ModelFile(**file) for file in entry["files"])
    aliases = tuple(entry.get("aliases", ()))
    return Model(**entry | {"files": files, "aliases": aliases, "wheels": Wheels(**entry["wheels"])})
