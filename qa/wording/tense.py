"""Tell past from future: in which direction the words for a time in a sentence point, by the verb they go with.

Only what is plain counts: after "said the shop opens", "agreed to meet" or "would" a Friday can be either. English.
"""

import re
from enum import Enum

MAX_WORDS_FROM_VERB = 12

SPEECH = r"(?:said|told|announced|confirmed|reported|wrote|tweeted|added|warned|declared|agreed|stated|posted)"
_PLANNED = r"(?:scheduled|planned|expected|due|set|slated|likely|poised|going|supposed|meant|about|postponed|delayed)"
_VERB = re.compile(
    rf"\b(?:(?P<future>(?:will|shall)(?: not| also)?(?: have| be)?(?: [a-z]+)?|(?:is|are) (?:now |also )?{_PLANNED}"
    r"(?: to(?: be)? [a-z]+)?|(?:plans?|intends?|hopes?|aims?) to(?: be)? [a-z]+)|"
    r"(?P<unclear>(?:would|could|can|may|might|should|must)(?: not)?(?: have| be)?(?: [a-z]+)?|"
    rf"(?:(?:was|were|been) )?(?:{_PLANNED}|called for|moved|proposed|ordered|urged|threatened|promised|vowed|pledged|"
    r"asked|approved|invited|wanted|decided|used|based|named|titled|called|known)|(?:was|were|been) to [a-z]+|"
    r"(?<!opened )(?<!closed )to (?!(?:the|an?|his|her|its|their)\b)[a-z]+|"  # no verb in "opened to traffic"
    r"(?:is|are|was|were|be|of|after|before|by|about|for|from|without|,) [a-z]+ing|"
    r"(?:take|begin|start|open|end|meet|hold|return|arrive|close|play|vote|head|resume|expire|face|travel|visit|run|air|"
    r"come|go|launche|goe|seek|call|want|remain|mark)s|is|are|begin|meet|take|arrive|go|come|expire|resume|hold|if|unless|"
    r"whether|that|which|who|when|where|while|because|after|before|as|until|but|and (?![A-Z]))|"
    rf"(?P<speech>{SPEECH})|"
    r"(?P<past>(?!need|indeed|speed|seed|hundred|kindred|feed|breed|exceed|proceed|succeed)[a-z]{2,}ed|was|were|had|met|won|"
    r"lost|began|came|went|took|made|gave|got|held|led|left|paid|ran|saw|sent|spoke|stood|built|bought|brought|caught|chose|"
    r"drew|drove|fell|felt|found|fought|flew|grew|kept|shot|struck|stole|threw|died|rose|sold|signed))\b"
)
_BETWEEN_SPEECH = re.compile(
    r"(?: (?:reporters|journalists|lawmakers|(?:the )?[A-Z]\w+(?: [A-Z]\w+)?))?"
    r"(?: (?:in|at|during|from) (?:(?:an?|the|his|her|its|their) )?(?:[a-z]+ )?[\w.]+)?(?: (?:on|late|early))*"
)
_LEAD = re.compile(r"(?:\b(?i:on|late|early|since|by|until|from|for|in|through|starting|beginning) )*$")


class Direction(Enum):
    """Where a time lies, seen from the day of writing."""

    PAST = "past"
    FUTURE = "future"
    UNCLEAR = "unclear"


def direction_of(text: str, start: int, end: int) -> Direction:
    """Tell where the words for a time at `[start, end)` of a sentence point, "unclear" where that is not certain.

    They go with the last verb in front of them in their clause; where they open it, with the first behind them.
    """
    lead = _LEAD.search(text, 0, start)
    begin = lead.start() if lead else start
    prepositions = set(text[begin:start].lower().split())
    if "since" in prepositions:
        return Direction.PAST
    clause = re.split(r"[,;:.!?()–—] ", text[:begin])[-1]
    verbs = list(_VERB.finditer(clause))
    if verbs:
        found = _of_verb(verbs[-1], clause[verbs[-1].end() :].rstrip(), text[end:])
    else:
        found = _of_following(clause.split(), text[end:])
    is_deadline = prepositions - {"on", "late", "early", "in"}
    return Direction.UNCLEAR if is_deadline and found == Direction.PAST else found


def _of_verb(verb: re.Match[str], between: str, behind: str) -> Direction:
    if verb["unclear"] or len(between.split()) > MAX_WORDS_FROM_VERB:
        return Direction.UNCLEAR
    if verb["future"]:
        return Direction.FUTURE
    if verb["speech"] and not _BETWEEN_SPEECH.fullmatch(between):  # "said the shop opens Friday"
        return Direction.UNCLEAR
    return Direction.UNCLEAR if re.match(r" (?:will|would|is|are|has|have)\b", behind) else Direction.PAST


def _of_following(opening: list[str], behind: str) -> Direction:
    behind = re.sub(r"^,? (?:\w+ly |also )?", "", behind)
    if set(opening) - {"But", "And", "Then", "Meanwhile", "Later", "Earlier"}:  # "The council on Friday met"
        beside = _VERB.match(behind)
        verbs = [beside] if beside else []
    else:
        verbs = list(_VERB.finditer(re.split(r"[;:]|\w\w\. ", behind)[0]))
    if not verbs or verbs[0]["unclear"]:
        return Direction.UNCLEAR
    if verbs[0]["future"]:
        return Direction.FUTURE
    is_present = any(verb["future"] or re.fullmatch(r"(?!as$|was$)[a-z]+s|are", verb[0]) for verb in verbs[1:])
    return Direction.UNCLEAR if verbs[0]["past"] and is_present else Direction.PAST  # "the man accused of it appears"
