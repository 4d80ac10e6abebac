"""Files and databases: the shapes on disk. Nothing else in quizengine opens a file."""
