"""Who is answered: those that know the server's name, and its own pages."""

from __future__ import annotations

import pytest

from pleinair.deploy.callers import names_of, refusal


def test_a_server_has_the_names_that_lead_to_it() -> None:
    assert names_of("127.0.0.1", 80) == {"127.0.0.1:80", "localhost:80"}
    assert names_of("::1", 8600) == {"[::1]:8600", "localhost:8600"}
    assert names_of("192.0.2.7", 8600) == {"192.0.2.7:8600"}


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "localhost", "localhost:81", None])
def test_other_names_are_refused(host: str | None) -> None:
    refused = refusal(host, None, names_of("127.0.0.1", 80))
    assert refused is not None
    assert refused[0] == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "null", "", "http://localhost:81", "ftp://"]
)
def test_other_sites_are_refused(origin: str) -> None:
    for names in (names_of("127.0.0.1", 80), None):
        refused = refusal("localhost:80", origin, names)
        assert refused is not None
        assert refused[0] == 403


def test_its_own_pages_are_answered_by_the_schemes_it_speaks() -> None:
    names = names_of("127.0.0.1", 80)
    assert refusal("localhost:80", None, names) is None
    assert refusal("localhost:80", "https://localhost:80", names) is None
    assert refusal("localhost:80", "https://localhost:80", names, ["http"]) is not None
