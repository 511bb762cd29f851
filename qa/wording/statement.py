"""Say the short answer in a short sentence that its citation carries.

Nothing is generated: a statement is a clause of the cited sentence, or what an apposition or a relative clause in it
says. So a question's presupposition cannot get into it. It is cut only where nothing falls away that the claim rests
on, such as who said it, "if", "not" or "may". Where no clause reads well, the whole sentence is the statement.
"""

import math
import re
from collections.abc import Iterator

from qa.question.words import stems, tokens
from qa.text import one_line

MAX_WORDS = 25
MIN_ASKED_SHARE = 0.6  # of the question's words that the sentence has, those that a clause must hold
COST_OF_A_WORD = 0.015  # in shares of the question's words

_ASKED_IN_ENGLISH = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how)\b|^(?:is|are|was|were|do|does|did|has|have|had|can|will|would)"
    r"\b.*\b(?:the|to|by|for|with|and)\b",
    re.IGNORECASE,
)
_ASKED_FOR_A_NAME = re.compile(r"(?:who|what) (is|was|are|were) ((?:(?:the|an?) )?)(.+?)[ ?]*", re.IGNORECASE)

_DAY_OR_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
)

# Where a clause may begin.
_LEADING = re.compile(
    r"(?:(?:Meanwhile|However|Additionally|Moreover|Furthermore|Further|Thus|Therefore|Hence|Finally|Similarly|Also|"
    r"In fact|Conversely|In addition|In particular|For example|For instance|On the other hand|As a result|Of course|"
    r"At the time),|Then|But|And) "
)
_LEADING_TIME = re.compile(
    rf"(?:In|On|By|Since|During|As of|Around) (?:[\w.]+ ){{0,4}}?(?:\d{{3,4}}s?|{_DAY_OR_MONTH})"
    r"(?: [\w.]+){0,3}(?:, \d{4})?, "
)
_NEW_CLAUSE = re.compile(r"(?:;|, (?:and|but|while|whereas)) (?=[Tt]he |an? |some |many |most |several |[A-Z\d])")
_NAMED_CLAUSE = re.compile(
    r"\b(?:after|when|because|since|while|whereas|where|although|though) "
    r"(?=(?:(?:the|an?) )?(?:[A-Z][\w.'’-]* )+(?P<verb>[a-z]+) (?!by\b))"
)
_SUBORDINATE = re.compile(
    r"(?:,|\b(?:after|when|because|since|while|whereas|where|as|although|though)) ((?:(?:the|an?) )?)$"
)
_RELATIVE = re.compile(
    r"(?:^|, )(?P<name>(?:[Tt]he )?[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*), (?:who|which) "
    r"(?P<rest>(?:(?:also|then|later|\w+ly) )?(?P<verb>[a-z]+)\b[^,;:()\"“”]*)(?=[,;.]|$)"
)

# Where a clause may end: before what only adds to it.
_ADDITION = re.compile(
    r"; |: | [–—-] |, (?=(?:which|who|whom|whose|where|when|while|whereas|although|though|but|because|since|after|"
    r"before|as|with|in|on|at|for|by|from|to|including|instead|without|especially|particularly|such|thus|then|\w{2,}ing\b(?!,))\b)|"
    r", (?=(?:and|so|yet) (?:he|she|it|they|there|this|is|are|was|were|has|have|had|will|\w{2,}ed)\b)"
)
_AFTER_NOUN = re.compile(
    r" (?=(?:to|on|in|at|during|after|before|since|because|when|where|while|which|who|by|with|for|from|about|over|"
    r"across|through|under|into|around|between|near|within|among|against|although|but)\b)"
)

# What must not be cut off: in front of a clause, behind it, and behind a noun that would mean more of its kind without.
_HEDGE = re.compile(
    r"\b(?:sa(?:y|ys|id|ying)|t(?:ell|ells|old)|claim\w*|accus\w+|alleg\w+|accord\w+|report\w*|belie\w+|thinks?|thought|"
    r"expect\w*|suggest\w*|argu\w+|assum\w+|suppos\w+|den(?:y|ies|ied)|deem\w*|consider\w*|warn\w*|predict\w*|plan\w*|"
    r"hop\w+|estimat\w+|announc\w*|writ\w+|wrote|add(?:s|ed)|insist\w*|propos\w+|rumou?r\w*|myth\w*|legend\w*|fiction\w*|"
    r"novel|film|if|unless|whether|until|except|provided|without|would|could|may|might|should|no|not\w*|never|nor|neither|"
    r"\w+n[’']t|cannot|few|only|hardly|instead|rather|than|contrary|likely|possibl\w+|perhaps|probabl\w+|so-called)\b",
    re.IGNORECASE,
)
_CLAIMED_BY = re.compile(
    r"(?:^|[,”\"] )(?!(?:but|and|while|which|who|where|when|adding|although|as)\b)[^,;]{0,60}?\b(?:sa(?:ys?|id)|told|"
    r"accord\w+|claim(?:s|ed)|report(?:s|ed)|believe[sd]?|argue[sd]?|suggest(?:s|ed)|wrote|writes|add(?:s|ed)|not(?:es|ed)|"
    r"estimate[sd]?|warn(?:s|ed)|announced)\b|"
    r"\b(?:if|unless|until|except|provided|allegedly|reportedly|supposedly|than|but not|rather)\b",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    rf"{_HEDGE.pattern}|\b(?:at|in|on|for|of|by|per|when|which|who|most|with|\w+cluding)\b", re.IGNORECASE
)
_DENIED = re.compile(
    r"\b(?:no|not|never|cannot|\w+n[’']t|nor|few|fewer|less|without|against|(?:bann|block|oppos|forb|den[iy]|discourag|"
    r"prevent|prohibit|avoid|refus|reject|stop|fail|lack|limit|restrict|halt|withh)\w*)\b",
    re.IGNORECASE,
)
# What must be written as it stands, for without a part it is another address or command.
_LITERAL = re.compile(r"://|\bwww\.|@|[|\\`<>={}~^]|\$[({A-Za-z]|(?<!\S)--?\w|/\w+/")
_LEANS_ON_WHAT_FOLLOWS = re.compile(r"\b(?:if|unless|whether|either|neither|not only|between)\b|: ", re.IGNORECASE)
_NARROWED = re.compile(
    r"\b(?:[Tt]here|[Oo]nly|[Aa]ll|[Ee]very|[Ee]ach|[Nn]o|any|none|first|last|most|least|best|worst|\w{2,}est|half|percent|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|\w+illion|(?!\d{4}\b)\d+)\b|%"
)

# A word that leads somewhere: a URL, a host, a path, an e-mail address, an option of a command.
_LEADS = re.compile(r"\w[.:]+\w|[/\\@|`$]|^--?\w")

# What a clause may not begin with, hold or end in: it needs the text around.
_POINTS_BACK = frozenset(
    "he she it they this these those that his her its their such here i we you our my another other others both either "
    "neither then so nor or former latter same who which whose what if unless whether like unlike despite".split()
)
_UNEXPLAINED = re.compile(
    r"\b(?:this|these|those)\b(?! (?:week|weekend|month|year|morning|afternoon|evening|spring|summer|autumn|fall|"
    r"winter))|\b(?:that (?:time|year|day|same)|the latter)\b|"
    r"\bthere\b(?! (?:is|are|was|were|has|have|had|will|may|can)\b)",
    re.IGNORECASE,
)
_EARLY_PRONOUN = re.compile(
    r"(?:As|In|On|At|By|From|After|Before|When|While|Since|Because|Although|Though|During|Better|Soon|Later|Once|Until|For|"
    rf"With|Within|Under)\b(?: (?!the\b|an?\b)(?:[a-z\d]\S*|[A-Z]{{2,}}|{_DAY_OR_MONTH},?))* "
    r"(?:he|she|it|they|his|her|its|their)\b"
)
_SUBORDINATED = re.compile(r"(?:although|though|while|whereas|when|whenever|because|once)\b", re.IGNORECASE)
_UNFINISHED = frozenset(
    "a an the of and or to in on at by for with from as that which who its their is are was were".split()
)

_VERBS = frozenset(
    "is are was were has have had do does did can could will would may might must should been be am said says "
    "told came went met made took became began gave got held led left lost paid put ran saw sent set spoke stood "
    "won wrote built bought brought caught chose cut drew drove fell felt found fought flew grew hit kept knew "
    "laid lay let lent meant read rose sat shot shut sold spent split spread struck taught thought threw "
    "understood wore arose born broke forgot froze rode sang sank shook sought stole swept swore tore wound".split()
)
_VERB_IN_S = re.compile(r"[a-z]{2,}(?<![aius])s (?=(?:the|an?|its|his|her|their|that|\d))")


def state(question: str, phrase: str, sentence: str) -> str:
    """Give the short sentence that answers, or else the whole sentence, on one line.

    `phrase` is verbatim from `sentence`, both as `one_line` writes them, and stands verbatim in what is given. Each
    word of that is one of the sentence or a stop word. It is the whole sentence where no clause of it reads well, or
    the question is not plainly English: a phrase alone ("without mentioning the ceasefire") says too little.
    """
    question, phrase, sentence = one_line(question), one_line(phrase), one_line(sentence)
    if not phrase or not _ASKED_IN_ENGLISH.search(question):
        return sentence
    shortened = sentence if _LITERAL.search(sentence) else _without_brackets(sentence, phrase)
    stated = _apposition(question, phrase, shortened) or _best_clause(question, phrase, shortened)
    is_carried = phrase in stated and set(stems(stated)) <= set(stems(sentence))
    if is_carried and _leads_nowhere_else(stated, sentence):
        return stated
    return sentence


def quoted_positions(sentence: str) -> set[int]:
    """Give the positions inside quotation marks; all where a mark is missing: one cannot tell whose words they are."""
    if sentence.count('"') % 2 or sentence.count("“") != sentence.count("”"):
        return set(range(len(sentence) + 1))
    pairs = re.finditer(r'"[^"]*"|“[^”]*”', sentence)
    return {position for found in pairs for position in range(found.start() + 1, found.end())}


def _without_brackets(sentence: str, phrase: str) -> str:
    def shortened(found: re.Match[str]) -> str:
        return found[0] if phrase in found[0] or _RESTRICTS.search(found[0]) else ""

    without = re.sub(r" ?(?:\([^()]*\)|\[(?:\d+|[a-z]|note \d+|update|edit|citation needed)\])", shortened, sentence)
    return without if phrase in without and _leads_nowhere_else(without, sentence) else sentence


def _leads_nowhere_else(text: str, sentence: str) -> bool:
    """Tell whether each address and option in a text stands in the sentence too, and did not come of shortening it."""
    return all(word.rstrip(".,;:!?") in sentence for word in text.split() if _LEADS.search(word))


def _apposition(question: str, phrase: str, sentence: str) -> str:
    """Of "Trump's special envoy, Steve Witkoff, said", say that Trump's special envoy is Steve Witkoff."""
    asked = _ASKED_FOR_A_NAME.fullmatch(question)
    if not asked:
        return ""
    name, said = f"(?P<name>{re.escape(asked[3])})", f"(?-i:{re.escape(phrase)})"
    before = rf"(?:^|[,;:] |\b(?:the|an?|by|with|to|when|where) ){name},? {said}(?!\w)"
    behind = rf"(?<!\w){said}, (?:(?:the|an?) )?{name}(?=[,;.]|$)"
    found = re.search(before, sentence, re.IGNORECASE) or re.search(behind, sentence, re.IGNORECASE)
    if not found or _HEDGE.search(sentence[: found.start()]):
        return ""
    return _as_sentence(f"{asked[2].lower()}{found['name']} {asked[1].lower()} {phrase}")


def _best_clause(question: str, phrase: str, sentence: str) -> str:
    """Give the clause with the phrase that holds most of the question's words and few others; nothing if none does."""
    asked = set(stems(question)) & set(stems(sentence)) - set(stems(phrase))
    is_predicate = _is_verbal(phrase.split()[0])
    least = 1 if is_predicate else max(1, math.ceil(MIN_ASKED_SHARE * len(asked)))
    found = []
    for clause in (*_relatives(phrase, sentence), *_clauses(phrase, sentence)):
        held = len(asked & set(stems(clause)))
        if held >= least:
            found.append((held / len(asked) - COST_OF_A_WORD * len(clause.split()), clause))
    return _as_sentence(max(found)[1]) if found else ""


def _relatives(phrase: str, sentence: str) -> Iterator[str]:
    """Of "Trump's special envoy, Steve Witkoff, who met with Putin, said", give that Steve Witkoff met with Putin."""
    for found in _RELATIVE.finditer(sentence):
        clause = f"{found['name']} {found['rest']}"
        if phrase in clause and _is_verbal(found["verb"]) and not _HEDGE.search(sentence[: found.start()]):
            yield clause


def _clauses(phrase: str, sentence: str) -> list[str]:
    quoted = quoted_positions(sentence)
    clauses: set[str] = set()
    for found in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", sentence):
        starts = [start for start in _starts(sentence, found.start(), found.end()) if start not in quoted]
        ends = [end for end in _ends(sentence, found.start(), found.end()) if end not in quoted]
        clauses.update(sentence[start:end].strip() for start in starts for end in ends)
    return [clause for clause in clauses if _reads_well(clause, phrase, sentence)]


def _starts(sentence: str, phrase_start: int, phrase_end: int) -> list[int]:
    leading = _LEADING.match(sentence)
    first = leading.end() if leading else 0
    starts = [first, *(found.end() for found in _NEW_CLAUSE.finditer(sentence))]
    if time := _LEADING_TIME.match(sentence, first):
        starts.append(time.end())
    starts += [found.end() for found in _NAMED_CLAUSE.finditer(sentence) if _is_verbal(found["verb"])]
    subordinate = _SUBORDINATE.search(sentence[:phrase_start])
    if subordinate and _is_verbal(" ".join(sentence[phrase_end:].split()[:1])):
        starts.append(subordinate.start(1))
    return [start for start in starts if start <= phrase_start and not _HEDGE.search(sentence[first:start])]


def _ends(sentence: str, phrase_start: int, phrase_end: int) -> list[int]:
    ends = [found.start() for found in _ADDITION.finditer(sentence, phrase_end)]
    ends += _ends_of_noun(sentence, phrase_start, phrase_end)
    free = [end for end in ends if not _CLAIMED_BY.search(sentence[end:])]
    return [*(end for end in free if not _LEANS_ON_WHAT_FOLLOWS.search(sentence[:end])), len(sentence)]


def _ends_of_noun(sentence: str, phrase_start: int, phrase_end: int) -> list[int]:
    """Give where the noun ends that the phrase is or belongs to, unless what follows says which or how many."""
    found = _AFTER_NOUN.search(sentence, phrase_end)
    if not found:
        return []
    before = " ".join(sentence[:phrase_start].split()[-6:])
    noun = sentence[:phrase_end].split()[-1] + sentence[phrase_end : found.start()]
    is_range = sentence.startswith("to ", found.end()) and re.search(r"\bfrom\b", before)
    is_open = re.search(r"[,;:]|\b(?:as|that|than|until)\b|(?:ing|ed)$", noun) or _is_verbal(noun)
    narrowed = _NARROWED.search(f"{before} {sentence[phrase_start : found.start()]}")
    is_denied = _DENIED.search(sentence[: found.start()])  # not in May is not the same as not
    return [] if is_range or is_open or narrowed or is_denied else [found.start()]


def _is_verbal(text: str) -> bool:
    """Tell whether a text has a finite verb, as far as its form shows."""
    words = re.findall(r"[a-z]+", text)
    return any(word in _VERBS or (len(word) > 4 and word.endswith("ed")) for word in words) or bool(
        _VERB_IN_S.search(text)
    )


def _reads_well(clause: str, phrase: str, sentence: str) -> bool:
    words = clause.split()
    parts = clause.split(", ", 1) if _SUBORDINATED.match(clause) else ["", clause]
    is_whole = clause[-1:] in (".", "!") and clause == _LEADING.sub("", sentence)
    return bool(
        len(words) <= MAX_WORDS
        and re.match(r"[\"“‘'$€£]?\w", clause)
        and (clause[0] in '"“' or "".join(tokens(words[0])[:1]) not in _POINTS_BACK)
        and not (clause.startswith(phrase) and phrase[0].islower())
        and not _UNEXPLAINED.search(re.sub(r'"[^"]*"|“[^”]*”', "", clause))
        and not _EARLY_PRONOUN.match(clause)
        and words[-1].lower() not in _UNFINISHED
        and not re.search(r"[,;:?]\W*$", clause)
        and all(clause.count(left) == clause.count(right) for left, right in ("()", "[]"))
        and (is_whole or _is_verbal(parts[-1]))
        and (not parts[0] or (len(parts) == 2 and _is_verbal(parts[0])))
    )


def _as_sentence(clause: str) -> str:
    clause = clause.rstrip(" ,;:–—-")
    return clause[:1].upper() + clause[1:] + ("" if re.search(r"[.!?…][\"”’')]?$", clause) else ".")
