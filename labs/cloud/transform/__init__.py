"""Batch transform: a model over the objects under an S3 prefix, answers into `.out` objects."""
