"""Abbreviations that sentencex does not know, and words that it takes for one."""

# Ranks, titles and the like, which stand before a name or a number, by language; what is a word too is left out.
BEFORE_NAMES = {
    "de": frozenset(
        "abb abg abt abzgl allg amtm bayer bez brig bürgerm dipl dir ebf ehem einschl engl ev evang exkl fa fam "
        "feldw frz geb gebr gefr gem ges gesch geschl gest hptm ing inh inkl insb insbes ital jüd kanzl kard kath "
        "komm obfw obgfr oblt obstlt preuß präs schweiz span spez staatl städt sächs tel türk uffz ung urspr "
        "ursprgl verf verh verw vors zit zzgl österr".split()
    ),
    "en": frozenset(
        "ald amb approx assoc atty benj br brig bros cdr chas chf cllr cmdt const cpt cst dep edw esp excl flt ft "
        "geo incl insp jas jos ms mts mx natl ofc pfc profs pte robt secy spc sqn ste thos tpr treas viz wg wm".split()
    ),
    "es": frozenset(
        "abg alm aprox av avda cap capt cmte cnel cte ctra dip dña dres excma excmo hna hno ilma ilmo insp lcda "
        "lcdo mons mtra mtro pbro pdte pres presb profa pte rvdo sen sgto srta sto subtte tcnel tte vda vicealm".split()
    ),
    "fr": frozenset(
        "adj adm amb av bât bd brig cap cdt chap cie cne col dép dir env gal gén insp maj me mgr mlle mme mtre "
        "prés prof sén ste sté vve".split()
    ),
    "it": frozenset("amm cap col gen magg mar ten".split()),
    "pl": frozenset("gen im inż kpt płk ppłk por prof ust zob".split()),
    "ru": frozenset(
        "адв адм акад архит бул ген дер дир доц им инж кап кн лейт нач наб нар науч обл пер подполк полк пос пред "
        "преп просп проф реж ред сен серж сержант уч худ художн".split()
    ),
}
# Before a number: "vol. 57". Only those of English; in other languages sentencex lets none end there.
BEFORE_NUMBERS = frozenset("bk bks ch chap chaps eq figs para paras rte tel vol vols".split())
# Endings of German words that are cut short, as in "Hauptstr. 14" and "Drucks. 19/123": a number belongs to them.
CUT_SHORT = tuple("ausg bd bl chl chn cks febr gr kap nr pl sept str tel telef urt".split())
# Common words that begin sentences, but no names: what stands before them is no initial of one.
BEGINNINGS = {
    "de": frozenset(
        "Aber Alle Allerdings Als Am Auch Auf Aus Bei Beide Beim Bis Da Dabei Dafür Dagegen Damals Damit Danach "
        "Dann Darum Das Dazu Denn Dennoch Der Deshalb Die Dies Diese Dieser Dieses Doch Dort Durch Ein Eine Einen "
        "Einer Eines Er Es Für Gegen Hat Heute Hier Ich Ihr Ihre Im In Ist Jede Jeder Jetzt Kein Keine Man Mehr "
        "Mit Nach Nachdem Neben Nicht Niemand Noch Nun Nur Ob Obwohl Oder Ohne Schon Sein Seine Seit Sie So Sogar "
        "Sollte Trotz Und Unter Viele Vom Von Vor War Warum Was Weil Weitere Welche Wem Wenn Wer Wie Wir Wo "
        "Während Zu Zudem Zuletzt Zum Zur Zuvor Zwar Zwischen Über".split()
    ),
    "en": frozenset(
        "A About According After All Also Although Among An And Another Any Are As At Because Before Both But By "
        "Can Did Do Does During Each Even Every For From He Her Here His How However I If In Is It Its Last Many "
        "More Most My Neither Nobody Nor Not Nothing Now Of On Once One Only Or Other Our Over Several She Since "
        "So Some Such That The Their Then There These They This Those Though Through To Under Until We Were What "
        "When Where Whether Which While Who Why With Yet You Your".split()
    ),
    "es": frozenset(
        "A Ahora Al Algunos Allí Antes Así Aunque Cada Como Con Cuando Desde Después Dos Durante El Ella Ellos En "
        "Entonces Entre Era Es Esa Ese Eso Esta Estas Este Esto Estos Fue Ha Hasta Hay La Las Lo Los Luego "
        "Mientras Muchos Nadie Ni No Nos Otra Otro Para Pero Por Porque Pues Que Quien Se Según Si Sin Sobre Su "
        "Sus También Tampoco Todo Todos Tras Un Una Uno Y Ya Yo".split()
    ),
    "fr": frozenset(
        "Ainsi Alors Après Au Aucun Aujourd Aussi Autre Aux Avant Avec Ce Cela Celui Ces Cet Cette Chaque Comme "
        "Comment Dans Depuis Dès Donc Elle Elles En Encore Enfin Ensuite Est Et Il Ils Je Les Leur Leurs Lors "
        "Mais Même Ni Nous On Or Ou Où Par Parce Pendant Personne Plus Plusieurs Pour Pourquoi Puis Quand Que "
        "Quel Quelle Qui Rien Sa Sans Selon Ses Si Son Sous Sur Tous Tout Toutes Un Une Vers Vous".split()
    ),
    "it": frozenset(
        "Al Alla Anche Ancora Bisogna Che Chi Ci Come Con Così Cosa Dal Dalla Dopo Dove Dunque Durante E Ecco Era "
        "Gli Ha Ho I Il In Invece Io Ma Mentre Nel Nella Nessuno Noi Non Ogni Ora Per Perché Però Poi Prima "
        "Qualcuno Quando Quella Quello Questa Questo Qui Se Secondo Senza Si Sono Sua Sul Sulla Suo Tra Tutti Un "
        "Una Uno È".split()
    ),
    "ru": frozenset(
        "А Без Более Был Была Были Было В Ваш Весь Во Вот Все Всего Всё Вы Где Да Даже Для До Его Ещё Если Есть "
        "Её За Здесь И Из Или Им Их К Как Когда Кто Куда Между Мне Мы На Над Не Нет Ни Никто Но Ну О Об Однако Он "
        "Она Они Оно От По Под Пока После Потом Почему При С Сейчас Со Так Также Там Теперь То Тогда Только Тот "
        "Ты У Уже Хотя Чего Чем Через Что Чтобы Эта Эти Это Этот Я".split()
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
        "ali bar ci fa fai file fin ha laser mai me mi ne no ore po post radar re sa sai si so spot su te tir top "
        "tv va vi via".split()
    ),
    "nl": frozenset("app bel best dat hand mand me pan pas pers top ver".split()),
}
