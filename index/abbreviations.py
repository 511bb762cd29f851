"""Abbreviations that sentencex does not know, and words that it takes for one."""

# Ranks, titles and the like, which stand before a name or a number, by language; what is a word too is left out.
BEFORE_NAMES = {
    "de": frozenset(
        "abb abg abt abzgl allg bayer brig dipl dir ebf ehem einschl engl ev evang exkl fa fam feldw frz geb gebr "
        "gefr gem ges gesch geschl gest hptm ing inh inkl insb insbes ital jüd kanzl kard kath komm obfw obgfr "
        "oblt obstlt preuß präs schweiz span spez staatl städt sächs tel türk uffz ung urspr ursprgl verf verh "
        "verw vors zit zzgl österr".split()
    ),
    "en": frozenset("ald amb approx assoc atty br cllr cst dep esp excl ft incl ms mx profs spc treas viz".split()),
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
# Which end a list: a capital letter behind the first begins a sentence, behind the others it may be a name's.
AT_ENDS = frozenset("ecc enz etc osv usw".split())
OFTEN_AT_ENDS = frozenset("др п пр д".split())
STREETS = frozenset("Ave Blvd Hwy Ln Pkwy Rd Sq St".split())  # which stand behind a name
# Letters that are no initials of a name, so that a sentence may end behind them.
NO_INITIALS = frozenset("AD BC BA DC EU HQ HS LA MA MD NY NZ PM TV UK UN US".split())
LARGE_NUMBERS = frozenset("Mia Mill Mio Mrd Tsd".split())  # before what they count, such as Euro
UNITS = frozenset(
    "cm ft g ha kg km kmh kw kwh l lb lbs m mg mi min ml mm mph mw oz s sec sek t г га кг км м мин мм с см т ч".split()
)
# Words that sentencex takes for abbreviations wherever a name follows; "art. 5" and "No. IV" are none of them.
WORDS = {
    "de": frozenset("Art Bart mag mich".split()),
    "en": frozenset("Al Art Ida Ken May No arc art id ill may me miss no ok ore".split()),
    "es": frozenset("auto bien con contra de en entre extra mar no nos para sobre un".split()),
    "fr": frozenset("art ex".split()),
    "it": frozenset(
        "ali bar ci fa fai file fin ha laser mai me mi ne no ore po post radar re sa sai si so spot su te tir top tv "
        "va vi via".split()
    ),
    "nl": frozenset("app bel best dat hand mand me pan pas pers top ver".split()),
}
