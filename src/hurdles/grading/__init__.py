"""Grading: a learner's notebook in, points and messages that teach out."""

from hurdles.grading.check import check_notebook
from hurdles.grading.intake import Submission, read_submission
from hurdles.grading.report import Report, TaskResult
from hurdles.grading.restore import restore

__all__ = ["Report", "Submission", "TaskResult", "check_notebook", "read_submission", "restore"]
