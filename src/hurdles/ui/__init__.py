"""The one way to build a widget demo, and what a learner meets inside a lesson.

A demo is a frozen object of three pure functions (`Demo`); a lesson opens its desk once (`open_lesson`) and asks
it for quizzes, predictions and decisions; an exercise ends in `check_button`. Nothing here keeps global state.
"""

from hurdles.ui.checkwork import CheckWork, check_button
from hurdles.ui.controls import Choice, Slider
from hurdles.ui.demo import Demo, Reading
from hurdles.ui.demo_widget import DemoWidget
from hurdles.ui.desk import LessonDesk, open_lesson
from hurdles.ui.questions import Question

__all__ = [
    "CheckWork",
    "Choice",
    "Demo",
    "DemoWidget",
    "LessonDesk",
    "Question",
    "Reading",
    "Slider",
    "check_button",
    "open_lesson",
]
