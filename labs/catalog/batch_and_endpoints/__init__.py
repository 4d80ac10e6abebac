"""Lab: one model five ways (real-time, serverless, asynchronous, multi-model, batch); costs."""
