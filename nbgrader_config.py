"""nbgrader's settings for this course: what holds for everyone who teaches from a clone.

An assignment is an area (``01-data``) and a notebook in it is a lesson's exercise: ``solutions/`` holds the masters,
``exercises/`` what learners get. Run nbgrader's commands, or JupyterLab with Formgrader, from this folder.
"""

import os
import shutil
import sys
from pathlib import Path

from hurdles.grading import feedback
from hurdles.notebooks.preprocess import release_preprocessors

c = get_config()  # noqa: F821 (nbgrader puts it there)

# nbgrader starts "alembic" by its bare name: let it be found when the environment was not activated, too.
if shutil.which("alembic") is None:
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])

# Small fits are many times slower when threads wait for each other on a busy machine than with one thread.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

c.CourseDirectory.course_id = "hurdles"
# The folder of this file, so that Formgrader finds the course wherever JupyterLab was started.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# exercises/ is in the repository already, and is never edited: make it anew rather than skip what exists.
# Formgrader's button does the same.
c.GenerateAssignment.force = True
c.GenerateAssignment.preprocessors = release_preprocessors()

# Feedback and Formgrader's pages show what learners wrote: none of it may run, and hidden tests stay hidden.
feedback.settings(c)

c.ClearSolutions.code_stub = {
    "python": 'raise NotImplementedError("Not written yet: put your own code in place of this line.")',
}
