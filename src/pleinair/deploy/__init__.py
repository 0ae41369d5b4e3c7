"""Bundles that people can use: the camera page, served here or laid out for any host."""

from pleinair.deploy.bundle import DeployError
from pleinair.deploy.serve import PageServer
from pleinair.deploy.web import lay_out

__all__ = ["DeployError", "PageServer", "lay_out"]
