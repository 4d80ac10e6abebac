"""The built-in algorithm XGBoost, as the image sagemaker-xgboost:3.2-0 runs it."""
