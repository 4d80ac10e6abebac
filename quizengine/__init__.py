"""quizengine: mock exams, weak topics and labs for AWS machine-learning certifications.

A file directly in this package is pure; a folder under it touches the world;
`wiring` is the one exception. ARCHITECTURE.md draws the house.
"""

__version__ = "0.1.0"
