"""What holds for every command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pleinair import __version__
from pleinair.cli.main import reported

Pleinair = Callable[..., "tuple[int, str, str]"]


def test_version(pleinair: Pleinair) -> None:
    assert pleinair("--version") == (0, f"pleinair {__version__}\n", "")


@pytest.mark.parametrize("command", ["stylize", "demo", "styles", "info", "run", "train"])
def test_help(command: str, pleinair: Pleinair) -> None:
    status, out, _ = pleinair(command, "--help")
    assert status == 0
    assert "Usage: " in out
    assert command in pleinair("--help")[1]


@pytest.mark.parametrize("arguments", [["nought"], ["stylize"], ["stylize", "a", "b", "--nought"]])
def test_wrong_usage(arguments: list[str], pleinair: Pleinair) -> None:
    status, out, err = pleinair(*arguments)
    assert status == 2
    assert out == ""
    assert "Usage:" in err
    assert "Traceback" not in err


def test_unforeseen_error_is_one_line_unless_asked_for_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("by\nnought")

    monkeypatch.delenv("PLEINAIR_DEBUG", raising=False)
    with pytest.raises(Exception, match="1") as caught:
        reported(broken)()
    assert getattr(caught.value, "exit_code", None) == 1
    assert capsys.readouterr().err == "pleinair: ZeroDivisionError: by nought\n"
    monkeypatch.setenv("PLEINAIR_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        reported(broken)()
