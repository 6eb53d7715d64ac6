"""What every lesson and exercise must keep to, as small rules, each with a message that says what to do.

A rule looks at one notebook (`Page`) and yields a cell id and a message for each fault. The rules are grouped by what
they look at: `anatomy` (parts and their order), `facts` (metadata), `prose`, `code`, `tasks` (an exercise's graded
tasks) and `leaks` (answers that reach learners).
"""

from hurdles.notebooks.lint.page import Cell, Finding, Page, Rule, load_pages
from hurdles.notebooks.lint.run import RULES, lint, lint_pages

__all__ = ["RULES", "Cell", "Finding", "Page", "Rule", "lint", "lint_pages", "load_pages"]
