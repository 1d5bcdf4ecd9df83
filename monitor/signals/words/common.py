"""Words too common to tell one happening from another."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Words apart by white space."""
    return frozenset(text.split())


COMMON = word_set(
    """
    http https about after again also always another anyone around away back because been before being best better
    both came come could crazy does doing done down during each even ever every everyone everything feel find first
    from fuck fucking getting give goes going gone gonna good great guys happen happened happening hate have having
    hear heard hell here holy hope hour hours into just keep knew know last least left less life like literally
    little live long look looking looks lord love made make makes making many maybe mean might mins minute minutes
    more morning most much must need never news next night nothing okay once only other over people person please
    post posts pray prayers praying really right said same saying says seen shit should show since some someone
    something soon still stop sure take taking talk tell than thank thanks that their them then there these they
    thing things think this those thoughts though thought through time today told tomorrow tonight took tries trying
    twitter under until update updates very wait want was watch watching week well went were what when where which
    while whole will wish with wont word work world would wow yeah year years yesterday your yourself breaking watch
    photo photos picture video report reports reported news police officials media please help helping sending heart
    hearts everybody crowd game match team teams play playing player players goal goals half season fans stadium
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december power lights american americans america
    """
)

SMALL = word_set(
    """
    the and you for are was with that this not but all out has had his her our your can get got its it's who how why now
    one two she him too yes yet let may off own per any ask big day end far few lot low man men new old see use via way
    """
)
"""Words of two or three letters that start many sentences and name nothing."""
