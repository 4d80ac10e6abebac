"""The picture of a figure."""

from __future__ import annotations

from starlette.responses import Response

from quizengine import wiring
from quizengine.errors import NotFound
from quizengine.web.asked import Asked


def show(asked: Asked) -> Response:
    """The SVG of a figure that the bank has. It is shown as an image: nothing in it can run."""
    figure = asked.study.bank.figure(asked.path["id"])
    try:
        picture = wiring.figure_path(figure.id).read_bytes()
    except OSError:
        raise NotFound("picture", figure.id, (), "Its table says the same.") from None
    return Response(picture, media_type="image/svg+xml")
