"""Ratios against stock tools, measured side by side in one run: ``make bench``."""
