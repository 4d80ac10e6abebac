"""The images of built-in algorithms that the offline cloud can stand in for."""

from __future__ import annotations

import re

ALGORITHM = "xgboost"
REPOSITORY, TAG = "sagemaker-xgboost", "3.2-0"

# The accounts that hold the built-in XGBoost images, by region: the SageMaker Python SDK's own
# table (image_uri_config/xgboost.json of sagemaker 3.27, 2026-11). A test compares the two.
REGISTRIES = {
    "af-south-1": "510948584623", "ap-east-1": "651117190479", "ap-northeast-1": "354813040037",
    "ap-northeast-2": "366743142698", "ap-northeast-3": "867004704886",
    "ap-south-1": "720646828776", "ap-south-2": "628508329040", "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285", "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589", "ca-central-1": "341280168497",
    "ca-west-1": "190319476487", "cn-north-1": "450853457545", "cn-northwest-1": "451049120500",
    "eu-central-1": "492215442770", "eu-central-2": "680994064768", "eu-north-1": "662702820516",
    "eu-south-1": "978288397137", "eu-south-2": "104374241257", "eu-west-1": "141502667606",
    "eu-west-2": "764974769150", "eu-west-3": "659782779980", "il-central-1": "898809789911",
    "me-central-1": "272398656194", "me-south-1": "801668240914", "sa-east-1": "737474898029",
    "us-east-1": "683313688378", "us-east-2": "257758044811", "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902", "us-west-1": "746614075791", "us-west-2": "246618743249",
}  # fmt: skip

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[^:@]+)(?::(?P<tag>[^:@]+))?"
)


def uri(region: str) -> str | None:
    """The image that is offered in a region; None where SageMaker has no XGBoost image."""
    account = REGISTRIES.get(region)
    if account is None:
        return None
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{account}.dkr.ecr.{region}.{suffix}/{REPOSITORY}:{TAG}"


def problem(image: str, region: str) -> str | None:
    """Why a job or a model in a region cannot use an image; None if it can."""
    offered = uri(region)
    if offered is None:
        return f"SageMaker has no built-in XGBoost image in {region}."
    if image == offered:
        return None
    found = _URI.fullmatch(image)
    if found is None:
        why = "is no image in Amazon ECR"
    elif found["repository"] != REPOSITORY:
        why = (
            f"is not the built-in XGBoost image, and no other runs offline ({found['repository']})"
        )
    elif found["region"] != region:
        why = f"lies in {found['region']}, and this is {region}"
    elif found["account"] != REGISTRIES[region]:
        why = f"lies in account {found['account']}, and SageMaker's own images in {region} do not"
    else:
        why = f"has the tag {found['tag']}, and only {TAG} runs offline"
    return f"The image {image} {why}. Use {offered}."
