"""Whose requests a server on this machine answers: those that know its name, and its own pages."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

SCHEMES = ("http", "https")


def names_of(address: str, port: int) -> frozenset[str]:
    """The names, with port, by which browsers may call a server that listens at an IP address."""
    ip = ipaddress.ip_address(address)
    own = f"[{address}]" if ip.version == 6 else address
    return frozenset(f"{name}:{port}" for name in (own, *(["localhost"] if ip.is_loopback else [])))


def refusal(
    host: str | None,
    origin: str | None,
    names: Collection[str] | None,
    schemes: Collection[str] = SCHEMES,
) -> tuple[int, str] | None:
    """Say why a request is not answered: its status and words; None where it may be.

    Args:
        host: the header of this name. A page elsewhere that has its own name point here must not
            read what is served.
        origin: the header of this name: the site whose page sent the request.
        names: by which the server may be called, with port; None where that was looked at before.
        schemes: that the server's own pages may have come by.
    """
    if names is not None and host not in names:
        return 421, "Nothing is served under this name."
    if origin is not None and origin not in {f"{scheme}://{host}" for scheme in schemes}:
        return 403, "This was sent by the page of another site."
    return None
