"""Calls by Twilio's REST API: what `services/delivery/twilio.py` does of them, with the same care as for texts.

The instructions travel in the post itself (`twiml`). Twilio keeps with the call all that it was told to say, for
whoever may look into its console: so the whole call is erased there once it is over.
"""

from __future__ import annotations

import re
from typing import Any

from twilio.rest import Client
from twilio.twiml.voice_response import Gather, VoiceResponse

from services.errors import NoAnswer
from services.ports import ENDED, Receipt, Speech

RING_SECONDS = 30
"""Most voicemails take over about then."""
KEY_SECONDS = 10
LONGEST_SECONDS = 420
"""Three rounds of reading; whoever forgets to hang up pays no more."""
_EVENTS = ["initiated", "ringing", "answered", "completed"]
_STATUS = {
    "queued": "queued",
    "initiated": "queued",
    "ringing": "sent",
    "in-progress": "sent",
    "completed": ENDED,
    "busy": "undelivered",
    "no-answer": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
_CALL = re.compile("CA[0-9a-f]{32}")
TRY_AGAIN = "#rc=2&rp=5xx,ct,rt"
"""Twilio's own: how often it asks again, and after which faults. No part of the address that we get."""
_LANGUAGE = "en-US"
"""Of the voice, which else is the account's own choice."""


def is_call(sid: str) -> bool:
    return _CALL.fullmatch(sid) is not None


def place(client: Client, number: str, instructions: str, *, sender: str, seconds: int, callback: str) -> Any:  # noqa: ANN401  (twilio ships no types)
    """A call cannot be told to start in time, and need not: what it may say, it has to ask us."""
    fields: dict[str, Any] = {
        "to": number,
        "from_": sender,
        "twiml": instructions,
        "timeout": RING_SECONDS,
        "time_limit": max(1, min(seconds, LONGEST_SECONDS)),
    }
    if callback:
        fields |= {"status_callback": callback, "status_callback_event": _EVENTS}
    return client.calls.create(**fields)


def receipt(call: Any) -> Receipt:  # noqa: ANN401  (as above)
    """Raises NoAnswer for an answer that names no call."""
    if not is_call(str(call.sid or "")):
        raise NoAnswer
    return call_receipt(str(call.sid), str(call.status))


def call_receipt(sid: str, status: str) -> Receipt:
    """What `status` means for delivery. Of a call that came to nothing it is also all the code there is."""
    meant = _STATUS.get(status, "queued")
    return Receipt(sid, meant, status if meant in ("undelivered", "failed") else "")


def twiml(speech: Speech) -> str:
    """As TwiML. `finish_on_key=""`: every key counts as one; without a key comes what stands after."""
    response = VoiceResponse()
    _say(response, speech.said)
    if speech.asked:
        if speech.said:
            response.pause(length=1)
        gather = Gather(
            input="dtmf",
            num_digits=1,
            finish_on_key="",
            timeout=KEY_SECONDS,
            action=f"{speech.address}{TRY_AGAIN}",
            method="POST",
        )
        _say(gather, speech.asked)
        response.append(gather)
    _say(response, speech.after)
    response.hangup()
    return str(response)


def _say(where: VoiceResponse | Gather, sentences: tuple[str, ...]) -> None:
    for at, sentence in enumerate(sentences):
        if at:
            where.pause(length=1)
        where.say(sentence, language=_LANGUAGE)
