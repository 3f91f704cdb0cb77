"""Training by gradient: one loop, the losses, and what a run may take."""
