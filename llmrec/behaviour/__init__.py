"""The behaviour encoder (PTUM): what a person did, as vectors. It is trained in `finetune.ptum`."""
