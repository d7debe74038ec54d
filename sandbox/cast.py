"""Who and what is in the stand-in workspace before anybody does anything."""

from sandbox.world import Conversation, Group, Member, Message, World

TEAM = {"id": "T0STATSTAK", "name": "StatStak Labs", "domain": "statstak-labs"}
APP_ID = "A0LOCKSMITH"
BOT_USER = "U0LOCKSMITH"
BOT_ID = "B0LOCKSMITH"
FRONT_DESK = "U0DESK"
SUPPORT, AUDIT, APPROVALS = "C0SUPPORT", "C0AUDIT", "C0APPROVALS"

BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - the stand-in's token opens nothing outside this machine
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - as above
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - as above
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - as above

OPENING_LINE = "Jane Doe is on the line, locked out."

_PEOPLE = (
    Member("U0SAM", "Sam Okafor", "sam", "agent", "America/New_York"),
    Member("U0ANA", "Ana Souza", "ana", "agent", "America/Sao_Paulo"),
    Member("U0BEN", "Ben Fischer", "ben", "agent", "Europe/Berlin"),
    Member("U0MAYA", "Maya Lindqvist", "maya", "manager", "America/New_York"),
    Member("U0OMAR", "Omar Haddad", "omar", "manager", "Europe/London"),
    Member("U0PAT", "Pat Novak", "pat", "outsider", "America/New_York"),
)


def new_world(now: float, app_name: str = "Locksmith") -> World:
    """A fresh workspace with the cast, the channels and the front desk's opening line."""
    agents = [m.id for m in _PEOPLE if m.role == "agent"]
    managers = [m.id for m in _PEOPLE if m.role == "manager"]
    everybody = [m.id for m in _PEOPLE]
    world = World()
    for person in _PEOPLE:
        world.members[person.id] = Member(**vars(person))
    world.members[BOT_USER] = Member(BOT_USER, app_name, "locksmith", "app", "UTC", bot=True)
    world.members[FRONT_DESK] = Member(FRONT_DESK, "Front desk", "front-desk", "desk", "America/New_York", bot=True)
    world.groups = {
        "S0AGENTS": Group("S0AGENTS", "support-agents", "Support agents", agents),
        "S0MANAGERS": Group("S0MANAGERS", "support-managers", "Support managers", managers),
    }
    for conversation in (
        Conversation(SUPPORT, "support", "public", [*everybody, BOT_USER, FRONT_DESK]),
        Conversation(AUDIT, "reset-audit", "private", [*agents, *managers, BOT_USER]),
        Conversation(APPROVALS, "reset-approvals", "private", [*managers, BOT_USER]),
        *(Conversation(im_id(one), one, "im", [one, BOT_USER]) for one in everybody),
    ):
        world.conversations[conversation.id] = conversation
        world.messages[conversation.id] = []
    opening = Message(world.next_ts(now), SUPPORT, FRONT_DESK, OPENING_LINE)
    world.messages[SUPPORT].append(opening)
    return world


def im_id(user: str) -> str:
    """The direct message of one person with the bot: U0SAM talks to it in D0SAM."""
    return "D" + user[1:]
