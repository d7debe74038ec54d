"""TwiML as far as the stand-in plays it: Say, Pause, Gather with a key, Hangup. Speaking takes no time here."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

LONGEST = 4000
"""Signs of instructions that come with the call itself (twilio.com/docs/voice/api/call-resource, `Twiml`)."""
_SECONDS = 5


@dataclass
class Step:
    verb: str
    """`say`, `pause`, `gather` or `hangup`."""
    text: str = ""
    seconds: int = 0
    """How long a key is waited for."""
    action: str = ""


def read(document: str) -> list[Step]:
    """Raises ValueError for what the stand-in does not play, so that nothing is silently left out."""
    try:
        root = ET.fromstring(document)  # noqa: S314  (from the app that is tried out, on this machine)
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from None
    if root.tag != "Response":
        raise ValueError("the instructions are no <Response>")
    steps = []
    for verb in root:
        if verb.tag == "Gather":
            steps += [*map(_spoken, verb), _gather(verb)]
        elif verb.tag == "Hangup":
            steps.append(Step("hangup"))
        else:
            steps.append(_spoken(verb))
    return steps


def _spoken(verb: ET.Element) -> Step:
    if verb.tag == "Say" and not len(verb):
        return Step("say", " ".join((verb.text or "").split()))
    if verb.tag == "Pause":
        return Step("pause")
    raise ValueError(f"<{verb.tag}> is not played here")


def _gather(verb: ET.Element) -> Step:
    """One key; a key ends what is being said (Twilio's own default)."""
    given = dict(verb.attrib)
    if (given.get("input", "dtmf"), given.get("numDigits"), given.get("method", "POST")) != ("dtmf", "1", "POST"):
        raise ValueError("<Gather> waits for one key and posts it")
    if given.get("finishOnKey", "#") != "":
        raise ValueError("<Gather> must take every key, # too: finishOnKey is empty")
    if not given.get("action", "").startswith(("http://", "https://")):
        raise ValueError("<Gather> needs a whole address: what came with the call has none of its own")
    return Step("gather", seconds=_whole(verb, "timeout", _SECONDS), action=given["action"])


def _whole(verb: ET.Element, name: str, default: int) -> int:
    given = verb.get(name, str(default))
    if not (given.isascii() and given.isdigit()):
        raise ValueError(f"<{verb.tag}> {name} is a number")
    return int(given)
