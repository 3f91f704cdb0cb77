"""The same talk in a terminal."""

from llmrec.assistant import Assistant
from llmrec.cli.ask import plain, shell_user
from llmrec.errors import BadInput

_HELP = "Type what you like or want. /undo takes back, /new starts afresh, /quit leaves."


def talk(assistant: Assistant) -> None:
    """Reads and answers until the end of input or /quit; Ctrl-C leaves without losing a turn."""
    user = shell_user()
    session = assistant.session(user, "terminal").session_id
    print(_HELP)
    while True:
        try:
            text = input("\nyou> ").strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if text in ("/quit", "/exit"):
            return
        if text == "/new":
            assistant.delete_session(user, session)
            session = assistant.session(user, "terminal").session_id
        elif text == "/undo":
            taken = assistant.undo(user, session)
            print(f"Taken back: {taken.text}" if taken else "There is nothing to undo.")
        elif text:
            try:
                print(plain(assistant.ask(user, session, text)))
            except BadInput as error:
                print(error)
