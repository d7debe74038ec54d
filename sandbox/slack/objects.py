"""Slack's composition objects and text, as data.

Sources: docs.slack.dev/reference/block-kit/composition-objects/{text,option,option-group,confirmation-dialog,
dispatch-action-configuration}-object.
"""

from sandbox.slack.schema import ByType, Flag, Many, Obj, Problem, Problems, Rule, Str

TEXT_MOST = 3000

IDENTIFIER = Str(most=255, least=1)


class Text:
    """A text object of one of the allowed kinds, within a length."""

    def __init__(self, most: int = TEXT_MOST, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
        words = Str(most=most, least=1)
        self._rule = ByType(
            {
                "plain_text": Obj({"type": Str(), "text": words}, {"emoji": Flag()}),
                "mrkdwn": Obj({"type": Str(), "text": words}, {"verbatim": Flag()}),
            },
            kinds,
        )

    def check(self, value: object, at: str) -> Problems:
        yield from self._rule.check(value, at)


def plain(most: int) -> Text:
    return Text(most, ("plain_text",))


CONFIRM = Obj(
    {"title": plain(100), "text": plain(300), "confirm": plain(30), "deny": plain(30)},
    {"style": Str(one_of=("primary", "danger"))},
)


def option(kinds: tuple[str, ...] = ("plain_text",), url: bool = False) -> Obj:
    """Selects and overflow take plain text only; radio buttons and checkboxes take mrkdwn too."""
    extra: dict[str, Rule] = {"description": Text(75, kinds)}
    if url:
        extra["url"] = Str(most=3000, least=1)
    return Obj({"text": Text(75, kinds), "value": Str(most=150, least=1)}, extra)


PLAIN_OPTION = option()
RICH_OPTION = option(("plain_text", "mrkdwn"))
OVERFLOW_OPTION = option(url=True)
OPTION_GROUP = Obj({"label": plain(75), "options": Many(PLAIN_OPTION, most=100)})

DISPATCH = Obj(
    {"trigger_actions_on": Many(Str(one_of=("on_enter_pressed", "on_character_entered")), most=2)},
)


class Address:
    """A web address within a length."""

    def __init__(self, most: int = 3000) -> None:
        self._words = Str(most=most, least=1)

    def check(self, value: object, at: str) -> Problems:
        yield from self._words.check(value, at)
        if isinstance(value, str) and not value.startswith(("https://", "http://", "mailto:", "tel:")):
            yield Problem(at, "must be a valid URL")
