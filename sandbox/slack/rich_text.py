"""The rich text block, as data. Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from sandbox.slack.objects import Address
from sandbox.slack.schema import ByType, Flag, Int, Many, Obj, Rule, Str

_TYPE = {"type": Str()}
_TEXT_STYLE = Obj(optional={k: Flag() for k in ("bold", "italic", "strike", "code", "underline")})
_MENTION_STYLE = Obj(
    optional={k: Flag() for k in ("bold", "italic", "strike", "highlight", "client_highlight", "unlink")}
)

_INLINE: dict[str, Rule] = {
    "text": Obj({**_TYPE, "text": Str(least=1)}, {"style": _TEXT_STYLE}),
    "link": Obj({**_TYPE, "url": Address()}, {"text": Str(), "unsafe": Flag(), "style": _TEXT_STYLE}),
    "user": Obj({**_TYPE, "user_id": Str(least=1)}, {"style": _MENTION_STYLE}),
    "usergroup": Obj({**_TYPE, "usergroup_id": Str(least=1)}, {"style": _MENTION_STYLE}),
    "channel": Obj({**_TYPE, "channel_id": Str(least=1)}, {"style": _MENTION_STYLE}),
    "emoji": Obj({**_TYPE, "name": Str(least=1)}, {"unicode": Str(), "skin_tone": Int(1, 6)}),
    "broadcast": Obj({**_TYPE, "range": Str(one_of=("here", "channel", "everyone"))}),
    "color": Obj({**_TYPE, "value": Str(least=1)}),
    "date": Obj(
        {**_TYPE, "timestamp": Int(), "format": Str(least=1)},
        {"url": Address(), "fallback": Str(), "style": _TEXT_STYLE},
    ),
}
_ANY = Many(ByType(_INLINE, tuple(_INLINE)), least=0)
_SECTION = Obj({**_TYPE, "elements": _ANY})

_PARTS: dict[str, Rule] = {
    "rich_text_section": _SECTION,
    "rich_text_list": Obj(
        {
            **_TYPE,
            "style": Str(one_of=("bullet", "ordered")),
            "elements": Many(ByType({"rich_text_section": _SECTION}, ("rich_text_section",))),
        },
        {"indent": Int(0, 8), "offset": Int(), "border": Int(0, 1)},
    ),
    "rich_text_preformatted": Obj(
        {**_TYPE, "elements": Many(ByType(_INLINE, ("text", "link")), least=0)},
        {"border": Int(0, 1), "language": Str()},
    ),
    "rich_text_quote": Obj({**_TYPE, "elements": _ANY}, {"border": Int(0, 1)}),
}

ELEMENTS = Many(ByType(_PARTS, tuple(_PARTS)))
