"""Tell the language of a text."""

from functools import cache
from typing import Any

MIN_PROBABILITY = 0.5
SAMPLE_CHARS = 1_500
DEFAULT = "en"


def language_of(text: str) -> str:
    """Give the ISO 639-1 code of a text's language, judged by its beginning; `DEFAULT` where that is in doubt."""
    language, probability = _identifier().classify(text[:SAMPLE_CHARS])
    return str(language) if probability >= MIN_PROBABILITY else DEFAULT


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
