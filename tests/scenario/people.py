"""Somebody in Slack, with eyes and hands: reads words, presses buttons by their words, fills in by label."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.scenario.screen import Json, Message, Modal, Surface, message_of, modal_of
from tests.scenario.wire import get, post, until

SUPPORT, AUDIT, APPROVALS = "C0SUPPORT", "C0AUDIT", "C0APPROVALS"


@dataclass
class Person:
    """`channel` is on their screen; a modal, where one is open, lies over it."""

    url: str
    id: str
    channel: str = SUPPORT
    _filled: dict[str, Json] = field(default_factory=dict)

    # --- eyes ------------------------------------------------------------------------------------

    def sees(self) -> Json:
        """Everything on this person's screen, as the page gets it."""
        state: Json = get(f"{self.url}/control/state?as={self.id}")
        return state

    def screen(self) -> Json:
        """The same without the phones and without what the bot sent and got: much sooner."""
        state: Json = get(f"{self.url}/control/state?as={self.id}&without=traffic&without=phones")
        return state

    def messages(self, channel: str = "") -> list[Message]:
        where = channel or self.channel
        return [message_of(raw, where) for raw in self.screen()["messages"].get(where, [])]

    @property
    def message(self) -> Message:
        """The newest message in the channel that is on screen."""
        return self.messages()[-1]

    @property
    def direct_messages(self) -> list[Message]:
        return self.messages("D" + self.id[1:])

    @property
    def cards(self) -> list[Message]:
        """What stands in the audit channel."""
        return self.messages(AUDIT)

    @property
    def approval_cards(self) -> list[Message]:
        """The requests in the approval channel; what managers do about each is in the replies."""
        return [message for message in self.messages(APPROVALS) if message.replies]

    @property
    def announced(self) -> list[str]:
        """What else is said there."""
        return [message.text for message in self.messages(APPROVALS) if not message.replies]

    @property
    def thread(self) -> list[str]:
        """What was said about the newest request, a text each."""
        return [reply.text for reply in self.approval_cards[-1].replies]

    @property
    def asked_to_decide(self) -> Message:
        """The reply with the buttons, as long as there are any."""
        whom = ("Reset for ", "Unlock ")
        return next(reply for reply in self.approval_cards[-1].replies if any(map(reply.text.__contains__, whom)))

    @property
    def modal(self) -> Modal:
        modals = self.screen()["modals"]
        assert modals, "there is no modal on this screen"
        return modal_of(modals[-1])

    @property
    def has_modal(self) -> bool:
        return bool(self.screen()["modals"])

    @property
    def told_by_slack(self) -> list[str]:
        """What Slack itself says, such as that a command failed."""
        return [notice["text"] for notice in self.screen()["notices"]]

    def waits_for(self, there: str) -> None:
        """Until these words are on the screen, in a message or a modal."""
        until(self.url, self.id, lambda state: there in _all_text(state))

    def waits_for_modal(self, title: str) -> None:
        """Until the modal on the screen is called so."""
        until(self.url, self.id, lambda state: [modal_of(raw).title for raw in state["modals"]][-1:] == [title])

    # --- hands -----------------------------------------------------------------------------------

    def command(self, text: str) -> Message:
        """Types a command; what answers it."""
        self._do("command", channel=self.channel, text=text)
        return self.message

    def says(self, text: str, thread: str = "") -> Message:
        self._do("message", channel=self.channel, text=text, **({"thread_ts": thread} if thread else {}))
        return self.message

    def short_cut(self, on: Message, callback: str = "message:reset") -> None:
        """Chooses it in the message's menu."""
        self._do("shortcut", channel=on.channel, ts=on.ts, callback_id=callback)

    def press(self, words: str, on: str = "", at: Surface | None = None) -> None:
        """A button by its words, `on` the row that says so; in the modal, or else in the newest message."""
        where = at or self._in_front()
        button = where.button(words, on)
        self._click(where, button.block_id, button.action_id)

    def types_and_enters(self, label: str, text: str) -> None:
        """Into an input that acts on Enter."""
        where = self._in_front()
        box = where.field(label)
        assert box.element["dispatch_action_config"]["trigger_actions_on"] == ["on_enter_pressed"]
        self._click(where, box.block_id, box.element["action_id"], chosen={"value": text})

    def choose(self, label: str, words: str) -> None:
        box = self._in_front().field(label)
        assert words in box.options, f"no choice {words!r}; there are {list(box.options)}"
        self._keep(box.block_id, box.element, {"selected_option": box.options[words]})

    def fill(self, label: str, text: str) -> None:
        box = self._in_front().field(label)
        self._keep(box.block_id, box.element, {"value": text})

    def submit(self) -> None:
        """Presses the button at the foot of the modal."""
        self._do("submit", view_id=self.modal.id, values=self._take_filled())

    def try_to_submit(self, view_id: str) -> Json:
        """As a second, late press does; what the person may do is for Slack to say."""
        return post(f"{self.url}/act/submit", {"as": self.id, "view_id": view_id, "values": {}})

    def close(self) -> None:
        self._do("close", view_id=self.modal.id)
        self._filled = {}

    def reload(self) -> None:
        self._do("reload")

    # --- inside ----------------------------------------------------------------------------------

    def _in_front(self) -> Surface:
        state = self.screen()
        if state["modals"]:
            return modal_of(state["modals"][-1])
        return message_of(state["messages"][self.channel][-1], self.channel)

    def _keep(self, block_id: str, element: Json, value: Json) -> None:
        self._filled[block_id] = {element["action_id"]: {"type": element["type"], **value}}

    def _take_filled(self) -> Json:
        filled, self._filled = self._filled, {}
        return filled

    def _click(self, where: Surface, block_id: str, action_id: str, chosen: Json | None = None) -> None:
        container = {"type": "view", "view_id": where.raw.get("id")}
        if isinstance(where, Message):
            container = {"type": "message", "channel": where.channel, "ts": where.ts}
        ids = {"block_id": block_id, "action_id": action_id}
        self._do("click", container=container, **ids, chosen=chosen or {}, values=self._take_filled())

    def _do(self, act: str, **body: object) -> None:
        answer = post(f"{self.url}/act/{act}", {"as": self.id, **body})
        assert answer["ok"], answer


def _all_text(state: Json) -> str:
    surfaces: list[Surface] = [modal_of(raw) for raw in state["modals"]]
    messages = [message_of(raw, "") for messages in state["messages"].values() for raw in messages]
    surfaces += [*messages, *(reply for message in messages for reply in message.replies)]
    return "\n".join(surface.text for surface in surfaces)
