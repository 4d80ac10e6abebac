"""Lab: four ways to search for hyperparameters, on one problem."""
