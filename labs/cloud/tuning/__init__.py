"""Hyperparameter tuning jobs: a search that launches training jobs and learns from them."""
