"""Work on one machine or many, and the folders that its files lie in.

`Tasks` runs functions here, in a few processes, or as tasks of a Ray cluster, which does the
scheduling; `open_folder` gives a folder on a disk or of an object store. Nothing here knows what
the work is.
"""

from pleinair.cluster.storage import Folder, open_folder
from pleinair.cluster.tasks import Done, LostWorkerError, Task, Tasks

__all__ = ["Done", "Folder", "LostWorkerError", "Task", "Tasks", "open_folder"]
