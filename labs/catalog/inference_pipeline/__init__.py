"""Lab: preparation, XGBoost and a decision as one model of three containers."""
