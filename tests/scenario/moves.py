"""What agents do all day, as one line of a story."""

from __future__ import annotations

from tests.scenario.people import Person
from tests.scenario.product import Product

JANE = "jane.doe@acme.example"
JANES_PHONE = "+12025550142"
OTHER_JANE = "j.doe@acme.example"

FORGOT, OTHER, COMPROMISED = "Forgot or locked out", "Other", "Compromised: somebody else may be in"
CALLED_BACK, NOT_CHECKED = "Called back the number on record", "Not checked"
WHY, CHECKED = "Why?", "How did you check who is calling?"


def open_form(agent: Person, email: str = JANE) -> None:
    agent.command(f"/reset-user {email}")
    agent.press("Reset password", on=email)


def fill_in(
    agent: Person, *, why: str = FORGOT, checked: str = CALLED_BACK, ticket: str = "", note: str = ""
) -> None:
    agent.choose(WHY, why)
    agent.choose(CHECKED, checked)
    if ticket:
        agent.fill("Ticket", ticket)
    if note:
        agent.fill("Note", note)


def send(agent: Person, email: str = JANE, *, why: str = FORGOT) -> None:
    """From the search to "Sending text"."""
    open_form(agent, email)
    fill_in(agent, why=why)
    agent.submit()


def ask(agent: Person, email: str = OTHER_JANE, *, checked: str = CALLED_BACK) -> None:
    """From the search to "Waiting for approval": this Jane Doe is an administrator."""
    if agent.has_modal:
        agent.close()
    open_form(agent, email)
    assert agent.modal.submit == "Ask for approval"
    fill_in(agent, checked=checked)
    agent.submit()
    assert agent.modal.title == "Waiting for approval"


def approve(manager: Person) -> None:
    manager.press("Approve", at=manager.asked_to_decide)


def decline(manager: Person, why: str) -> None:
    manager.press("Decline", at=manager.asked_to_decide)
    manager.fill(WHY, why)
    manager.submit()
    manager.close()


def use(product: Product, email: str, secret: str, own: str) -> None:
    """The person signs in with the text's password and chooses their own."""
    with product.visit() as visitor:
        assert "Choose your own password" in visitor.sign_in(email, secret)
        assert "Your new password is saved" in visitor.choose(own)
