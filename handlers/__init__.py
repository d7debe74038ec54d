"""The Slack edge: everything Slack can send to Locksmith, and who answers it."""

from __future__ import annotations

from slack_bolt import App

from handlers import approve, bind, checkin, desk, find_user, reset_user, undo
from handlers.announce import SlackAnnouncer
from handlers.authority import AGENTS_AND_MANAGERS, MANAGERS
from handlers.edge import Edge
from handlers.ids import Act, Screen, Shortcut, Slash
from handlers.people import Staff
from handlers.routes import Routes

__all__ = ["Edge", "SlackAnnouncer", "Staff", "register"]


def register(bolt: App, edge: Edge) -> None:
    """The complete route table. Each listener is guarded, and reached by agents only, or where it says so by
    managers only (see `handlers/bind.py`); for commands `desk.choose` says whose word is whose.
    """
    app = Routes()
    app.command(Slash.RESET_USER)(bind.command(edge, desk.choose))
    app.message_shortcut(Shortcut.MESSAGE_RESET)(bind.short_cut(edge, find_user.from_message))

    app.action(Act.SEARCH)(bind.click(edge, find_user.search))
    app.action(Act.SEARCH_TEXT)(bind.click(edge, find_user.search))
    app.action(Act.PREVIOUS)(bind.click(edge, find_user.page))
    app.action(Act.NEXT)(bind.click(edge, find_user.page))
    app.view_submission(Screen.SEARCH)(bind.submission(edge, find_user.search_in_modal))

    app.action(Act.CHOOSE)(bind.click(edge, reset_user.choose))
    app.action(Act.ADVICE)(bind.click(edge, reset_user.advise))
    app.view_submission(Screen.FORM)(bind.submission(edge, reset_user.send))
    app.action(Act.UNLOCK)(bind.click(edge, reset_user.unlock_form))
    app.view_submission(Screen.UNLOCK)(bind.submission(edge, reset_user.unlock))
    app.action(Act.SHOW)(bind.click(edge, desk.show, AGENTS_AND_MANAGERS))
    app.action(Act.ANOTHER)(bind.click(edge, reset_user.another))
    app.view_submission(Screen.OUTCOME)(bind.submission(edge, reset_user.finish, AGENTS_AND_MANAGERS))
    app.view_closed(Screen.OUTCOME)(bind.closed(edge, reset_user.closed))

    app.action(Act.APPROVE)(bind.click(edge, approve.approve, MANAGERS))
    app.action(Act.APPROVE_LISTED)(bind.click(edge, approve.approve_listed, MANAGERS))
    app.action(Act.DECLINE)(bind.click(edge, approve.decline_form, MANAGERS))
    app.view_submission(Screen.DECLINE)(bind.submission(edge, approve.decline, MANAGERS))
    app.action(Act.ASK)(bind.click(edge, approve.ask_form, MANAGERS))
    app.view_submission(Screen.ASK)(bind.submission(edge, approve.ask, MANAGERS))
    app.action(Act.REPLY)(bind.click(edge, approve.reply_form))
    app.view_submission(Screen.REPLY)(bind.submission(edge, approve.reply))
    app.action(Act.CANCEL)(bind.click(edge, approve.cancel))

    app.action(Act.AGAIN)(bind.click(edge, undo.again))
    app.action(Act.CALL)(bind.click(edge, undo.call))
    app.action(Act.WITHDRAW)(bind.click(edge, undo.withdraw, AGENTS_AND_MANAGERS))
    app.action(Act.CLOSE)(bind.click(edge, undo.close, AGENTS_AND_MANAGERS))

    app.action(Act.SAID_IN)(bind.click(edge, checkin.said_in))
    app.action(Act.SOLVED)(bind.click(edge, checkin.solved, AGENTS_AND_MANAGERS))

    bolt.middleware(app)
