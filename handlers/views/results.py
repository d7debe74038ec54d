"""People found: as a message that pages and searches in place, and as a modal that does the same."""

from __future__ import annotations

import json
from hashlib import sha256

from handlers.approval_words import ask_instead, needs, title
from handlers.channel_words import title_of
from handlers.halt_words import banner, spoken
from handlers.ids import Act, Block, Screen
from handlers.sentences import CAUSES
from handlers.views import kit
from services.model import Actor, Cause, Found, Request, Row

QUERY = 200
"""Signs of a query: what is longer is searched by its beginning, which the search box then shows."""
OPEN_SHOWN = 5
NAME = 150
FACT = 150
_OTHERS = "Or did you mean:"


def results_message(found: Found, reader: Actor, *, mine: tuple[Request, ...] = ()) -> kit.Message:
    line = banner(found.halt, reader.zone) if found.halt else []
    blocks = [*_halt(line), *_open_resets(mine), *_page(found, reader, in_modal=False)]
    return kit.message(f"{spoken(line)} {_headline(found)} {_summary(found)}".strip(), *blocks)


def search_screen(found: Found, reader: Actor, *, hint: str = "") -> kit.Json:
    """Sending this modal means searching; its rows open the form in the same modal."""
    blocks = _halt(banner(found.halt, reader.zone)) if found.halt else []
    blocks += [kit.section(hint)] if hint else []
    blocks += _page(found, reader, in_modal=True)
    return kit.modal(Screen.SEARCH, "Find a person", *blocks, submit="Search")


def _halt(line: kit.Line) -> list[kit.Json]:
    return [kit.rich(line)] if line else []


def page_value(query: str, offset: int) -> str:
    return json.dumps([kit.clean(query), offset], ensure_ascii=False)


def read_page(value: str) -> tuple[str, int]:
    """What a paging button carries; a value that is not ours reads as the first page of everybody."""
    try:
        query, offset = json.loads(value)
    except (TypeError, ValueError):
        return "", 0
    return str(query)[:QUERY], max(0, offset) if isinstance(offset, int) else 0


def _page(found: Found, reader: Actor, *, in_modal: bool) -> list[kit.Json]:
    blocks = [kit.rich([kit.Bold(_headline(found))]), *_search_box(found, in_modal=in_modal)]
    for at, row in enumerate(found.rows, found.offset):
        if at == max(found.offset, found.matching) and found.matching:
            blocks.append(kit.rich([kit.Bold(_OTHERS)]))
        blocks += _row(row, reader)
    return [*blocks, *_paging(found)]


def _headline(found: Found) -> str:
    """How many, and of what: of a capped search only that there are more."""
    if not found.query:
        return "Whom shall I look for?" if found.rows else "There are no people in the directory yet."
    if not found.total:
        return f"Nobody matches “{found.query}”."
    if not found.matching:
        meant = found.rows[0].person.name if found.total == 1 and found.rows else "one of these"
        return f"Nobody matches “{found.query}”. Did you mean {kit.clip(meant, NAME)}?"
    count = f"More than {found.cap}" if found.capped and found.guessed_from is None else str(found.matching)
    return f"{count} {'person matches' if found.matching == 1 else 'people match'} “{found.query}”."


def _summary(found: Found) -> str:
    rows = [f"{row.person.name}, {row.person.email}: {'; '.join(_facts(row))}." for row in found.rows]
    sure = max(0, found.matching - found.offset) if found.matching else len(rows)
    return " ".join([*rows[:sure], *([_OTHERS] if rows[sure:] else []), *rows[sure:], _more(found)])


def _more(found: Found) -> str:
    return f"First {found.cap}. Add a last name or e-mail." if found.capped else ""


def _search_box(found: Found, *, in_modal: bool) -> list[kit.Json]:
    """In a message the block's id changes with the search, or Slack would keep what was typed before."""
    block = Block.SEARCH.value
    if not in_modal:
        block += ":" + sha256(page_value(found.query, found.offset).encode()).hexdigest()[:12]
    hint = "" if found.rows or not found.query else "Try a part of the name, the other spelling, or the e-mail."
    box = kit.type_in(
        block,
        Act.SEARCH_TEXT,
        "Search people",
        value=found.query,
        placeholder="First name, last name or e-mail",
        most=QUERY,
        enter=not in_modal,
        hint=hint,
    )
    return [box] if in_modal else [box, kit.actions(kit.button("Search", Act.SEARCH))]


def _row(row: Row, reader: Actor) -> list[kit.Json]:
    person = row.person
    facts: list[str | kit.When] = [kit.clip(fact, FACT) for fact in _facts(row)]
    if row.last_reset:
        facts.append(kit.When(row.last_reset.at, reader.zone, dated=True))
    return [
        kit.section(kit.clip(person.name, NAME), kit.clip(person.email, 2 * NAME), accessory=_button(row)),
        kit.context(*facts),
    ]


def _button(row: Row) -> kit.Json:
    person = row.person
    whom = f"{person.name}, {person.email}"
    if row.impossible or row.under_way:
        return kit.button("What can I do?", Act.ADVICE, person.key, label=f"What can I do for {whom}")
    return choose(row, whom)


def choose(row: Row, whom: str) -> kit.Json:
    """The way to the form, named for what can be done by it."""
    if row.only_unlock:
        return kit.button("🔓 Unlock account", Act.CHOOSE, row.person.key, label=f"Unlock the account of {whom}")
    return kit.button("🔒 Reset password", Act.CHOOSE, row.person.key, label=f"Reset password of {whom}")


def _facts(row: Row) -> list[str]:
    """What makes this person special, the most important first."""
    person, facts = row.person, []
    if row.impossible:
        facts.append(_opening(CAUSES[row.impossible].short))
    if row.impossible is Cause.OUT_OF_SCOPE and row.ask_instead:
        facts.append(ask_instead(row.ask_instead).rstrip("."))
    if row.only_unlock and person.phone.problem:
        facts.append(f"{_opening(CAUSES[person.phone.problem].short)}: can only be unlocked")
    if person.may_be_locked:
        facts.append("wrong attempts: may be locked out")
    if row.stopped:
        facts.append("Replied STOP to our texts")
    if person.phone.tail:
        facts.append(_number(row))
    if row.namesake:
        facts.append("same name as another: check the e-mail")
    if person.privileged or row.approvals:
        role = (person.role or "privileged") if person.privileged else ""
        facts.append(": ".join(filter(None, (role, needs(row.approvals) if row.approvals else ""))))
    if under_way := row.under_way:
        state = title_of(under_way.state, under_way.channel).lower()
        facts.append(f"reset under way by {under_way.agent_name} ({under_way.reference}): {state}")
    facts.append(f"last reset by {row.last_reset.agent_name}" if row.last_reset else "no recent reset")
    return facts


def _number(row: Row) -> str:
    phone = row.person.phone
    if phone.problem is not Cause.NUMBER_LANDLINE:
        return f"mobile {phone.tail}"
    callable_ = not (row.impossible or row.only_unlock)
    return f"landline {phone.tail}: can be called" if callable_ else f"landline {phone.tail}"


def _opening(fact: str) -> str:
    return fact[:1].upper() + fact[1:]


def _paging(found: Found) -> list[kit.Json]:
    if not found.rows:
        return []
    place = f"{found.offset + 1}–{found.offset + len(found.rows)} of {found.total}"
    buttons = []
    if found.previous is not None:
        buttons.append(kit.button("Previous", Act.PREVIOUS, page_value(found.query, found.previous)))
    if found.next is not None:
        buttons.append(kit.button("Next", Act.NEXT, page_value(found.query, found.next)))
    return [kit.context(place, _more(found)), *([kit.actions(*buttons)] if buttons else [])]


def _open_resets(mine: tuple[Request, ...]) -> list[kit.Json]:
    if not mine:
        return []
    blocks = [kit.rich([kit.Bold(f"Your open resets: {len(mine)}")]), *map(open_reset, mine[:OPEN_SHOWN])]
    if len(mine) > OPEN_SHOWN:
        blocks.append(kit.context(f"And {len(mine) - OPEN_SHOWN} more: /reset-user status"))
    return [*blocks, {"type": "divider"}]


def open_reset(request: Request) -> kit.Json:
    """One line about a reset, with the way to its outcome."""
    name = kit.clip(request.person_name, NAME)
    line = f"{title(request)} · {name} · {request.phone_tail} · {request.reference}"
    label = f"Show result of {request.reference}, {request.person_name}"
    return kit.section(line, accessory=kit.button("Show result", Act.SHOW, request.id, label=label))
