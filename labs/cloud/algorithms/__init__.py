"""The algorithms, and the processes that run them.

An algorithm is a package here, called as `images.IMAGES` calls it. It has

- `__main__`, run as `python -m labs.cloud.algorithms.<name>` with one of

      train BASE         train over the /opt/ml layout under BASE. Exit code 0 with a model in
                         BASE/model, or another with the reason in BASE/output/failure. Each line
                         of stdout and stderr is a line of the job's log. SIGTERM ends it
      wait               load what it computes with, then do what comes as one line on stdin:
                         `train` as above; or `check`, which loads the model in a folder, and
                         prints why it cannot with exit code 1

  and whatever more its container can do alone: XGBoost's serves HTTP;

- `serving`, with `load(folder, environment)`: a `ports.Model` from an unpacked model.tar.gz, in
  the cloud's own process. It runs nothing that lies in the folder there (a learner's script runs
  in a process of its own), and raises `serving.BadModel` with a sentence for whatever is wrong;

- an entry in `catalogue.ALGORITHMS`: its metrics, and what of it can be tuned.

`worker` is the cloud's side of these processes, `waiting` theirs. `recordio` reads and writes
application/x-recordio-protobuf. `common` is what the built-in algorithms share that SageMaker's
documentation calls common to them: the formats of data, of requests and of answers, the ways in
which data come, and the words of their errors. XGBoost's container is of another family, and has
its own.
"""
