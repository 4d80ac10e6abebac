"""Lab: deploy a model, ask it, put a second variant beside it, take it all down."""
