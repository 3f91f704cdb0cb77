"""`python -m llmrec` and `torchrun -m llmrec`: the command line."""

from llmrec.cli.main import main

if __name__ == "__main__":
    main()
