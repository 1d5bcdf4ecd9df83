"""Word lists of the detector: words that say nothing in any stream, and words that no name of a trend may show."""

from __future__ import annotations

_ENGLISH = """
a about above after again against all almost already also although always am an and another any anybody anyone
anything are aren't around as at away back be became because become been before behind being below between both but by
came can can't cannot come comes coming could couldn't did didn't do does doesn't doing don't done  during each
either else even ever every everybody everyone everything few for from further gave get gets getting give go goes
going gone gonna got gotta had hadn't has hasn't have haven't having he he'd he'll he's her here here's hers herself
him himself his how how's however i i'd i'll i'm i've if im in into is isn't it it'd it'll it's its itself ive just
keep kind knew know knows let let's lets like liked likes little ll look looking looks lot lots made make makes making
many may maybe me mean means might mine more most much must mustn't my myself need needs never next no nobody none nor
not nothing now of off often oh ok okay on once one ones only onto or other others ought our ours ourselves out over
own per perhaps please put quite rather re really right said same saw say saying says see seem seems seen she she'd
she'll she's should shouldn't since so some somebody someone something still stuff such sure take taken takes taking
tell than thank thanks that that'll that's thats the their theirs them themselves then there there's these they they'd
they'll they're they've thing things think this those though thought through to today together too took toward tried
try trying tweet two under unless until up upon us use used using ve very via wanna want wanted wants was wasn't way
we we'd we'll we're we've well went were weren't what what's whatever when when's where where's whether which while
who who's whoever whole whom whose why why's will with within without won't would wouldn't ya yeah yes yet you you'd
you'll you're you've your youre yours yourself yourselves u ur r n y'all dont cant didnt doesnt isnt wasnt wont gotten
days times year years people guys fucking fuck fuckin actually literally absolutely honestly probably basically
definitely totally amp gt lt rt dm pm am fb http https www com
"""
_SPANISH = """
al algo alguna alguno algunos ante antes aquel aquella aqui aquí así asi aún aun aunque bien cada casi como cómo con
contra cual cuál cuando cuándo cuanto de del desde donde dónde durante e el él ella ellas ellos en entonces entre eran
eres es esa esas ese eso esos esta está estaba están estar estas este esto estos estoy fue fueron fui ha había hace
hacer han has hasta hay he hoy la las le les lo los mas más me mi mí mis mucha mucho muchos muy nada ni nos nosotros
nuestra nuestro nunca o os otra otro otros para pero poco por porque porqué pues que qué quien quién se sea ser sí si
sido siempre sin sobre solo sólo somos son soy su sus también tan tanto te tengo ti tiene tienen todo todos toda todas
tu tú tus un una uno unos usted va vamos voy y ya yo
"""
_POLISH = """
a aby ale ani aż bardzo bez bo by być był była było były będzie będą chyba ci co coś czy czyli dla do dziś dzisiaj gdy
gdzie go i ich ile im in inne ja jak jakie jako je jego jej jest jestem jeszcze jeśli już każdy kiedy kto która które
którego którzy który lub ma mam mamy mi mnie może mu my na nad nam nas nawet nic nie nich nim niż no o od on ona one
oni oraz po pod poza prawie przed przez przy raczej się sobie są ta tak taki takie tam te tego tej ten teraz też to tu
ty tylko tym u w wam was we więc wszystko wy z za ze że żeby
"""
_OTHERS = """
au aux avec ce ces cette dans de des du elle en est et été il ils je la le les leur lui mais mes moi mon même ne nos
notre nous on ou où par pas plus pour qu que qui sa sans ses si son sont sur ta te tes toi ton tu un une vos votre
vous à c'est j'ai d'un d'une qu'il n'est aber als am an auch auf aus bei bin bis da das dass dem den der des du durch
ein eine einem einen einer er es für habe haben hat hier ich ihr im in ist ja jetzt kein keine mal mehr mein nach
nicht noch nur ob oder ohne schon sein sich sie sind so über um und uns von vor wenn wie wir wird zu zum zur che chi
ci col come con cosa da dal dalla degli dei del della delle di e gli ha ho il io la le lei lo lui ma mi mia mio nei
nel nella noi non o per perché più quando quello questa questo se sei si sia sono su sua sul tra tu un una uno è ao
aos as até com como da das de dele do dos e ela ele em era essa esse esta este eu foi isso isto já mais mas me meu
minha muito na não nas nem no nos o os ou para pela pelo por quando que se sem ser seu só sua também te tem um uma
você bir bu da de için ile mi ne ve çok ama gibi daha het een van ik je dat niet zijn op te voor met ook maar nog wel
naar и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня
еще нет о из ему теперь когда даже ну ли если уже или ни быть был до вас нибудь опять уж вам это для мы их чем была
сам чтоб без будто чего раз тоже себе под будет кто этот при في من على إلى عن مع هذا هذه ذلك التي الذي ما لا أن إن كان
كانت هو هي هم أنا نحن يا و أو ثم قد كل بعد قبل لم لن
"""


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOPWORDS = _each(f"{_ENGLISH} {_SPANISH} {_POLISH} {_OTHERS}")
"""Never counted alone, never half of a pair. Words that mean something in another language (die, war) are left out."""

WEAK = _each(
    """
    day time man guy good great bad best better new first last next big real full half start end live watch watching
    hope love hate lol lmao haha wow omg damn game match team play playing player players
    """
)
"""Too broad to stand for a trend alone; they count as half of a pair (full time, half time, live stream)."""

ABUSE = _each(
    """
    fag fags faggot faggots nigger niggers nigga niggas niggaz kike spic spics chink chinks gook wetback tranny
    trannies retard retards retarded cunt cunts twat twats whore whores slut sluts bitch bitches bitching
    motherfucker motherfuckers motherfucking mofo fuck fucks fucked fucker fuckers fuckin fucking fuckery shite crap
    arse arses piss pissed wtf stfu gtfo fdt shit shits shitty bullshit horseshit dick dicks dickhead cock cocks
    cocksucker pussy pussies asshole assholes arsehole arseholes bastard bastards wanker wankers bollocks tit tits
    tosser prick pricks cum jizz porn blowjob rape raped rapist puta putas puto putos mierda cabron cabrón cabrones
    maricon maricón pendejo pendejos joder coño chinga chingada kurwa kurwy kurwą chuj chuja chuje huj pierdol
    pierdole pierdolę jebać jebac jebany pizda skurwysyn spierdalaj ciota merde putain connard salope encule enculé
    pute scheisse scheiße fotze hurensohn arschloch wichser schlampe cazzo stronzo puttana vaffanculo caralho porra
    viado foda buceta kut kanker hoer блядь сука хуй пизда ебать
    """
)
"""Not shown in a name. Counted all the same: a burst of abuse is something a person has to know about."""
