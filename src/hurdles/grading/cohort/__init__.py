"""Grading all submissions of an nbgrader course, in parallel and each locked in, with a gradebook that stays whole."""

from hurdles.grading.cohort.grade import Options, grade_course
from hurdles.grading.cohort.report import CohortReport, SubmissionReport, TaskReport

__all__ = ["CohortReport", "Options", "SubmissionReport", "TaskReport", "grade_course"]
