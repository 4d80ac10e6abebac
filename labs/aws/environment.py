"""The environment of a process that does a lab on an account: everything but the credentials.

No variable and no file of the AWS tools is left in it, so whatever does not start with the door
(labs/aws/start, first on Python's path) finds no credentials. A proxy and AWS_CA_BUNDLE stay.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from labs.aws.terms import VARIABLE, Terms
from labs.cloud import environment
from labs.lab import Lab
from labs.runner.furniture import Furniture

START = Path(__file__).with_name("start")
ATTEMPTS = "8"  # of a call, in botocore's standard mode: some 40 seconds of throttling
_KEPT = ("AWS_CA_BUNDLE",)
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def variables(environ: Mapping[str, str], terms: Terms, file: Path, lab: Lab) -> dict[str, str]:
    """Made of `environ`; `file` is where the terms lie.

    A cloud on this computer that plays the account is reached as `quizengine cloud env` reaches
    it: with the guard, and nothing else.
    """
    guards = [str(START)]
    if terms.url:
        whole = environment.offline(environ, terms.url, region=terms.region)
        guards.insert(0, str(environment.GUARD))
    else:
        foreign = ("AWS_", "BOTO")
        whole = {
            name: value
            for name, value in environ.items()
            if name in _KEPT or not name.upper().startswith(foreign)
        }
        whole |= {
            "AWS_REGION": terms.region,
            "AWS_DEFAULT_REGION": terms.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": os.devnull,
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(environment.GUARD / "sagemaker.yaml"),
        }
    before = environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [*guards, *(each for each in before if each and each not in guards)]
    furniture = Furniture(terms.region, terms.limits.role_arn, terms.limits.bucket)
    return {
        **{name: value for name, value in whole.items() if name not in _KEYS},
        **furniture.variables(lab),
        "LAB_PREFIX": terms.limits.prefix,
        "AWS_RETRY_MODE": "standard",
        "AWS_MAX_ATTEMPTS": ATTEMPTS,
        "OMP_WAIT_POLICY": "PASSIVE",  # as offline: xgboost's threads do not spin
        "PYTHONPATH": os.pathsep.join(path),
        VARIABLE: str(file),
    }
