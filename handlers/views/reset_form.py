"""The form: who, where the text goes, what the product will do and what it will not, and what must be said."""

from __future__ import annotations

from handlers.approval_words import facts_line
from handlers.ids import Act, Block, Screen
from handlers.views import kit
from services.model import Abilities, Again, Channel, Form

STOPPED = (
    "⚠ They replied STOP to our texts. Unless they have texted START since then, this one is refused: ask them to "
    "text START to the number our texts come from, then send."
)
STOPPED_BUT_CALLED = "⚠ They replied STOP to our texts: have it read out, or ask them to text START before you text."
_REACHES = {
    Channel.TEXT: kit.Choice(Channel.TEXT, "Text message"),
    Channel.CALL: kit.Choice(
        Channel.CALL, "Call and read it out", "It rings at once; they press 1 and write it down."
    ),
}
NOTE = 1000
TICKET = 60


def form_screen(form: Form) -> kit.Json:
    if form.channels == (Channel.UNLOCK,):
        return _unlock_screen(form)
    person = form.person
    role = person.role if person.privileged else ""
    asks, calls = form.approvals_needed > 0, Channel.CALL in form.channels
    closed = form.again is not None and form.again.closed
    return kit.modal(
        Screen.FORM,
        "Reset password",
        kit.rich(
            kit.dotted([kit.Bold(person.name), person.email, role]),
            [f"→ {_what(form)} to ", kit.Bold(person.phone.masked)],
        ),
        *([_unlock_instead(form)] if form.unlocks else []),
        *([kit.section(STOPPED_BUT_CALLED if calls else STOPPED)] if form.stopped else []),
        *([kit.section(*replacing(form.again))] if form.again else []),
        kit.section(*what_happens(form.abilities, form.minutes, _what(form), closed=closed)),
        *(_approval(form) if asks else ()),
        kit.section(
            f"🔒 Set temporary password: a secure one is generated {'once they agree' if asks else 'on Send'}. "
            "Nobody here sees it."
        ),
        *_questions(form),
        submit="Ask for approval" if asks else "Send reset password",
        close="Cancel",
        metadata=form.draft_id,
    )


def _unlock_screen(form: Form) -> kit.Json:
    person = form.person
    asks = form.approvals_needed > 0
    return kit.modal(
        Screen.UNLOCK,
        "Unlock account",
        kit.rich(
            kit.dotted([kit.Bold(person.name), person.email, person.role if person.privileged else ""]),
            ["→ the password stays, nothing is sent"],
        ),
        kit.section(
            "What the product counted of wrong attempts is cleared, and the password they have lets them in again.",
            "Open sign-ins go on. Only for somebody who knows their password.",
        ),
        *(_approval(form) if asks else ()),
        *_questions(form),
        submit="Ask for approval" if asks else "Unlock account",
        close="Cancel",
        metadata=form.draft_id,
    )


def _unlock_instead(form: Form) -> kit.Json:
    button = kit.button("🔓 Unlock only", Act.UNLOCK, form.draft_id, label=f"Unlock only, {form.person.name}")
    return kit.section(
        "The product counts wrong attempts of theirs: they may be locked out. If they know their password, unlocking "
        "is enough.",
        accessory=button,
    )


def replacing(again: Again) -> list[str]:
    """What becomes of the earlier one, and when: not only once the new text is there."""
    replaces = f"Replaces {again.reference}."
    return [replaces, "What was texted before is void as soon as you send this."] if again.voids else [replaces]


def what_happens(abilities: Abilities, minutes: int, what: str = "text", *, closed: bool = False) -> list[str]:
    """What the product does by itself, and what it will not: the agent may have to say it on the phone."""
    lives = f"Works once, for {minutes} min." if abilities.must_change else f"Works for {minutes} min."
    if abilities.knows_expiry:
        lives += " Then the product refuses it."
    else:
        lives += " The product does not know that time: Locksmith takes it away then."
    old = (
        "Their old password keeps working until they choose a new one."
        if abilities.keeps_old_password
        else f"Their old password stops working once the {what} is accepted; unused, the old one is put back."
    )
    if closed:
        old = f"The account is closed: only the {what} opens it."
    change = (
        "At sign-in they must choose their own."
        if abilities.must_change
        else "The product will not make them choose their own: ask them to."
    )
    when = f"once the {what} is accepted" if abilities.ends_at_write else "when it is used"
    ends = (
        f"Open sign-ins end {when}."
        if abilities.ends_sign_ins
        else "Open sign-ins do not end: whoever is signed in stays signed in."
    )
    locked = "If wrong attempts locked the account, it is unlocked with it." if abilities.unlocks else ""
    seen = "" if abilities.shows_sign_ins else "The product does not tell when they signed in: ask them."
    return [lives, old, change, ends, locked, seen, *abilities.cannot]


def _approval(form: Form) -> list[kit.Json]:
    """Before the password, because "they" in its line are those who must agree."""
    who = "A manager" if form.approvals_needed == 1 else "Two managers"
    facts = facts_line(form.approval_facts, form.person.role)
    return [kit.section(f"{who} must agree first{f': {facts}' if facts else ''}.")]


def _what(form: Form) -> str:
    """`text`, `call`, or `text or call`."""
    return " or ".join(channel for channel in Channel if channel in form.channels)


def _reaching(form: Form) -> kit.Json:
    choices = [_REACHES[channel] for channel in Channel if channel in form.channels]
    return kit.pick(Block.CHANNEL, Act.CHANNEL, "How shall it reach them?", choices, chosen=form.channels[0])


def _questions(form: Form) -> list[kit.Json]:
    closes = f"Closes the account at once; only the {_what(form)} opens it again."
    reasons = [kit.Choice(reason.id, reason.text, closes if reason.compromised else "") for reason in form.reasons]
    checks = [kit.Choice(check.id, check.text) for check in form.checks]
    wants_note = ", ".join(reason.text for reason in form.reasons if reason.needs_note)
    return [
        *([_reaching(form)] if Channel.CALL in form.channels else []),
        kit.pick(Block.REASON, Act.REASON, "Why?", reasons, chosen=form.again.reason if form.again else ""),
        kit.pick(Block.CHECK, Act.CHECK, "How did you check who is calling?", checks),
        kit.type_in(
            Block.TICKET,
            Act.TICKET,
            "Ticket",
            value=form.again.ticket if form.again else "",
            placeholder=form.ticket_example,
            most=TICKET,
        ),
        kit.type_in(
            Block.NOTE,
            Act.NOTE,
            "Note",
            most=NOTE,
            lines=True,
            hint=f"Required for: {wants_note}." if wants_note else "",
        ),
    ]
