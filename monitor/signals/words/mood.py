"""Words of mood: joy, laughter, mockery at one person's expense, anger, grief, fear; and words of sport in play."""

from __future__ import annotations

import re
from enum import StrEnum

from monitor.keywords import Words
from monitor.signals.words.common import word_set
from monitor.signals.words.figures import GRIEF as GRIEF_SIGNS

JOY = word_set(
    """
    amazing awesome beautiful best brilliant champions champion congrats congratulations delighted epic excellent
    excited fantastic fun glorious goat gorgeous great greatest happy hooray hype iconic incredible insane legend
    legendary love loved lovely magic magnificent masterpiece nice outstanding perfect perfection phenomenal proud
    sensational stunner stunning superb sweet unbelievable unreal win wins winner winning won wonderful wow wowww
    yay yes yess yesss yessss bravo sublime clutch cute delicious yum enjoy enjoying party celebrate celebrating
    hero welcome thank thanks blessed
    """
)
FUN = re.compile(
    r"😂|🤣|😆|😹|🎉|🥳|😍|❤|🙌|👏|🔥|💀|\b(?:lo+l+|lmf?ao+|rofl|(?:ba)?ha(?:ha)+h?|hehe+|hilarious|funny|funniest|jokes?|meme)\b"
)
MOCKERY = word_set(
    """
    embarrassing embarrassment embarrassed clown clowns clownish pathetic useless trash garbage idiot idiots idiotic
    moron stupid dumb dumbass awful terrible horrible horrendous shocking dreadful abysmal brick bricks bricking
    bricked choke choked choking choker choke bottled bottler fraud frauds overrated laughable humiliated
    humiliating exposed ratio flop flopped flopping flopper flops shambles disaster disasterclass bum bums scrub
    sucks sucked suck worst hopeless liability rubbish woeful donkey muppet plonker shite fool ridiculous cringe
    cringey creep loser losers clueless howler blunder gaffe
    """
)
SCORN = re.compile(
    r"[🤡🙈🤦]|\b(?:what (?:the \w+ )?(?:is|was|are|were) (?:he|she|you|they)\b|poor (?!of)\w+|oh dear|"
    r"bless (?:him|her)\b|how (?:bad|poor) (?:is|was|are)\b|someone (?:tell|stop|help) (?:him|her)\b|"
    r"can(?:'|no)t believe he\b)"
)
"""Head-shaking that needs no insult."""
ANGER = word_set(
    """
    angry anger furious outrage outraged outrageous disgrace disgraceful disgusting disgusted robbed robbery cheat
    cheated cheaters cheating cheat rigged corrupt corruption scandal scandalous unfair injustice shame shameful
    bullshit bs fuming joke boycott sack sacked fire fired protest lied liar liars greedy scam ripoff unacceptable
    refs refereeing referee officiating bribed fix fixed controversial appalling condemn condemned backlash offended
    offensive apologise apologize apology insensitive tasteless complaint complain
    """
)
GRIEF = re.compile(
    r"🙏|🕊|💔|🖤|\b(?:heartbroken|heartbreaking|devastated|devastating|tragic|tragedy|mourn\w*|grie(?:f|ving)|condolences|"
    r"prayers?|praying|sorrow|tearful|rip|rest in peace|saddened|unthinkable|horrific|horrified)\b"
)
FEAR = word_set(
    "scared terrified afraid frightened frightening terrifying panic panicking panicked scary #scary shaken"
)
PLAY = word_set(
    """
    goal goals scored scores score scoring save saves saved half halftime penalty pen pens foul fouls header shot
    shots striker keeper goalkeeper defender midfield midfielder team teams game match win wins winning lead leads
    lap laps pit pits podium race racing overtake tyres tires inters wets grid pole driver drivers points point
    quarter dunk dunks layup three threes block blocked defense offense rebound rebounds assist assists coach bench
    ball var offside ref refs crossbar corner freekick cup league playoffs finals final title touchdown fumble
    interception quarterback inning homer homerun pitcher set serve ace umpire tackle kick kickoff season player
    players spin spun substitute sub subs subbed buzzer court pitch possession hattrick kit jersey stadium champion
    champions championship record medal olympic olympics squad lineup
    """
)
"""A player named in play is news of the game; anybody else named is a person."""


class Mood(StrEnum):
    """How one post sounds; one post may sound several ways."""

    CHEERFUL = "cheerful"
    MOCKING = "mocking"
    ANGRY = "angry"
    GRIEVING = "grieving"
    AFRAID = "afraid"
    PLAY = "sport in play"


_BY_WORD = {Mood.CHEERFUL: JOY, Mood.MOCKING: MOCKERY, Mood.ANGRY: ANGER, Mood.AFRAID: FEAR, Mood.PLAY: PLAY}
_BY_SIGN = ((Mood.CHEERFUL, FUN), (Mood.MOCKING, SCORN), (Mood.GRIEVING, GRIEF), (Mood.GRIEVING, GRIEF_SIGNS))


def moods_in(words: Words) -> frozenset[Mood]:
    """Every mood the post shows."""
    found = {mood for mood, listed in _BY_WORD.items() if not words.tokens.isdisjoint(listed)}
    found.update(mood for mood, signs in _BY_SIGN if mood not in found and signs.search(words.text))
    return frozenset(found)
