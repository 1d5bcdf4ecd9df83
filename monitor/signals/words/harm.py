"""Death, violence, disaster, accident, injury, harm to minors: how people write about people being hurt."""

from __future__ import annotations

from monitor.signals.words.alarm import Alarm, word_list

SCENE = """
police cops officers officials authorities fbi sheriff detectives gunman gunmen suspect suspects victim victims witness
witnesses survivors hospital hospitals ambulance ambulances paramedics firefighters rescue rescued rescuers emergency
injured injuries wounded casualties evacuated evacuation evacuate scene tragedy tragic tragically horrific horrifying
horrible devastating heartbreaking heartbroken sickening terrifying prayers praying thoughts condolences
"""
"""Words of a real scene: beside one of them, a word that could be a figure of speech is not."""

LOSS = """
sad sadly saddened tragic tragically heartbroken heartbreaking devastated devastating shocked condolences prayers
thoughts family families aged hospital police confirmed peacefully legend icon grief mourning tribute tributes tears
wife husband son daughter mother father mom dad brother sister child children baby boy girl soldier soldiers officer
officers student students victims suspect rip peace forever reported reportedly overdose
"""

DEATH = word_list(
    Alarm.DEATH,
    sure="""fatally fatality fatalities condolence condolences obituary mourns mourning suicide drowned drowning
        perished casualties corpse corpses murdered deceased bereaved manslaughter homicide stillborn rip #rip muertos
        fallecidos fallecio falleció zginęło zginął tote décès morts 死亡 死去""",
    maybe="""dead died dies dying death deaths killed kills kill fatal funeral grieving mourn killing lifeless coffin
        bodies body""",
    company=SCENE + LOSS,
    phrases=r"""
        dead death killed died deaths: \d[\d,]*\+? (?:\w+ ){0,3}(?:dead|deaths|killed|died|lost their)
        dead deaths killed: (?:at least|more than|over|least|confirmed|dozens?|hundreds|thousands|two|three|four|five|
            six|seven|eight|nine|ten) (?:\w+ ){0,3}(?:dead|deaths|killed|have died)
        dead died dies: (?:dead|died|dies) (?:at|aged|age) (?:age )?\d+
        dead found: found dead
        dead people: (?:people|kids|children|students|civilians|soldiers|passengers|fans) (?:are |were |have been |
            have |got |being )?(?:dead|killed|dying|died)
        died has: (?:has|have|had) (?:\w+ )?died(?! for our)
        death: death toll
        killed: (?:was|were|been|being|people|shot and|got) killed (?:in|by|after|when|at|during|near)
        passed: passed away|(?:has|have) passed on\b
        lives life: (?:lost|losing|took|taking|claimed|claims|risked|gave) (?:\w+ )?(?:lives|life)\b|
            lives (?:were )?lost
        loss: sorry for (?:your|their|his|her) loss|tragic loss
        gone: gone too soon
        peace: rest (?:in|easy in) peace
        rest: rest in (?:peace|power|paradise)
        body bodies: (?:bodies|body) (?:\w+ )?(?:found|recovered|identified)
        pray praying prayers thoughts: (?:pray(?:ing|ers)?|thoughts)(?: and prayers)? (?:are |go |going |out )*(?:for|
            to|with) (?:the |those|every|all |anyone|his |her |their |famil|victims|people|peace)
        heaven: (?:in|to|another angel in) heaven\b""",
)

VIOLENCE = word_list(
    Alarm.VIOLENCE,
    sure="""gunman gunmen gunfire shootings terrorist terrorists terrorism terror hostage hostages stabbed stabbing
        stabbings bombing bombings explosions bomber bombers bombed grenade grenades massacre genocide kidnapped
        kidnapping hijacked beheaded assassinated assassination airstrike airstrikes missile missiles warzone lynched
        raped rapist rape murder murders murderer bloodshed militants jihadist manhunt insurgents shootout atentado
        tiroteo terroristas asesinado zamach attentat fusillade 爆破 銃撃 テロ""",
    maybe="""shot shooting shooter shooters shots attack attacks attacked attackers bomb bombs blast explosion exploded
        explode armed gun guns weapon weapons violence violent violently riot riots rioting looting siege war troops
        tanks suspect suspects victims victim lockdown custody arrested arrest""",
    company=SCENE
    + """dead killed kill murdered blood terrorist terrorists terror isis taliban swat soldiers army military
        school mosque church synagogue theater theatre cinema airport embassy mall campus streets protesters
        smoke deadly investigation threat         explosions uprising curfew""",
    phrases=r"""
        shots: shots (?:were )?(?:fired|heard)
        shot: shot (?:dead|and killed|by (?:a |the )?(?:police|cops?|officers?))|(?:was|were|been|got) shot (?:in|at|
            by|dead|multiple|several)|(?:people|students|officers?|man|woman|boy|girl|teen|teenager|child|
            kids) (?:\w+ )?shot\b
        police cops cop officer: (?:police|cops?|officers?) (?:have |has )?(?:shot|killed|shoot|fired)
        shooting: mass shooting|school shooting|shooting (?:spree|rampage|victims?|suspect|at (?:a|the) )|(?:in|after|
            of|the) (?:\w+ )?(?:theat(?:er|re)|cinema|school|church|mall|campus|mosque|club) shooting
        bomb: bomb (?:threat|squad|scare|blast|went off|exploded|attack)|(?:car|suicide|nail|pipe) bomb\b(?!.?shell)
        bombs: bombs? (?:have |had |has )?(?:went|gone|going|go) off|\d bombs
        bombing: (?:suicide|car|church|deadly|terror(?:ist)?|embassy) bombing
        explosion explosions: (?:explosions?) (?:at|near|in|outside|heard|reported|rocks?|rocked)|(?:two|2|three|3|
            multiple|several|huge|massive|big|loud|another) explosions?(?! of )
        attack: (?:terror(?:ist)?|knife|acid|deadly|heart-?breaking|gun|under) attack\b
        taken: taken hostage
        siege: (?:hostage|under) siege
        tear: tear ?gas
        fire: opened fire|open fire|opens fire
        armed: armed (?:men|man|police|suspect)
        police: police (?:brutality|chase|officer|custody|scanner)""",
)

DISASTER = word_list(
    Alarm.DISASTER,
    sure="""hurricane hurricanes earthquake earthquakes tsunami wildfire wildfires landslide mudslide avalanche
        superstorm typhoon evacuated evacuations evacuees floodwaters cyclone landfall famine fema #hurricane
        terremoto huracán inundaciones powódź trzęsienie erdbeben ouragan 地震 津波 台風""",
    maybe="""storm storms flood floods flooded flooding tornado tornadoes blizzard evacuate evacuating evacuation
        collapse collapsed collapses rubble shelter shelters devastation trapped stranded surge winds tremor
        aftershock blaze inferno fire eruption volcano explosion""",
    company=SCENE
    + """hurricane tornado tsunami earthquake flood flooded flooding storm damage damaged damages destroyed
        destruction homes homeless houses building buildings residents coast coastal landfall superstorm fema safe
        worried scared winds evacuate evacuating evacuation trees state shelter shelters relief donate
        redcross subway trapped smoke flames burning power outage outages trees roads streets basement basements
        transformer transformers""",
    phrases=r"""
        storm: (?:storm (?:surge|damage|hit|hits|coming|warning|victims)|(?:tropical|severe|big|during the|in the|
            after the|because of the|through the|ride out the|this) storm)\b
        warning: (?:tornado|flood|hurricane|tsunami|severe weather|storm|wind) (?:warning|watch)
        state: state of emergency
        power: (?:millions?|thousands?|hundreds|\d+k?|homes|people|residents|customers) (?:\w+ ){0,3}(?:without|
            lost|lose|no) power
        crane: crane (?:\w+ ){0,2}(?:collapse[ds]?|fell|dangling|hanging|snapped|failure)
        building: building (?:\w+ )?(?:collapse[ds]?|on fire|exploded)
        safe: (?:stay|be|keep|everyone|everybody|hope \w+(?: \w+)?) safe\b
        under: under water|underwater""",
)

ACCIDENT = word_list(
    Alarm.ACCIDENT,
    sure="derailed derailment shipwreck capsized planecrash",
    maybe="""crash crashed crashes collision wreck wreckage accident pileup sank sinking stampede crushed overturned
        missing""",
    company="""dead killed died deaths fatal injured passengers plane airplane aircraft flight helicopter train bus
        ferry highway motorway survivors ambulance hospital police paramedics victims search rescuers condolences
        prayers coastguard airliner burning""",
    phrases=r"""
        crash crashed: (?:plane|train|bus|helicopter|car|coach|fatal|horrific) (?:has |just |had )?crash(?:ed)?\b
        missing: missing (?:plane|flight|child|girl|boy|person|persons|people|teen)
        cardiac: cardiac arrest
        collapsed: (?:has |just )?collapsed (?:on|in|during) the (?:pitch|field|court|stage)|(?:cpr|not moving|
            unconscious)""",
)

MINORS = word_list(
    Alarm.MINORS,
    sure="pedophile paedophile pedophiles paedophiles pedophilia molested molester cyberbullied",
    maybe="abuse abused abducted grooming trafficking kidnapped bullied",
    company="""child children kid kids minor minors teen teenager baby babies toddler school girl boy underage son
        daughter""",
    phrases=r"""
        amber: amber alert\b(?=.*(?:child|abduct|missing|year|girl|boy))
        child: (?:child|sexual) (?:abuse|porn|molest\w*|predator)""",
)

INJURY = word_list(
    Alarm.INJURY,
    sure="injured injury injuries stretchered concussion concussed acl hamstring wheelchair limping surgery",
    maybe="""hurt hurts broken broke fracture fractured ankle knee wrist shoulder stretcher ambulance pain bleeding
        limp""",
    company="""hurt injured injury broken broke fracture fractured wrist ankle leg arm knee shoulder elbow stretcher
        hospital medics physio doctor doctors xray praying bleeding fell landed ouch trainer surgery sprained""",
    phrases=r"""
        stretcher: on a stretcher|stretcher(?:ed)? off
        carried: carried off
        ok okay: (?:hope|pray(?:ing)?) (?:\w+ ){1,3}(?:is|will be|'s) (?:ok|okay|alright|fine)""",
)

HARDSHIP = word_list(
    Alarm.HARDSHIP,
    sure="homeless foodbank generators #stormprep",
    maybe="generator flashlight flashlights candles batteries bottled freezing stranded flickering",
    company="power electricity outage heat water storm house home apartment neighborhood neighbourhood elevator",
    phrases=r"""
        power electricity: (?:my|our|his|her|their|the|everyone's) (?:power|electricity)(?: is|'s| was| just| keeps?|
             went| goes| going| has been| cut| flicker\w*)(?: \w+){0,2} (?:out|off|cut|gone|back|flicker\w*|
            in and out)|
            (?:i|we|i've|we've|just|still|they|people|who|already|all|everyone|have|without|
            without any|got|get) (?:\w+ ){0,2}(?:lost|lose|have|has|no|out of|without) (?:\w+ )?(?:power|electricity)\b|
            (?:no|without) (?:power|electricity|heat|water)|(?:power|electricity) (?:\w+ )?(?:at|in|on) (?:my|our) |
            (?:lost|lose|losing) (?:power|electricity)
        house home basement: (?:my|our) (?:house|home|basement|street|block) (?:\w+ )?(?:flooded|shaking|dark|out)""",
)

LISTS = (DEATH, VIOLENCE, DISASTER, ACCIDENT, MINORS, INJURY, HARDSHIP)
