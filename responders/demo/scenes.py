"""What happens on the scripted evening, and what people write about it. Every name in it is made up."""

from __future__ import annotations

MATCH = {
    "us": ["Harbor", "Harbor City", "HAR", "the Gulls", "harbor city"],
    "them": ["Northfield", "NOR", "the Foxes", "northfield"],
    "side": ["{us}", "{them}"],
    "player": ["Quist", "Velloran", "Adebrook", "Tamsin Orr", "Brask", "Ilveston", "Marlo Venn", "Okonde"],
    "part": ["left wing", "midfield", "back line", "keeper", "press", "corner", "counter", "free kick", "throw-in"],
    "grade": ["sloppy", "class", "so nervous", "sharp", "asleep", "unreal", "tired already", "brave", "wasteful"],
    "ref": ["ref", "linesman", "VAR", "fourth official"],
    "mood": [
        "cannot breathe",
        "shaking",
        "loving this",
        "need a drink",
        "chewing my scarf",
        "so loud in here",
        "calm. not calm.",
    ],
    "end": [
        "",
        "",
        "!",
        "!!",
        " 😬",
        " 🔵⚪",
        " 🦊",
        " lol",
        " come on",
        " ⚽",
        "..",
        " #HARNOR",
        " #HARNOR",
        " #TheFinal",
    ],
    "watch": [
        "at the pub",
        "on the sofa",
        "in the stands",
        "at my gran's",
        "at work, second screen",
        "on the train",
        "in section {row}",
    ],
    "row": ["12", "104", "210", "B", "C", "33", "118", "7"],
    "crowd": ["stadium", "place", "whole ground", "pub", "street", "living room"],
}

MATCH_PATTERNS = [
    "{side} [look|are] {grade} {watch}{end}",
    "{player} on the {part}, {grade}{end}",
    "that {part} from {player} was {grade}{end}",
    "{ref} [missed|bottled|saw] that one, {player} {grade}{end}",
    "watching the final {watch}, {mood}{end}",
    "{mood} {watch}, {side} {grade}{end}",
    "[how is that not a card|offside by a mile|never a foul|clear handball], {ref}?{end}",
    "if {side} [win|lose] this {player} is [the reason|on the bus home|getting a statue]{end}",
    "{us} {part} [vs|against] {them} {part} is the whole final{end}",
]

KICK_OFF_PATTERNS = [
    "kick-off! {side} [all the way|in our heads|by two], {mood}{end}",
    "and we're [off|underway] in the final, {us} v {them}{end}",
    "final time. kick-off {watch}. {mood}{end}",
    "KICK OFF [come on|let's go] {us}{end}",
    "here we go, {us} against {them}, {watch}{end} #HARNOR",
    "that anthem, then kick-off, {mood}{end}",
]

GOAL_PATTERNS = [
    "GO[A|AA|AAA|AAAAA|OOOO]L {scorer}{end}",
    "goal{end} {scorer} [from nowhere|with the header|bottom corner|off the post and in], {score}",
    "{scorer}!!! {score}{end}",
    "{score}! what a goal by {scorer}{end}",
    "the {crowd} just exploded, {scorer} scores, {mood}{end}",
    "{scorer} you beauty {score} #HARNOR",
    "[cold|ridiculous|filthy|lovely] finish from {scorer}, {them} {grade}{end}",
    "no way {scorer} scores that. {score}. {mood}",
    "{who_else} goal, {scorer}, {mood} {watch}{end}",
]
FIRST_GOAL = {
    "scorer": ["Quist", "QUIST", "Marlo Quist"],
    "score": ["1-0", "1-0 Harbor", "one nil"],
    "who_else": ["first", "early"],
}
SECOND_GOAL = {
    "scorer": ["Velloran", "VELLORAN", "Ines Velloran"],
    "score": ["1-1", "1-1 Northfield", "one all", "all square"],
    "who_else": ["equaliser, what a", "and that's a"],
}

LIGHTS = {
    "dark": ["pitch dark", "dark", "completely dark", "half dark", "blacked out", "so dark"],
    "out": [
        "the lights went out",
        "lights out",
        "lights just went off",
        "the floodlights are gone",
        "power's gone",
        "blackout",
    ],
    "where": [
        "at the stadium",
        "at the final",
        "in the stadium",
        "over the whole pitch",
        "on the far side",
        "in section {row}",
        "here",
    ],
    "row": ["12", "104", "210", "B", "C", "33", "118", "7", "9", "41"],
    "joke": [
        *("who forgot to pay the bill", "someone tripped over the plug", "did they try turning it off and on again"),
        *("Northfield switched us off", "ref still saw nothing", "best part of the match so far", "candlelight final"),
        *("time for a snack I guess", "glow in the dark kits next year", "the groundsman is on a ladder somewhere"),
        *(
            "everyone on their phones now",
            "have they tried the fuse box",
            "the mascot has a torch",
            "bedtime for both teams",
        ),
        *("my cat did this", "finally some atmosphere", "even the lights gave up on our defence", "romantic"),
    ],
    "state": [
        *(
            "players are just standing around",
            "phone torches everywhere",
            "only the emergency lights are on",
            "screens dead too",
        ),
        *("commentators whispering", "the teams are stretching", "crowd singing in the dark", "scoreboard is dead"),
        *(
            "nobody knows anything",
            "they say a few minutes",
            "play stopped",
            "the whole crowd is laughing",
            "half the stand still lit",
        ),
        *("announcer has no microphone", "everybody is fine, just waiting", "kids love it"),
    ],
    "cry": [
        "wait what",
        "um",
        "hello??",
        "LOL",
        "oh no",
        "what is happening",
        "no way",
        "haha",
        "omg",
        "well then",
        "guys",
    ],
    "end": [
        "",
        "",
        "",
        "!",
        "!!",
        "?",
        " 😂",
        " 😂😂",
        " 💡",
        " 🔦",
        " lol",
        " 🕯️",
        " #LightsOut",
        " #LightsOut",
        " #HARNOR",
        " #blackout",
    ],
}
LIGHTS_PATTERNS = [
    "{cry} {out} {where}{end}",
    "{out} {where}, {state}{end}",
    "{out}. {joke}{end}",
    "{joke}{end} {out}",
    "{cry} it's {dark} {where}, {state}{end}",
    "stadium is {dark}{end} {state}",
    "{dark} {where} and {state}{end}",
    "power outage {where}? {joke}{end}",
    "{state}, {dark}, {joke}{end}",
    "{cry} the whole stadium lost power{end} {joke}",
    "a blackout in the middle of the final, {joke}{end}",
    "final stopped, {out}, {state} #LightsOut",
    "sitting in the dark {where}, {state}{end}",
]

TRAGEDY = {
    "town": ["Elmsworth", "elmsworth", "Elmsworth harbour", "Elmsworth"],
    "count": ["at least four", "seven", "nine", "eleven", "at least nine", "a dozen"],
    "lost": ["dead", "people dead", "confirmed dead", "killed"],
    "source": [
        "police say",
        "local radio:",
        "coastguard:",
        "reports from the pier:",
        "mayor says",
        "hospital says",
        "breaking:",
    ],
    "grief": [
        "heartbroken",
        "I have no words",
        "devastated",
        "crying",
        "this is awful",
        "numb",
        "so so sad",
        "sick to my stomach",
    ],
    "wish": [
        *(
            "praying for the families",
            "thoughts with everyone there",
            "holding my kids tighter tonight",
            "rest in peace",
        ),
        *("thinking of the crews", "please let them find more survivors", "my heart goes out to the town"),
    ],
    "know": [
        "my cousin was on board",
        "my old teacher lives there",
        "we took that ferry last summer",
        "my dad works at that pier",
    ],
    "detail": [
        *(
            "divers are in the water",
            "many still missing",
            "school children on board",
            "the injured are at the hospital",
        ),
        *(
            "rescue boats everywhere",
            "they stopped naming a number",
            "families waiting on the pier",
            "people are giving blood",
        ),
    ],
    "end": ["", "", "", ".", " 💔", " 🙏", " 🕯️", " 😢", " #Elmsworth", " #Elmsworth", " #PrayForElmsworth"],
}
TRAGEDY_PATTERNS = [
    "{source} {count} {lost} after the ferry sank off {town}{end}",
    "ferry disaster in {town}, {count} {lost}, {detail}{end}",
    "{grief}. {wish}{end} {town}",
    "{know}, no answer yet{end} {town}",
    "the {town} ferry capsized, {detail}. {wish}{end}",
    "{wish}, {town}. {grief}{end}",
    "{source} {detail}, {count} {lost} in {town}{end}",
    "{grief} about the {town} ferry, {know}{end}",
    "turn off the football. {count} {lost} in {town}. {grief}{end}",
    "{detail} in {town}, {grief}{end}",
]

ALBUM = {
    "artist": ["Lyra Vance", "Lyra", "LYRA VANCE", "lyra vance"],
    "album": ["Paper Comets", "paper comets", "PAPER COMETS", "the new album"],
    "track": [
        "track two",
        "track five",
        "the opener",
        "the last song",
        "Satellite Girl",
        "Hollow Season",
        "the interlude",
    ],
    "scream": [
        "I am not ok",
        "SCREAMING",
        "no warning??",
        "she really did it",
        "crying in the car",
        "pinch me",
        "queen behaviour",
    ],
    "praise": [
        "album of the year",
        "her best",
        "no skips",
        "the strings",
        "that key change",
        "on repeat already",
        "masterpiece",
    ],
    "stuff": ["fourteen songs", "a whole film", "no singles", "a tour too", "the cover art", "a vinyl on Friday"],
    "end": ["", "", "!", "!!!", " 😭", " 😭😭", " ☄️", " 🎧", " #PaperComets", " #PaperComets", " #LyraVance"],
}
ALBUM_PATTERNS = [
    "{artist} released {album} with no warning, {scream}{end}",
    "{scream} {artist} surprise album{end}",
    "{album}: {stuff}, {praise}{end}",
    "{track} on {album}, {scream}{end}",
    "{artist} {stuff} and {track}, {praise}{end}",
    "listening to {album}, {track} is {praise}{end}",
    "everybody stop, {artist} has a surprise album{end} {scream}",
    "{praise}. {album}. {artist}{end}",
    "new {artist} album and {stuff}{end} {scream}",
]

SPAM = {
    "lead": ["", "", "", "", "🚨 ", "WOW ", ">> "],
    "tail": ["", "", "", "", " 🚀", " 🔥", " !!"],
}
SPAM_PATTERNS = [
    "{lead}Claim your free 500 CoinRain bonus before it is gone https://coinrain.example/claim #CoinRain{tail}",
    "{lead}I got 500 from CoinRain in two minutes, it really works https://coinrain.example/join #CoinRain{tail}",
]
