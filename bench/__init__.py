"""Our engine beside its peers: `python -m bench`."""
