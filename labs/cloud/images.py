"""The images of built-in algorithms that the offline cloud can stand in for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# The accounts that hold SageMaker's own images, by region: the tables of the SageMaker Python SDK
# (image_uri_config/*.json of sagemaker 3.27, 2026-11). A test compares them.
_FRAMEWORKS = {
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
_FIRST_PARTY = {
    "af-south-1": "455444449433", "ap-east-1": "286214385809", "ap-northeast-1": "351501993468",
    "ap-northeast-2": "835164637446", "ap-northeast-3": "867004704886",
    "ap-south-1": "991648021394", "ap-south-2": "628508329040", "ap-southeast-1": "475088953585",
    "ap-southeast-2": "712309505854", "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589", "ca-central-1": "469771592824",
    "ca-west-1": "190319476487", "cn-north-1": "390948362332", "cn-northwest-1": "387376663083",
    "eu-central-1": "664544806723", "eu-central-2": "680994064768", "eu-north-1": "669576153137",
    "eu-south-1": "257386234256", "eu-south-2": "104374241257", "eu-west-1": "438346466558",
    "eu-west-2": "644912444149", "eu-west-3": "749696950732", "il-central-1": "898809789911",
    "me-central-1": "272398656194", "me-south-1": "249704162688", "sa-east-1": "855470959533",
    "us-east-1": "382416733822", "us-east-2": "404615174143", "us-gov-east-1": "237065988967",
    "us-gov-west-1": "226302683700", "us-west-1": "632365934929", "us-west-2": "174872318107",
}  # fmt: skip


@dataclass(frozen=True)
class Image:
    """Where an algorithm's image lies: a repository in one account of each region. The SDK has
    its table in image_uri_config/<table>.json, under `version`."""

    title: str
    repository: str
    tag: str
    accounts: Mapping[str, str]
    table: str
    version: str

    def uri(self, region: str) -> str:
        """Raises KeyError where SageMaker has no such image."""
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"{self.accounts[region]}.dkr.ecr.{region}.{suffix}/{self.repository}:{self.tag}"


# By the name of the package in labs/cloud/algorithms that stands in for it.
IMAGES: Mapping[str, Image] = {
    "xgboost": Image(
        "XGBoost", "sagemaker-xgboost", "3.2-0", _FRAMEWORKS, "xgboost", "3.2-0"
    ),
    "linear_learner": Image(
        "Linear Learner", "linear-learner", "1", _FIRST_PARTY, "linear-learner", "1"
    ),
    "kmeans": Image("k-means", "kmeans", "1", _FIRST_PARTY, "kmeans", "1"),
    "sklearn": Image(
        "scikit-learn", "sagemaker-scikit-learn", "1.9-0-cpu-py3", _FRAMEWORKS, "sklearn", "1.9-0"
    ),
}  # fmt: skip

_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?"
    r"/(?P<repository>[^:@]+)(?::(?P<tag>[^:@]+))?"
)


class UnknownImage(Exception):
    """An image that nothing here stands in for; the message says why, and names the right one."""


def uri(region: str, algorithm: str = "xgboost") -> str | None:
    """The image of an algorithm that is offered in a region; None where SageMaker has none."""
    image = IMAGES[algorithm]
    return image.uri(region) if region in image.accounts else None


def algorithm_of(image: str, region: str) -> str:
    """The algorithm that a job or a model in a region uses by naming an image. Raises
    UnknownImage."""
    if (why := problem(image, region)) is not None:
        raise UnknownImage(why)
    return algorithm_in(image)


def algorithm_in(image: str) -> str:
    """The algorithm in whose repository an image lies, wherever that is and whatever its tag.
    Raises UnknownImage."""
    found = _URI.fullmatch(image)
    for algorithm, each in IMAGES.items():
        if found is not None and found["repository"] == each.repository:
            return algorithm
    raise UnknownImage(f"The image {image} {_foreign(found)}.")


def problem(image: str, region: str) -> str | None:
    """Why a job or a model in a region cannot use an image; None if it can."""
    if region not in _FRAMEWORKS:
        return f"SageMaker has no built-in algorithms in {region}."
    found = _URI.fullmatch(image)
    try:
        meant = IMAGES[algorithm_in(image)]
    except UnknownImage:
        offered = ", ".join(f"{each.uri(region)} ({each.title})" for each in IMAGES.values())
        return f"The image {image} {_foreign(found)}. Use one of: {offered}."
    assert found is not None
    if image == meant.uri(region):
        return None
    if found["region"] != region:
        why = f"lies in {found['region']}, and this is {region}"
    elif found["account"] != meant.accounts[region]:
        why = f"lies in account {found['account']}, and SageMaker's own image in {region} does not"
    else:
        why = f"has the tag {found['tag']}, and only {meant.tag} runs offline"
    return f"The image {image} {why}. Use {meant.uri(region)}."


def _foreign(found: re.Match[str] | None) -> str:
    if found is None:
        return "is no image in Amazon ECR"
    return f"({found['repository']}) is not one of the built-in ones that run offline"
