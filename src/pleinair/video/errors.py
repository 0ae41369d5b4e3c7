"""The one error that this room raises."""


class MediaError(Exception):
    """A picture or clip that can't be read or written; the message says which and why."""
