"""The rule language of keywords: what people want to hear of, in the words of a search box.

    dark lights            both words, in any order            dark OR lights    one of them
    dark -(web OR money)   the first without the others        (a OR b) c        parentheses
    "lights out"           words next to each other            lights NEAR/3 out at most 3 words from each other
    dunk*                  the beginning of a word             #superbowl @nasa  a hashtag, a name
    /dun[ck](ed|ing)/      a regular expression                list:snacks       any word of lists/snacks.yaml
    from:nasa  lang:en  site:example.com  is:repost  is:reply  has:links  has:media  min_followers:1000  platform:x

Side by side binds closer than OR. Capitals do not matter, nor do the forms that Unicode holds to be one letter; accents
do: `cafe` is not `café`. A word stands on its own or as a hashtag, and meets its 's (oreo's); in scripts without
spaces, and for emoji, it is found inside. NEAR counts words in either order; X's own `"lights out"~3` is read as well.

A regular expression is searched in the folded text (small letters, straight apostrophes, single spaces) of a post's
first 4,000 letters, without regard to capitals. It has at most 200 characters, is tried out when the rule is read and
refused if its time explodes; on each text it has five milliseconds and is otherwise not met.

What follows a colon asks something of the post beside its text. A source may not tell it: then `lang:en` does not
match, and neither does `-lang:en`. A rule needs a word, a pattern, an author or a site that it must have.

`parse` reads, `to_text` writes, `monitor.rules.RuleSet` matches many rules at once, and `monitor.keywords.remote` says
what of a rule a platform can filter by itself.
"""

from monitor.keywords.grammar import MAX_DEPTH, RuleMistake
from monitor.keywords.nodes import Has, Leaf, Prefix, Within
from monitor.keywords.reading import Lists, entry, parse, to_text, without, written_out
from monitor.keywords.rule import Rule
from monitor.keywords.words import Index, Words, cut, cut_folded, fold, fold_letters

__all__ = [
    "MAX_DEPTH",
    "Has",
    "Index",
    "Leaf",
    "Lists",
    "Prefix",
    "Rule",
    "RuleMistake",
    "Within",
    "Words",
    "cut",
    "cut_folded",
    "entry",
    "fold",
    "fold_letters",
    "parse",
    "to_text",
    "without",
    "written_out",
]
