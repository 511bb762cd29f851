"""Tell the language of a text."""

from functools import cache
from typing import Any

MIN_PROBABILITY = 0.3
SAMPLE_CHARS = 1_500
DEFAULT = "en"

# Those in which news is written; with all 140 that the model knows a short text is likely to be of none.
LANGUAGES = (
    "ar be bg bn ca cs da de el en es et fa fi fr gl he hi hr hu hy id it ja ka ko lt lv mk ms nl nn no pl pt ro ru "
    "sk sl sq sr sv ta te th tr uk ur vi zh"
).split()


def language_of(text: str) -> str:
    """Give the ISO 639-1 code of a text's language, judged by its beginning; `DEFAULT` where that is in doubt."""
    language, probability = _identifier().classify(text[:SAMPLE_CHARS])
    return str(language) if probability >= MIN_PROBABILITY else DEFAULT


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
