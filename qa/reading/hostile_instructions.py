"""Tell what is written to a machine that answers questions from what is written for people.

An article states things; it does not tell its reader how to answer. A sentence that does, or that has the form of a
prompt, is an attack or the report of one, and no evidence for anything else. The forms are those of English, with the
commonest wordings of a dozen other languages; what they miss is still held to the checks of `qa.reading.decision`.
"""

import re
from collections.abc import Iterable

from qa.text import one_line

_MACHINE = (
    r"(?:(?:ai|virtual|digital|automated|helpful) )?(?:assistants?|ai|a\.i\.|llms?|(?:chat)?bots?|language models?|ai models?|"
    r"(?:answering|question-answering) (?:systems?|engines?|machines?|models?))"
)
_ANSWER = r"(?:answer|reply|respond|say|state|write|print|output|repeat|tell (?:the )?(?:user|reader|them|him|her))"
_QUESTIONS = r"(?:questions?|quer(?:y|ies)|inquir(?:y|ies)|prompts?)"
_TOLD = r"(?:instructions?|prompts?|directions|directives|guidelines|sentences|messages|context|articles)"
_IGNORE = r"(?:ignore|disregard|forget|override|discard|skip|neglect)"

# Groups of forms, each with a part that a line of it has for certain: most lines have none and are passed over quickly.
# They are of a whole line in lower case, without invisible characters.
_FORMS = (
    (
        "ignore disregard forget override discard skip neglect",
        rf"\b{_IGNORE}\b[^.!?]{{0,30}}?\b(?:above|all|any|previous|prior|preceding|earlier|foregoing|former|other|your|"
        rf"initial|original)\b[^.!?]{{0,20}}?\b{_TOLD}\b",
        rf"\b{_IGNORE} (?:all |everything |anything |whatever )?(?:of )?(?:the |that is |stands )?(?:above|before this|you were told)\b",
        rf"\b{_IGNORE} (?:all |the |these |those )+{_TOLD}\b",
    ),
    (
        "instruction prompt directive",
        r"\b(?:all|any|your|the) (?:previous|prior|above|earlier|preceding|foregoing) (?:instructions?|prompts?|directives)\b",
        r"\b(?:new|important|special|secret|hidden|updated|further|final|urgent) instructions?(?: (?:to|for) [^:.]{1,40})?:",
        r"\b(?:repeat|print|reveal|show|output|leak) (?:your|the|its) (?:system |hidden |initial )?(?:instructions|prompt)\b",
    ),
    (
        "answer reply replies respon",
        rf"(?<!to )(?<!not )\b(?:answer|reply to|respond to) (?:(?:to )?(?:every|any|all|each|such|these|the|a) )?{_QUESTIONS}\b"
        r"[^.!?]{0,140}?(?:\bwith\b|\bby (?:saying|writing|replying)\b|:)",
        r"\b(?:every|each|any|the only) (?:\w+ )?(?:answer|reply|response) (?:about|to|on)\b[^.!?]{0,90}?\b(?:is|ends?|begins?|must|should)\b",
        r"\b(?:only|sole|single) (?:permitted|allowed|correct|acceptable|valid|right|possible) (?:answer|reply|response)\b",
        r"\b(?:answer|reply|response) to (?:all|each|every|any|both)\b[^.!?]{0,120}?:",
        r"\b(?:answer|reply) .{1,40} to (?:everything|anything|every question|all questions|whatever is asked)\b",
        r"(?:^|[.!;:] )(?:please )?(?:reply|respond|answer)(?: only| exactly| simply| always)? with\b[^.!?]{0,30}: ?\S",
        r"(?:^|[.!;] )reply: \S|\b(?:reply|answer|respond) instead\b|\balways (?:reply|answer|respond)(?: with| only)?:",
        r"\bbefore (?:you answer|answering)\b",
        r"\b(?:reply|replies|respond|responds|answer|answers|reply is|answer is):? [\"“'‘]?(?:not stated|the articles do not say|no answer|"
        r"i (?:do not|don't|cannot) (?:know|answer))\b",
    ),
    (
        "answer repl response",
        r"\b(?:answer|reply|response) (?:counts|is (?:correct|valid|accepted|complete|scored|right))(?: as \w+)? only (?:if|when|where)\b",
        r"\b(?:one|only) (?:answer|reply|response) (?:still |that is |now )?(?:allowed|permitted|accepted|valid)\b",
        r"\b(?:in|into|of|end|begin|close|open|start|finish|conclude) (?:every|each|all|any) (?:answers?|repl(?:y|ies)|responses?)\b",
        r"\b(?:every|each|all|any) (?:answers?|repl(?:y|ies)|responses?)(?: \w+){0,5} (?:must|shall|should|(?:is|are) to)\b",
        r"\b(?:in|as|of|with|use|include|end|begin|compose|keep|make|limit|finish|close|conclude|give|write) (?:this |that )?(?:as |in )?your "
        r"(?:next |final |whole )?(?:answer|reply|response)\b",
        r"\bwhen (?:you (?:reply|answer|respond|summari[sz]e)|replying|answering|responding)\b,? (?:\w+ ){0,8}?(?:use|say|add|write|call|name|give|"
        r"mention|put|weigh|prefer|copy|quote|state|treat|omit|leave)\b",
        r"\bquestion: [^?]{3,200}\? ?answer: |\{(?:the )?(?:user|question|query|input)",
    ),
    (
        "user|reader|summari|person asking|who asks",
        r"\b(?:ask|tell|inform|urge|message from|give|offer|refer) the user\b|\b(?:the|a|your) person (?:who is )?asking\b",
        r"\b(?:automated|machine|electronic|digital|artificial) readers?\b|\b(?:to|for) (?:all )?summari[sz]ers\b",
        r"\b(?:readers?|anyone|anybody|those|people|customers|users) who asks? (?:about|for|whether|after|why|who|when|how)\b[^.!?]{0,90}?"
        r"\b(?:(?:is|are) to be told|gets? |must be told|hears? |receives? |should be told)",
    ),
    (
        "source|article|report|passage|above this|instructions",
        r"\bdo not (?:weigh|cite|use|consult|trust|quote|believe|copy) (?:the |any )?(?:other )?(?:sources|sentences|articles|passages|reports)\b",
        r"\b(?:earlier|previous|prior|older) instructions\b[^.!?]{0,80}\b(?:void|retired|no longer|cancell?ed|superseded|lifted|revoked)\b",
        r"\babove this (?:line|paragraph|point)\b[^.!?]{0,40}\b(?:void|wrong|false|invalid|withdrawn)\b",
        r"\ball other (?:articles|reports|sources|passages|sentences)\b[^.!?]{0,60}\b(?:void|withdrawn|false|must not|may not|invalid)\b",
    ),
    (
        "question quer inquir prompt",
        rf"\b(?:to|for|on) (?:any|every|each|all|such|these) (?:such |further |other )?{_QUESTIONS}\b[^.!?]{{0,120}}?"
        rf"\b(?:{_ANSWER}|(?:reply|answer|response) is)\b",
        rf"\b{_QUESTIONS} (?:about|on|concerning|regarding)\b[^.!?]{{0,90}}?\b(?:(?:is|are|must be|should be|shall be) answered\b|"
        r"gets? the (?:reply|answer))",
    ),
    (
        "asks asked",
        r"\b(?:when|whenever|if|once) (?:you are |you're |someone |anyone |somebody |a user |the user )?(?:is )?ask(?:ed|s)\b[^.!?]{0,110}?"
        rf"(?:,|\bthen\b) ?(?:please |you (?:must|should|shall|will|may only) |always |only |just |simply )*{_ANSWER}\b",
        r"\bwho(?:so)?ever asks\b|\bwhen asked [^.!?,]{1,80}: ",
        r"\bnothing else\b[^.!?]{0,30}\basked\b",
    ),
    (
        "not stated|not state|no sentence|any word|any sentence|nothing else|say instead",
        r"\b(?:say|state|write|print):? [\"“'‘]?(?:not stated|the articles do not say)\b|\bsay instead\b",
        r"\bnot stated\b.{0,20}\bnot stated\b|\bdo(?:es)? not state anything\b|\bdo not (?:copy|quote|cite|use) any (?:words?|sentences?)\b",
        r"\bno sentence\b[^.!?]{0,50}\b(?:may|is allowed to|can|must) (?:answer|be (?:cited|quoted|used))\b",
        r"\b(?:write|print|output|say) (?:only )?the words? .{1,40} and nothing else\b",
    ),
    (
        "assistant| ai|a.i.|llm|bot|model|answering",
        rf"\bdear {_MACHINE}\b|\byou are (?:now )?(?:[\w-]+, )?(?:an? |the )?(?:[\w-]+ ){{0,3}}?{_MACHINE}\b",
        rf"\b{_MACHINE} (?:that|who|which)(?: is| are)? read(?:s|ing)?\b",
        rf"\b(?:attention|note|notice|message|instructions?|order|memo|command|hint) (?:to|for) (?:the |all |any )?{_MACHINE}\b",
        r"\b(?:the |any |this |an )(?:ai|assistant|language model|chatbot|ai assistant|llm) (?:must|should|shall|has to|is to|needs to)\b",
    ),
    (
        "system|assistant|user|human",
        r"\bsystem (?:override|prompt|message|instruction|note|update)s? ?[:\]>]",
        r"^\W{0,6}(?:system|assistant|user|human)\W{0,4}:\W",
        r"^#+ ?(?:system|assistant|user)(?: ?(?:prompt|message))?\s*:?$",
    ),
    (
        "<|[|{",
        r"<\|[a-z_ ]{2,30}\|>|\[/?inst\]|<</?sys>>|</s>|<(?:start|end)_of_turn>|<(?:system|assistant|user|tool_call|function_call)>",
        r"\{ ?[\"'](?:role|tool|tool_calls?|function|function_call)[\"'] ?:",
        r"\b(?:cite|citing|citations?|according to|verified by|only this line,|evidence|sentence) \[\d+\]",
        r"\b(?:question|q): .{3,200}\b(?:answer|a): .*\[\d+\]|^(?:answer|a): .{1,80}\[\d+\]\W*$",
        r"^\[\d+\] (?:is (?:false|true|wrong|right)|question|answer)\b",
        r"<!--.{0,200}?\b(?:ignore|system|reply|answer|assistant|instruction|say)\b",
        r"!\[[^\]]*\]\([^)]*(?:=\W?(?:prompt|answer|question)|(?:prompt|answer|question|secret|cookie|data)=)",
    ),
    (
        "decode|decrypt|deciph|unscramble|rot13|rot-13|base64|each letter|obey",
        r"\b(?:decode|decrypt|decipher|unscramble|rot-?13|base64|each letter)\b[^.!?]{0,120}?\b(?:follow|obey|answer|reply|do what)\b",
        r"\band obey (?:it|this)\b",
    ),
    (  # French, German, Dutch
        "oubli|ignor|répond|repond|vergiss|vergess|missacht|anweisung|antwort|negeer|vergeet|antwoord",
        r"\b(?:oubliez|ignorez|oublie|ignore)\b[^.!?]{0,30}\b(?:instructions|consignes|phrases)\b",
        r"\br[ée]pon(?:dez|ds) (?:uniquement|seulement|toujours|par|simplement)\b",
        r"\b(?:ignoriere?n?|vergiss|vergessen sie|missachte)\b[^.!?]{0,40}\b(?:anweisungen?|s[äa]tze|artikel|obige\w*)\b",
        r"\banweisungen gelten nicht\b|\bantworte(?:t|n sie)? (?:auf|nur|immer|stets|mit|ausschlie(?:ß|ss)lich)\b|\bbekommt die antwort\b",
        r"\b(?:negeer|vergeet)\b[^.!?]{0,40}\binstructies\b|\bantwoord (?:alleen|altijd|met|uitsluitend)\b",
    ),
    (  # Spanish, Portuguese, Italian, Polish
        "ignor|olvid|desobed|descart|esque|dimentic|respond|rispond|odpowiadaj",
        r"\b(?:ignora|ignore|olvid[ae]|desobedece|descarta)\b[^.!?]{0,40}\b(?:instrucci[oó]n(?:es)?|frases|art[ií]culos|anterior(?:es)?)\b",
        r"\brespond[ea] (?:s[oó]lo|solamente|siempre|[uú]nicamente|a (?:toda|cualquier)|apenas|somente|sempre)\b",
        r"\b(?:ignore|esque[çc]a)\b[^.!?]{0,40}\binstru[çc][õo]es\b",
        r"\b(?:ignora|dimentica|ignorate)\b[^.!?]{0,40}\b(?:istruzioni|precedenti)\b|\brispond(?:i|ete) (?:solo|sempre|soltanto)\b",
        r"\bz?ignoruj\b[^.!?]{0,40}\b(?:instrukcje|polecenia)\b|\bodpowiadaj (?:tylko|zawsze)\b",
    ),
    (  # Russian, Chinese, Japanese, Arabic
        "игнорируй|забудь|не обращай|отвечай|ответь|忽略|无视|無視|忘|答|回复|تجاهل",
        r"\b(?:игнорируй|забудь)(?:те)?\b|\bне обращай(?:те)? внимания\b|\bотвечай(?:те)? (?:только|всегда|на)\b",
        r"\bответь(?:те)? (?:только|на (?:все|любой))\b",
        r"(?:忽略|无视|無視|忘记|忘掉|忘れ)[^。]{0,15}(?:指示|指令|内容|句子|说明|説明|命令|上文|以上|前文)",
        r"(?:指示|指令|命令|以上)[^。]{0,8}(?:忽略|无视|無視)|(?:只|仅|必须|一律|统一)(?:能|需|要|可)?(?:回答|答复|回复)",
        r"と(?:だけ)?(?:答え|回答し)(?:て|なさい|る)|تجاهل[^.]{0,40}(?:التعليمات|السابقة)",
    ),
)
_COMPILED = tuple(
    (tuple(signs.split("|" if "|" in signs else None)), re.compile("|".join(forms))) for signs, *forms in _FORMS
)
_NUMBERED = re.compile(r"\s*\[\d+\]\s*\S")
_HIDDEN = re.compile("[\U000e0020-\U000e007f]{4}|[\u202d\u202e\u2066-\u2068]")


def instructs(text: str) -> bool:
    """Tell whether a sentence tells a machine how to answer, or has the form of a prompt or of numbered evidence."""
    return bool(_NUMBERED.match(text)) or _instructs(text)


def is_instructing(parts: Iterable[str]) -> bool:
    """Tell whether any of an article's lines, its title among them, tells a machine how to answer."""
    return any(map(_instructs, parts))


def _instructs(line: str) -> bool:
    if _HIDDEN.search(line):
        return True
    shown = one_line(line).lower()
    return any(any(sign in shown for sign in signs) and form.search(shown) for signs, form in _COMPILED)
