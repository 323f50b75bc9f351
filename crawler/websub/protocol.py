"""The words of WebSub: what a subscriber asks, what a hub asks back, and the signature of what it delivers. Pure."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode, urlsplit

ALGORITHMS: Final = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
"""Methods of X-Hub-Signature (section 7.1)."""
TOKEN_BYTES: Final = 32
SECRET_BYTES: Final = 48  # section 5.1: the secret must be shorter than 200 bytes
LONGEST_CHALLENGE: Final = 4_096
LONGEST_REASON: Final = 200
LONGEST_LEASE: Final = 90 * 86_400


class Mode(StrEnum):
    """What is asked of a hub, and what it asks or tells."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What a hub asks at the callback: whether `mode` for `topic` is meant, or that it is denied for `reason`.

    `lease` is how many seconds it will deliver, `None` where it says none.
    """

    mode: Mode
    topic: str
    challenge: str = ""
    lease: int | None = None
    reason: str | None = None


def new_token() -> str:
    """The end of a callback that nobody guesses (section 5.1)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_secret() -> str:
    """What a hub signs its deliveries with."""
    return secrets.token_urlsafe(SECRET_BYTES)


def callback_of(base: str, token: str) -> str:
    """The callback of a subscription below a public address."""
    return f"{base.rstrip('/')}/{token}"


def may_carry_secret(hub: str) -> bool:
    """Whether a secret stays one on the way to the hub: section 5.1 wants it over HTTPS only."""
    return urlsplit(hub).scheme == "https"


def form(mode: Mode, *, topic: str, callback: str, lease: float, secret: str) -> bytes:
    """The request to a hub (section 5.1), URL-encoded."""
    fields = {"hub.callback": callback, "hub.mode": mode.value, "hub.topic": topic}
    if mode is Mode.SUBSCRIBE:
        fields |= {"hub.lease_seconds": str(int(lease)), "hub.secret": secret}
    return urlencode(fields).encode("ascii")


def enquiry(query: Mapping[str, str]) -> Enquiry | None:
    """What a hub asks (section 5.3) or tells (5.2); `None` when it is neither."""
    try:
        mode = Mode(query.get("hub.mode", ""))
    except ValueError:
        return None
    topic, challenge = query.get("hub.topic", ""), query.get("hub.challenge", "")
    if mode is Mode.DENIED:
        reason = " ".join(query.get("hub.reason", "").split())[:LONGEST_REASON]
        return Enquiry(mode, topic, reason=reason or None)
    if not topic or not 0 < len(challenge) <= LONGEST_CHALLENGE:
        return None
    told = query.get("hub.lease_seconds", "")
    lease = min(int(told[:12]), LONGEST_LEASE) if told[:12].isascii() and told[:12].isdigit() else None
    return Enquiry(mode, topic, challenge, lease if lease else None)


def is_signed(header: str | None, body: bytes, secret: str) -> bool:
    """Whether X-Hub-Signature (``sha256=…``) is that of the body under the secret; compared in constant time."""
    name, equals, told = (header or "").strip().partition("=")
    algorithm = ALGORITHMS.get(name.lower())
    if algorithm is None or not equals or not told.isascii():
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, algorithm).hexdigest(), told.strip().lower())
