"""Lab: train XGBoost, read what it says, open what it made."""
