"""Hate, illness, politics, protest, mourning, money, law, rumours, bad service: what a light brand stays out of."""

from __future__ import annotations

from monitor.signals.words.alarm import Alarm, word_list

HATE = word_list(
    Alarm.HATE,
    sure="""nigger niggers faggot faggots kike kikes chink chinks spic spics wetback tranny trannies raghead towelhead
        gook coon coons nazi nazis hitler kkk antisemitic antisemitism islamophobic homophobic transphobic racist
        racists racism xenophobia xenophobic swastika supremacist supremacists slur slurs bigot bigots bigotry""",
    maybe="dyke dykes fag fags paki pakis retard retards retarded tranny savages apes monkey monkeys",
    company="lesbian lesbians queer gays homo disgusting immigrants muslims jews blacks filthy subhuman die",
)

ILLNESS = word_list(
    Alarm.ILLNESS,
    sure="""covid covid19 coronavirus ebola pandemic epidemic outbreak cancer leukemia leukaemia tumor tumour
        chemotherapy dementia alzheimers alzheimer's quarantine quarantined salmonella listeria poisoned poisoning
        #foodpoisoning foodpoisoning diagnosed overdose overdosed hospitalised hospitalized miscarriage contaminated""",
    maybe="""sick ill virus disease infected infection poison hospital stroke seizure coma symptoms vomiting positive
        fever ventilator""",
    company="""tested hospital disease infected infection virus eating ate food symptoms doctors doctor patients icu
        surgery heart critical condition diagnosed recovery illness health vaccine fda usda cdc""",
    phrases=r"""
        tested tests: test(?:ed|s) positive
        heart: heart attack (?:at|victim|in|today|last|survivor)|suffered a heart attack
        positive: covid.?positive|positive for
        poisoning: food poisoning
        recall recalled: (?:product|food|turkey|meat|safety) recall""",
)

SEXUAL = word_list(
    Alarm.SEXUAL,
    sure="porn porno pornhub nudes nude onlyfans nsfw xxx blowjob handjob dildo milf threesome orgy hentai camgirl",
    maybe="sex sexual naked horny boobs tits pussy dick cock cum leaked tape",
    company="sex sexual naked horny boobs tits pussy cock cum leaked tape video pics pictures photos",
)

POLITICS = word_list(
    Alarm.POLITICS,
    sure="""trump biden obama clinton hillary putin brexit senate senator senators congress congressman republican
        republicans democrat democrats democratic gop election elections #election2020 electoral ballot ballots voters
        impeach impeached impeachment politician politicians politics political parliament presidential referendum
        conservatives tory tories potus flotus fascist fascists fascism communist communists antifa maga #maga kamala
        pence romney merkel macron netanyahu erdogan modi zelensky bolsonaro populist senatorial gubernatorial
        demonetization demonetisation wybory elecciones élections wahlen gobierno""",
    maybe="""president vote votes voted voting minister government governor mayor debate campaign liberal liberals
        conservative policy democracy dictator regime sanctions candidate candidates administration cabinet fraud
        nominee ambassador bjp labour corruption harris state states
        called race""",
    company="""election elect washington whitehouse nation country congress party parties political politics government
        democracy states votes counted ballots president prime""",
    phrases=r"""
        president: president.?elect|(?:mr|vice|madam|the|our|your|former|next|first|46th|
            new) president\b(?! of (?:the )?(?:club|fifa|uefa|football|real|barcelona|nba|company|marketing))
        white: the white house
        minister: prime minister
        presidents: presidents
        debate: presidential debate|#debates?""",
)

JUSTICE = word_list(
    Alarm.JUSTICE,
    sure="""#blacklivesmatter blacklivesmatter #blm blm #metoo #icantbreathe protesters protestors genocide apartheid
        oppression oppressed uprising refugees refugee sexism sexist misogyny misogynist inequality transgender
        reparations #ferguson""",
    maybe="""protest protests protesting protested knee kneel kneeling kneels march marching rally activists activist
        uproar equality injustice justice solidarity revolution movement discrimination segregation slavery rights
        racism racist lives gesture matter powerful regime demonstrators""",
    company="""black lives rights police racism racist brutality human civil gay lgbt women workers migrant migrants
        anthem equality injustice protesters streets government regime curfew crackdown dictator""",
    phrases=r"""
        lives: (?:black|all|blue|trans|palestinian) lives matter
        knee knees: (?:takes?|taking|took|taken|bend(?:ing)?|on|bends) (?:\w+ ){0,2}knees?\b
        gay: gay (?:rights|marriage)
        rights: (?:human|civil|women's|workers'?|trans|voting|migrant) rights
        pay: equal pay""",
)

MEMORIAL = word_list(
    Alarm.MEMORIAL,
    sure="""#neverforget neverforget #911 #september11 #wewillneverforget #pearlharbor holocaust remembrance memorial
        memorials vigil vigils commemorate commemorates commemorating commemoration #rememberthefallen #lestweforget
        cenotaph halfstaff""",
    maybe="""silence forget anniversary tribute tributes honoring honouring honor honour remember remembering
        remembered veterans fallen heroes sacrifice sacrificed poppy wreath respect respects ceremony attacks
        impeccably observed flags""",
    company="""victims fallen veterans memory attacks towers died dead killed lost lives soldiers heroes sacrifice
        minute minutes survivors responders sacrificed nhs workers harbor silence""",
    phrases=r"""
        silence: (?:minute'?s?|minutes|moment|moments|seconds) (?:of )?silence
        forget: lest we forget|will never (?:\w+ )?forget (?:the|those|what|that|where)
        towers: (?:twin|the) towers
        responders: first responders
        remembering: remembering (?:all |everyone )?(?:those|the (?:victims|fallen|men|brave|\d))
        memory: in (?:loving )?memory of
        11 11th: (?:september|sept|sep) 11
        fallen: the fallen
        harbor: pearl harbor
        mast staff: flags? (?:\w+ ){0,3}(?:at |to )?half.?(?:mast|staff)""",
)

RELIGION = word_list(
    Alarm.RELIGION,
    sure="""muslim muslims islam islamic islamist christians jews jewish quran mosque synagogue pope vatican blasphemy
        hindu hindus""",
    maybe="church bible christian catholic prophet allah worship faith religion religious temple priest",
    company="religion religious faith muslim christian islam prayer worship sin gospel",
)

FINANCE = word_list(
    Alarm.FINANCE,
    sure="""crypto bitcoin btc ethereum dogecoin doge gme stonks wallstreetbets hodl airdrop nft nfts cashapp forex
        hedgefunds presale memecoin altcoin altcoins xrp shitcoin giveaways ponzi""",
    maybe="""stock stocks shares share invest investing investors investor trading traders trade market markets cents
        pump dump squeeze shorts hold holding buy sell rally moon portfolio coin coins wallet giveaway giving scam
        profit profits millionaire money dividend broker brokers funds hedge token tokens cash billion referral
        deposit""",
    company="""stock stocks shares invest investors trading traders market markets crypto bitcoin coin coins wallet
        broker hedge squeeze nasdaq etf price cents wallstreet dm whatsapp telegram retail portfolio""",
    phrases=r"""
        moon: to the moon
        cents: (?:to|at|hit|hits|past|over|under) \d+ cents
        giving: giving away \$?\d
        hedge: hedge funds?
        wall: wall street
        cashed: cashed out""",
)

LEGAL = word_list(
    Alarm.LEGAL,
    sure="lawsuit lawsuits sued indicted indictment arraigned prosecutor prosecutors convicted extradition felony",
    maybe="""arrest arrested court trial jail prison guilty charges charged lawyer lawyers judge investigation sue sues
        suing legal""",
    company="""police court judge jury prison jail guilty lawyer lawyers trial fraud felony crime custody charges
        lawsuit alleged""",
    phrases=r"""
        action: class action
        pleads pleaded: plead(?:s|ed) (?:not )?guilty""",
)

RUMOUR = word_list(
    Alarm.RUMOUR,
    sure="unconfirmed rumour rumours rumor rumors rumored rumoured hoax debunked #fakenews conspiracy disinformation",
    maybe="""reportedly allegedly alleged sources source confirmed false report reports secret hearing claims
        speculation""",
    company="""reports report unverified twitter unclear apparently told source sources say saying might deny denies
        denied not""",
    phrases=r"""
        sources source: (?:sources?|insiders?) (?:say|says|tell|tells|told|close to|claims?)|
            according to (?:\w+ )?sources
        confirmed: not (?:yet )?(?:been )?confirmed|can(?:no|')t be confirmed
        fake: fake (?:news|story|photo|picture|image)
        hearing: (?:we're|i'm|we are|i am|now) hearing (?:that|a|reports|there)
        say says stated: (?:says?|stated) (?:\w+ ){0,5}(?:will not|won't|isn't|there(?:'s| is| will be) no)
        confirm confirms confirmed: confirm\w* (?:\w+ ){0,5}(?:will not|won't|isn't|there(?:'s| is) no)
        true: (?:is|isn't|not) (?:it |this |that )?true\?""",
)

SERVICE = word_list(
    Alarm.SERVICE,
    sure="stranded rebook rebooked rebooking refund refunds overcharged #boycott boycott",
    maybe="""cancelled canceled cancellation cancellations delayed delay delays hold flight flights luggage baggage
        waiting hours customer service worst unacceptable glitch crash crashed outage unable login down app""",
    company="""flight flights customer service hours app account accounts phone rebook refund agent airline airport
        luggage bag bags cancelled canceled delayed gate website server servers users money log login""",
    phrases=r"""
        customer: (?:worst|terrible|horrible|awful|no|poor|bad) customer (?:service|support)
        working: (?:app|site|website|account|login|card) (?:\w+ ){0,2}not working
        delete: delete (?:the|your|my|this) app
        boycott: boycott""",
)

LISTS = (HATE, ILLNESS, SEXUAL, POLITICS, JUSTICE, MEMORIAL, RELIGION, FINANCE, LEGAL, RUMOUR, SERVICE)
