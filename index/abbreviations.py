"""Abbreviations that sentencex does not know, and words that it takes for one."""

# Ranks, titles and the like, which stand before a name or a number, by language; what is a word too is left out.
BEFORE_NAMES = {
    "de": frozenset(
        "abg abt brig dipl-ing dir ebf fa feldw gefr hptm kanzl kard komm obfw obgfr oblt obstlt präs uffz vors".split()
    ),
    "en": frozenset("ald amb approx atty cllr spc".split()),
    "es": frozenset(
        "alm aprox av avda cmte cnel dip dña pbro pdte profa pte sen sgto srta sto subtte tte vicealm".split()
    ),
    "fr": frozenset("adm av bd brig cdt chap col dép dir env gén maj me mlle mme mgr prof sén ste".split()),
    "it": frozenset("amm cap col gen magg mar ten".split()),
    "pl": frozenset("gen im inż kpt płk ppłk por prof ust zob".split()),
    "ru": frozenset(
        "адв адм акад бул ген дер дир доц им инж кап кн лейт нач наб обл пер подполк полк пос пред преп просп проф "
        "реж ред сен худ".split()
    ),
}
# Which end a list: a sentence may end with them.
AT_ENDS = frozenset("ecc enz etc osv usw др п пр д".split())
UNITS = frozenset(
    "cm ft g ha kg km kmh kw kwh l lb lbs m mg mi min ml mm mph mw oz s sec sek t г га кг км м мин мм с см т ч".split()
)
# Words of English that sentencex takes for abbreviations wherever a name follows.
WORDS = {"en": frozenset("art id ill may May me miss no No ok".split())}
