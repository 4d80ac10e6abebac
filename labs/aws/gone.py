"""Which error of a service says that a thing is not there (any more), so nothing is to be undone.

Source: the error shapes of each service's API; SageMaker has none for it, and EC2 none at all.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

# By service: codes that say so by themselves.
_CODES = {
    "application-autoscaling": ("ObjectNotFoundException",),
    "cloudwatch": ("ResourceNotFound", "ResourceNotFoundException"),
    "iam": ("NoSuchEntity", "NoSuchEntityException"),
    "kms": ("NotFoundException",),
    "logs": ("ResourceNotFoundException",),
    "s3": ("404", "NoSuchBucket", "NoSuchBucketPolicy", "NoSuchKey", "NoSuchUpload"),
    "sagemaker": ("ResourceNotFound",),
    "scheduler": ("ResourceNotFoundException",),
    "sns": ("NotFound", "NotFoundException"),
}
# By service: codes that say many things, and words of the message that say this one.
_WORDS = {
    "application-autoscaling": (  # moto's words for what is ObjectNotFoundException on AWS
        "ValidationException",
        ("no scalable target found", "no scaling policy found"),
    ),
    "cloudformation": ("ValidationError", ("does not exist",)),
    "kms": ("KMSInvalidStateException", ("pending deletion",)),
    "sagemaker": ("ValidationException", ("could not find", "not found", "does not exist")),
}


def is_gone(service: str, error: ClientError) -> bool:
    """Whether an undo was refused because there is nothing (left) that it could undo."""
    code = str(error.response["Error"]["Code"])
    said = str(error.response["Error"].get("Message", "")).lower()
    if service == "ec2":  # InvalidVpcID.NotFound, InvalidGroup.NotFound ...
        return code.endswith(".NotFound")
    if code in _CODES.get(service, ()):
        return True
    vague, words = _WORDS.get(service, ("", ()))
    return code == vague and any(each in said for each in words)
