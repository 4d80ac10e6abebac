"""Lab: patience inside one training job, and a tuning job that ends whole training jobs."""
