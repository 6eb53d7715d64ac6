"""What a learner has, has done, and can do next: the workspace, its record, and carrying both away."""

from hurdles.progress.archive import export_workspace, import_workspace
from hurdles.progress.record import LessonProgress, Overview, overview, show
from hurdles.progress.workspace import Update, prepare

__all__ = [
    "LessonProgress",
    "Overview",
    "Update",
    "export_workspace",
    "import_workspace",
    "overview",
    "prepare",
    "show",
]
