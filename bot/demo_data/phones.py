"""Telephone numbers for the crowd: all from ranges that are kept free for films and books."""

from __future__ import annotations

from random import Random

_AREAS = """
    202 205 206 208 212 213 214 215 216 218 225 229 239 253 262 302 303 304 305 307 308 310 312 313
    316 319 401 402 404 405 406 410 413 415 416 419 503 505 508 512 515 517 604 613 617 701 702 703
    706 713 801 802 804 805 808 901 904 907 916 919
""".split()  # noqa: SIM905  (a list to read, not a column)
_AMERICAN = ("+1 {a}-555-{n}", "({a}) 555-{n}", "{a}-555-{n}", "{a}.555.{n}", "+1{a}555{n}", "1-{a}-555-{n}")
_ELSEWHERE = (
    ("+49 171 39200{n:02}", 0, 99),
    ("+49 (0)176 040690{n:02}", 0, 99),
    ("+61 491 570 {n}", 156, 159),
    ("+46 70-174 06 {n:02}", 5, 99),
    ("011 46 70 174 06 {n:02}", 5, 99),
)
_AMERICAN_SHARE = 0.75


def a_mobile(chance: Random) -> str:
    """As somebody may have typed it; readable for somebody who is in the United States."""
    if chance.random() < _AMERICAN_SHARE:
        return chance.choice(_AMERICAN).format(a=chance.choice(_AREAS), n=f"01{chance.randrange(100):02}")
    pattern, low, high = chance.choice(_ELSEWHERE)
    return pattern.format(n=chance.randint(low, high))
