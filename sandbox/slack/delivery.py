"""How what people do reaches the app: over the socket, or as signed requests."""

from dataclasses import dataclass
from typing import Literal

from sandbox.slack.signed_http import SignedHttp
from sandbox.slack.socket import SocketHub
from sandbox.slack.wires import Answer, Faults
from sandbox.world import Json

TransportName = Literal["socket", "http"]


@dataclass
class Delivery:
    """The two transports, of which one is in use."""

    hub: SocketHub
    http: SignedHttp
    faults: Faults
    transport: TransportName = "socket"

    def __post_init__(self) -> None:
        self._socket_mode = self.hub.enabled
        self.choose(self.transport)

    def choose(self, transport: TransportName) -> None:
        """An app has Socket Mode or request URLs, never both."""
        self.transport = transport
        self.hub.enabled = self._socket_mode and transport == "socket"

    @property
    def connected(self) -> bool:
        """Whether there is anybody to deliver to."""
        return self.hub.connected if self.transport == "socket" else bool(self.http.request_url)

    async def deliver(
        self,
        kind: str,
        name: str,
        payload: Json,
        *,
        takes_payload: bool = False,
        retry: int = 0,
        reason: str = "",
    ) -> Answer:
        """Send one payload and wait for its ack."""
        if self.transport == "socket":
            return await self.hub.deliver(
                kind, name, payload, takes_payload=takes_payload, retry=retry, reason=reason
            )
        return await self.http.deliver(kind, name, payload, takes_payload=takes_payload, retry=retry, reason=reason)

    async def close(self) -> None:
        await self.hub.close()
        await self.http.close()
