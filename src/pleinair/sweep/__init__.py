"""Search for a network that meets a frame rate. Needs the extra ``pleinair[sweep]``."""
