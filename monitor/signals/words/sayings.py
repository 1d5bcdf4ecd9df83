"""Common phrases for one thing, in English: a fact of the dark is met by people who write `lights out`.

Before the bar stand the words for the thing, behind it what people say instead. Who lists a word meets its phrases, and
who lists a phrase meets the others, but never the bare word: a candle for a power cut has no business with dark humour.
"""

from __future__ import annotations

_LINES = """
dark, darkness | pitch black, pitch dark, lights out, lights off, lights went out, lights are out, no lights, blackout, black out, power cut, power outage, power out, power went out
rain, raining | pouring down, pouring rain, chucking it down, raining cats and dogs, downpour, cloudburst
snow, snowing | snow day, snowed in, white out, snowstorm
heat | heatwave, heat wave, boiling hot, scorcher, sweltering
draw | stalemate, all square, shared the points, dead heat
overtime | extra time, added time, stoppage time, injury time
comeback | turned it around, from behind, against all odds
sleep | fast asleep, sound asleep, dozed off, nodded off, forty winks
hungry | starving, could eat a horse, stomach is rumbling, munchies
snack | midnight snack, late night snack, midnight feast, munchies
coffee | cup of joe, caffeine, flat white, espresso
tea | cuppa, brew up, put the kettle on
stain | spilled on my shirt, down my shirt, all over my shirt
birthday | many happy returns, another year older, blow out the candles
champagne | pop the cork, popped the cork, bubbly
"""  # noqa: E501 - one thing a line

_SAID: dict[str, tuple[str, ...]] = {}
for _line in _LINES.strip().splitlines():
    _words, _phrases = (tuple(part.strip().split(", ")) for part in _line.split("|"))
    for _wording in (*_words, *_phrases):
        _SAID[_wording] = tuple(dict.fromkeys((*_SAID.get(_wording, ()), *(p for p in _phrases if p != _wording))))


def said_for(term: str) -> tuple[str, ...]:
    """Other words and phrases for the thing that the folded `term` names; mostly none."""
    return _SAID.get(term, ())
