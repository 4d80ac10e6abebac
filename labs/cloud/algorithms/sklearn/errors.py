"""What goes wrong in the container, in the words of AWS's toolkit (sagemaker-training)."""

from __future__ import annotations

from pathlib import Path

LONGEST = 700  # characters of the script's own error: a FailureReason has 1024 in all


class ContainerError(Exception):
    """The container cannot go on; the message says why."""


class UnsupportedFormat(Exception):
    """A content type that neither the container's functions nor the script's can read or write."""

    def __init__(self, content_type: str | None) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\nPlease implement "
            "input_fn to deserialize the request data or an output_fn to serialize the response."
        )


def without_us(error: BaseException) -> BaseException:
    """An error whose traceback begins where the learner's program does."""
    found, us = error.__traceback__, str(Path(__file__).parent)
    while found is not None:
        file = found.tb_frame.f_code.co_filename
        if not file.startswith((us, "<frozen ")):
            break
        found = found.tb_next
    return error.with_traceback(found)


def script_failed(code: int, error: str, command: str) -> str:
    """The text of output/failure when the script did not end well. Of a long error the end is
    kept: there a traceback says what happened."""
    if len(error) > LONGEST:
        error = "..." + error[-LONGEST:]
    return f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage "{error}"\nCommand "{command}"'
