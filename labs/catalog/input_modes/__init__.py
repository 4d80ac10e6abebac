"""Lab: how training data come, as File, FastFile or Pipe, as csv or as RecordIO-protobuf."""
