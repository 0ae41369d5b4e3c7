"""How tests call the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pleinair.cli.main import app


@pytest.fixture
def pleinair(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Give a function that runs a command line: its exit status, stdout and stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as caught:
            app([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        status = caught.value.code
        assert isinstance(status, int)
        return status, out, err

    return call
