"""Lab: rare positives, and the numbers by which a model and its threshold are chosen."""
