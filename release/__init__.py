"""Cutting a release: wheels for every platform, each tried where it can be."""
