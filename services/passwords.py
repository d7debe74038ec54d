"""Making temporary passwords; how a product hashes them is in services/directory/formats.py.

Always generated, so that no one but the person knows it (ASVS 6.4.6); 16 of 31 signs that cannot be mistaken
for one another are 79 bits, well above what NIST SP 800-63B asks of a look-up secret; random, short-lived and
never the long-term password (ASVS 6.4.1).
"""

from __future__ import annotations

import math
import secrets

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No i, l, o, 0, 1: 31 signs, all on the first two layers of a phone's keyboard."""
GROUPS = 4
GROUP_LENGTH = 4
ENTROPY_BITS = math.log2(len(ALPHABET)) * GROUPS * GROUP_LENGTH


def make_secret() -> str:
    """Like `mk7p-4rwx-h9qd-t3vc`. The dashes are part of it: nobody has to wonder whether to type them."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)
