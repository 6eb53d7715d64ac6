"""Opening JupyterLab on a learner's workspace, and finding out what is wrong when it does not open."""

from hurdles.lab.doctor import Finding, examine
from hurdles.lab.launch import command, environment, open_lab

__all__ = ["Finding", "command", "environment", "examine", "open_lab"]
