"""Read subtitles, WebVTT and SubRip: the cues as running text, each speaker's words a paragraph, without times."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import Path

from index.formats.extract import Extract, UnreadableError
from index.formats.text import decode

PAUSE_S = 2.0  # behind a whole sentence it ends a paragraph

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"^[ \t]*{_CLOCK}[ \t]*-->[ \t]*{_CLOCK}", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")  # WebVTT, 6.2: <v.loud Name>
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d[\d:.]{3,20}>|\{\\[^{}]{0,100}\}")
_NAMED = re.compile(r"(?P<name>[^\W\d_a-z][^:<>\n]{0,40}?):\s+\S")
_NEW_SPEAKER = re.compile(r"(?:>>+|[-–—])\s*(?=\S)")
_SOUND = re.compile(r"[\[(][^\[\]()]{1,100}[\])]")  # [MUSIC PLAYING]
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")


@dataclass(frozen=True)
class _Line:
    """A line that is shown: who says it, if that is told, from when and until when."""

    text: str
    speaker: str | None
    begins: bool  # whether it is told that somebody else speaks
    start_s: float
    end_s: float


def read_subtitles(path: Path) -> Iterator[Extract]:
    """Read a file of cues.

    Raises:
        UnreadableError: it has none, or none that says anything.
    """
    text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    lines = list(_without_repeats(_lines(text)))
    if not lines:
        raise UnreadableError("no subtitles")
    yield Extract("\n\n".join(_paragraphs(lines)))


def _lines(text: str) -> Iterator[_Line]:
    """Give the lines of all cues; a note, a style and a cue's number stand before its times and so are none."""
    cues = list(_TIMES.finditer(text))
    for cue, following in pairwise([*cues, None]):
        assert cue
        start = text.find("\n", cue.end())
        body = text[start : following.start() if following else len(text)] if start >= 0 else ""
        shown = re.split(r"\n[ \t]*\n", body.lstrip("\n"), maxsplit=1)[0]
        if not body.startswith("\n\n"):
            yield from _spoken(shown, _seconds(cue.groups()[:4]), _seconds(cue.groups()[4:]))


def _spoken(cue: str, start_s: float, end_s: float) -> Iterator[_Line]:
    for line in cue.split("\n"):
        for place, part in enumerate(_VOICE.split(line)):
            if place % 2:
                continue
            voice = _VOICE.split(line)[place - 1].strip() if place else None
            words = " ".join(unescape(_MARKUP.sub("", part)).split())
            dash = _NEW_SPEAKER.match(words)
            words = words[dash.end() :] if dash else words
            named = _NAMED.match(words)
            speaker = voice or (named["name"] if named else None)
            if re.search(r"\w", words) and not _SOUND.fullmatch(words):
                told = f"{voice}: {words}" if voice and not words.startswith(f"{voice}:") else words
                yield _Line(told, speaker, bool(dash) or words.startswith("♪"), start_s, end_s)


def _without_repeats(lines: Iterator[_Line]) -> Iterator[_Line]:
    """Leave out a line that the cue before showed already, as those that roll up do."""
    last: list[_Line] = []
    for line in lines:
        if last and line.start_s != last[-1].start_s:
            last = [each for each in last if each.start_s == last[-1].start_s]
        if not any(line.text == each.text and line.start_s - each.end_s < PAUSE_S for each in last):
            yield line
        last.append(line)


def _paragraphs(lines: list[_Line]) -> Iterator[str]:
    words: list[str] = []
    speaker: str | None = None
    for before, line in pairwise([None, *lines]):
        assert line
        paused = before and line.start_s - before.end_s >= PAUSE_S and _SENTENCE_END.search(before.text)
        sung = before and before.text.endswith("♪")
        if words and (line.begins or paused or sung or (line.speaker and line.speaker != speaker)):
            yield " ".join(words)
            words = []
        again = line.speaker == speaker and words and line.speaker
        words.append(line.text.removeprefix(f"{speaker}:").strip() if again else line.text)
        speaker = line.speaker or (None if line.begins else speaker)
    yield " ".join(words)


def _seconds(clock: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, parts = (int(each or 0) for each in clock)
    return hours * 3600 + minutes * 60 + seconds + parts / 1000
