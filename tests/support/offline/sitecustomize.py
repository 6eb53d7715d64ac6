"""Refuse every connection that leaves the machine: on the path of processes that run notebooks in tests."""

import ipaddress
import sys


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect" and not _is_local(arguments[1]):
        raise PermissionError(f"a notebook tried to connect to {arguments[1]}")
    if (
        event in {"socket.getaddrinfo", "socket.gethostbyname"}
        and not _is_local((arguments[0],))
        and arguments[0] is not None
    ):
        raise PermissionError(f"a notebook tried to look up {arguments[0]}")


sys.addaudithook(_refuse)
