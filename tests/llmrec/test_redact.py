"""Personal data goes before text leaves the machine; titles with numbers stay."""

import pytest

from llmrec.redact import redact


@pytest.mark.parametrize(
    "text",
    [
        "write to ann.lee+x@mail.example.org",
        "call +44 20 7946 0958 tonight",
        "my card is 4111 1111 1111 1111",
        "account DE89 3704 0044 0532 0130 00",
        "server 192.168.1.20",
        "I live at 12 Baker Street",
        "my name is Ann Lee",
        "https://ann:secret@host.example/x",
    ],
)
def test_personal_data_is_taken_out(text: str) -> None:
    found = redact(text)
    assert found.found
    assert not any(
        secret in found.text for secret in ("ann", "7946", "4111", "3704", "Baker", "Lee")
    )


@pytest.mark.parametrize(
    "text",
    [
        "2001: A Space Odyssey and 12 Angry Men",
        "1917, 8½ and 300",
        "10 Things I Hate About You from 1999",
        "anything from 1990-2005",
        "The 39 Steps, 21 Grams, 127 Hours",
    ],
)
def test_titles_with_numbers_stay(text: str) -> None:
    assert redact(text).text == text
