"""The prompt lab: prompting strategies measured on the same users and candidates as baselines."""
