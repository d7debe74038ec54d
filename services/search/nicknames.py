"""Short forms of first names that callers use and directories do not: English ones, for a start.

Each line is a name and its short forms; one of these may stand in several lines (Alex, Chris, Pat).
"""

from __future__ import annotations

_LINES = """
abigail abby gail
alexander alex al sandy xander
alexandra alex sandra sandy
andrew andy drew
anthony tony
antonio tony
barbara barb babs
benjamin ben benny
charles charlie chuck chas
catherine cathy kate katie cat
christina chris tina christy
christine chris tina chrissy
christopher chris kit topher
cynthia cindy
daniel dan danny
david dave davey
deborah debbie deb
dorothy dot dottie dolly
edward ed eddie ted ned
elizabeth liz beth betty eliza lizzie libby lisa betsy
eugene gene
francis frank
frances fran frannie
francisco paco pancho frank
frederick fred freddie
gabriel gabe
gerald gerry jerry
gregory greg
harold harry hal
henry harry hank
isabella bella izzy
jacob jake
jacqueline jackie
james jim jimmy jamie
jeffrey jeff
jennifer jen jenny
jessica jess jessie
john jack johnny
jonathan jon jonny
jose pepe
joseph joe joey
joshua josh
judith judy
katherine kathy kate katie kat kitty
kathleen kathy kate
kenneth ken kenny
kimberly kim
lawrence larry
leonard leo len lenny
margaret maggie meg peggy marge greta
matthew matt
maximilian max
megan meg
michael mike mikey mick micky
nathaniel nate nat
nicholas nick nicky
nicole nicky nikki
pamela pam
patricia pat patty trish
patrick pat paddy
peter pete
philip phil
rachel rae
raymond ray
rebecca becky becca
richard rick dick rich ricky
robert bob rob bobby robbie bert
ronald ron ronnie
samantha sam
samuel sam sammy
stephanie steph
stephen steve
steven steve
susan sue susie
suzanne sue suzy
theodore ted teddy theo
theresa terry tess
thomas tom tommy
timothy tim timmy
valerie val
victoria vicky tori
vincent vince vinny
walter walt wally
william bill will billy willy liam
zachary zach zack
"""


def table() -> dict[str, frozenset[str]]:
    """Each form, and what else the same person may be called."""
    found: dict[str, set[str]] = {}
    for line in _LINES.split("\n"):
        whole, *short = line.split() or [""]
        for each in short:  # Bill is William and William is Bill, but Alex does not make Sandra an Alexander
            found.setdefault(each, set()).add(whole)
            found.setdefault(whole, set()).add(each)
    return {name: frozenset(others) for name, others in found.items()}
