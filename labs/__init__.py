"""Guided SageMaker labs, and the offline cloud that they run on."""
