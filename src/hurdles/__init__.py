"""Learn what makes machine learning hard in practice, by doing it.

Importing the package loads nothing heavy: each room loads its own libraries when it is imported.
"""

__all__ = ["__version__"]
__version__ = "0.1.0"
