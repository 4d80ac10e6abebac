"""What Linear Learner and k-means share, as SageMaker's documentation has it for both."""
