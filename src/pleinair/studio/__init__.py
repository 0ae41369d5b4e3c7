"""The studio: trainings and sweeps as they run, galleries, boards and blind tests, in a browser.

Needs the extra ``pleinair[studio]``.
"""
