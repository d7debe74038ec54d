"""What a whole story takes, told once for every way to run Locksmith."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import phonenumbers

from tests.processes.patience import eventually
from tests.processes.wire import Json, press_send
from tests.processes.yard import Yard
from tests.scenario.moves import JANE, JANES_PHONE, fill_in, open_form
from tests.scenario.people import Person
from tests.scenario.screen import Message

OWN = "my own words 42"
_E164 = phonenumbers.PhoneNumberFormat.E164


def main_job(yard: Yard, agent: Person, email: str = JANE, number: str = JANES_PHONE) -> str:
    """From the search to a password of Jane's own; the carrier's id of the one text."""
    agent.reload()  # whatever is left of other stories
    open_form(agent, email)
    fill_in(agent, ticket="ZD-123")
    agent.submit()
    form = agent.modal.id
    (text,) = eventually("the text arrives", lambda: yard.texts_to(number))
    choose_own(yard, email, secret_in(text))
    eventually("the modal tells of it", lambda: agent.modal.title == "Own password chosen")
    assert agent.modal.id == form
    agent.submit()
    assert not agent.has_modal
    eventually("the card and its history", lambda: [len(card.replies) for card in cards(yard, email)] == [1])
    (card,) = cards(yard, email)
    assert card.text.startswith("Own password chosen")
    assert len(yard.texts_to(number)) == 1
    return str(text["sid"])


def secret_in(text: Json) -> str:
    return str(text["body_as_sent"]).split("\n")[1]


def choose_own(yard: Yard, email: str, secret: str) -> None:
    with yard.visit() as visitor:
        assert "Choose your own password" in visitor.sign_in(email, secret)
        assert "Your new password is saved" in visitor.choose(OWN)


def cards(yard: Yard, email: str) -> list[Message]:
    """What stands in the audit channel about this person's requests, by their references."""
    references = [row[0] for row in yard.own(
        "SELECT reference FROM locksmith_request WHERE person_email = :email", email=email
    )]  # fmt: skip
    return [card for card in yard.person("maya").cards if any(one in card.text for one in references)]


def forms(emails: list[str], agent: Person) -> list[Json]:
    """A press on Send for each, all filled in and not yet pressed."""
    made = []
    for email in emails:
        agent.press("Reset password", on=email, at=agent.command(f"/reset-user {email}"))
        made.append(press_send(agent))
    return made


def all_use(yard: Yard, emails: dict[str, str]) -> None:
    """Everybody (e-mail -> number) signs in with what they got and chooses their own."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: choose_own(yard, one[0], secret_in(yard.texts_to(one[1])[0])), emails.items()))


def numbers_of(yard: Yard, emails: list[str]) -> dict[str, str]:
    """As the carrier writes them."""
    kept = dict(yard.product("SELECT email, phone FROM people WHERE phone IS NOT NULL"))
    parsed = {email: phonenumbers.parse(kept[email], "US") for email in emails}
    return {email: phonenumbers.format_number(number, _E164) for email, number in parsed.items()}


def ended(yard: Yard, emails: list[str]) -> Counter[str]:
    """How many of these people's requests are in which state."""
    rows = yard.own("SELECT person_email, state FROM locksmith_request")
    return Counter(state for email, state in rows if email in emails)


def open_announcements(yard: Yard) -> list[object]:
    return yard.own("SELECT kind, state FROM locksmith_outbox WHERE state IN ('ready', 'claimed')")
