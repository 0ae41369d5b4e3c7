"""Blind A/B tests: people see two paintings of the same picture and say which is better.

`store` keeps tests and votes, `painting` makes what is shown, `routes` are the raters' pages,
`results` says what the votes mean.
"""
