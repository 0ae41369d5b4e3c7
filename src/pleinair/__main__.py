"""`python -m pleinair` is `pleinair`."""

from pleinair.cli import main

main()
