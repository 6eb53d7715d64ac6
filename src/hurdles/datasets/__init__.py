"""Data by name, never by path: real data from installed packages, and simulators whose truth is known.

Nothing here touches the network. Every loader returns a fresh frame, so that changing it changes nothing else.
"""

from hurdles.datasets.mortgage import mortgage_columns, mortgages
from hurdles.datasets.simulated import applicants

__all__ = ["applicants", "mortgage_columns", "mortgages"]
