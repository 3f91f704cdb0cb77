"""Text encoders that are tuned to recommend: trained in `finetune.encoders`."""
