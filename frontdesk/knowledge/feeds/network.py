"""The way out to websites: only to public addresses, only for so long.

A name is looked up once; the connection is made to the address that was checked, so that a name which answers
differently a moment later leads nowhere else.
"""

import ipaddress
import socket
import time
from collections.abc import Collection, Iterable
from typing import Any

import httpcore

from frontdesk.errors import Invalid

_CARRIED_IN_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Guarded(httpcore.NetworkBackend):
    """Connects for one request, which ends by `deadline`, a moment of `time.monotonic()`.

    `private_hosts` are names that may lead to addresses which are not public.
    """

    def __init__(self, private_hosts: Collection[str], deadline: float) -> None:
        self._private_hosts = private_hosts
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers; raises Invalid (address_private) or httpcore.ConnectError."""
        failure: Exception | None = None
        for address in self._looked_up(host, port):
            try:
                stream = self._plain.connect_tcp(
                    address, port, _left(self._deadline, timeout), local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
            else:
                return _Timed(stream, self._deadline)
        raise failure or httpcore.ConnectError("The name has no address.")

    def _looked_up(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if host.lower() not in self._private_hosts and not all(map(is_public, addresses)):
            raise Invalid(
                "This address leads into a private network. If that is meant, the operator has to list its host in "
                "FRONTDESK_CRAWL_PRIVATE_HOSTS.",
                code="address_private",
            )
        return addresses


class _Timed(httpcore.NetworkStream):
    """A connection on which nothing is waited for beyond the deadline, however slowly it trickles."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _Timed(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet at large, also where it carries another one inside."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        for carried in (found.ipv4_mapped, found.sixtofour, _carried_by_nat64(found)):
            if carried is not None:
                return is_public(str(carried))
        if found.is_site_local or found.teredo is not None:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _carried_by_nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _CARRIED_IN_NAT64 else None


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("The deadline has passed.")
    return left if timeout is None else min(timeout, left)
