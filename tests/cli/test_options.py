"""How values of options are read."""

from __future__ import annotations

import pytest

from pleinair.cli.options import one_address


@pytest.mark.parametrize(
    ("text", "address"),
    [("localhost", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("192.0.2.7",) * 2],
)
def test_a_server_listens_at_one_address(text: str, address: str) -> None:
    assert one_address(text) == address


@pytest.mark.parametrize("text", ["0.0.0.0", "::", "224.0.0.1", "0", "example.com", "", "*"])
def test_never_at_all_of_them(text: str) -> None:
    with pytest.raises(ValueError, match=f"--host {text}".replace("*", r"\*").strip()):
        one_address(text)
