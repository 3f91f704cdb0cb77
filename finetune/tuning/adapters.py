"""What of a model is trained: adapters beside its weights, or all of them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import torch

from classic.errors import BadInput
from finetune.tuning.behaviour import Accompanied, BehaviourConfig, accompanied
from llmrec.llm.adapters import made_for
from llmrec.llm.protocol import ModelError
from llmrec.llm.transformers_model import weights_folder

Kind = Literal["lora", "dora", "qlora", "full", "prompt", "prefix"]


@dataclass(frozen=True)
class AdapterConfig:
    """`rank` and `alpha` of a low-rank adapter beside every linear layer (Hu et al., LoRA, 2021;
    Liu et al., DoRA, 2024; Dettmers et al., QLoRA, 2023, over weights of four bits), `start` the
    folder of one to go on from; `full` trains every weight; `prompt` learns the embeddings of
    `virtual_tokens` before everything (Lester et al., 2021), `prefix` their keys and values in
    every layer (Li and Liang, 2021)."""

    kind: Kind = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    virtual_tokens: int = 20
    start: str = ""


def opened(source: str, *, half_precision: bool, four_bits: bool = False) -> tuple[Any, Any]:
    """(model, tokenizer) of `embedded`, a hub name or a folder. Raises `BadInput`.

    Attention is spelled out: on a processor its fused backward pass takes four times as long.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    loader: Any = AutoModelForCausalLM
    told = {
        "dtype": torch.bfloat16 if half_precision else torch.float32,
        "attn_implementation": "sdpa" if torch.cuda.is_available() else "eager",
    }
    try:
        folder = weights_folder(source)
        model = loader.from_pretrained(folder, **told, **(_four_bits() if four_bits else {}))
        return model, AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, ModelError) as error:
        raise BadInput(f"{source} could not be opened: {str(error).splitlines()[0]}") from None


def _four_bits() -> dict[str, Any]:
    """Raises `BadInput` where the library for it is missing."""
    if find_spec("bitsandbytes") is None:
        raise BadInput("qlora needs bitsandbytes: pip install 'llmrec[gpu]'")
    from transformers import BitsAndBytesConfig

    config: Any = BitsAndBytesConfig
    settings = config(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    place: int | str = 0 if torch.cuda.is_available() else "cpu"
    return {"quantization_config": settings, "device_map": {"": place}}


def adapted(model: Any, config: AdapterConfig | BehaviourConfig) -> Any:
    """The model with what is to be trained, in whole precision. Raises `BadInput` where there is no
    adapter to go on from, or no encoder to read people by."""
    if isinstance(config, BehaviourConfig):
        return accompanied(model, config)
    if config.start:
        return _gone_on(model, config)
    if config.kind == "full":
        return model.float()
    from peft import LoraConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model

    if config.kind in ("prompt", "prefix"):
        kind = PromptTuningConfig if config.kind == "prompt" else PrefixTuningConfig
        learned = kind(task_type="CAUSAL_LM", num_virtual_tokens=config.virtual_tokens)
        return get_peft_model(model, learned)
    return get_peft_model(
        model,
        LoraConfig(
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.dropout,
            use_dora=config.kind == "dora",
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )


def _gone_on(model: Any, config: AdapterConfig) -> Any:
    from peft import PeftModel

    folder = Path(config.start).expanduser()
    try:
        made_for(folder, Path(str(model.name_or_path)).name)
        return PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (ModelError, OSError, ValueError) as error:
        raise BadInput(str(error).splitlines()[0]) from None


def saved(model: Any, folder: Path) -> None:
    """The weights of a library's adapter as half-precision numbers, which is what they are used
    with; all others as they are."""
    partial = folder.with_name(folder.name + ".partial")
    if hasattr(model, "get_base_model") and not isinstance(model, Accompanied):
        # Where the weights lie on this machine is nobody's business.
        settings = model.peft_config["default"]
        settings.base_model_name_or_path = Path(str(settings.base_model_name_or_path)).name
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.half()
    model.save_pretrained(partial)
    folder.mkdir(parents=True, exist_ok=True)
    for file in partial.iterdir():
        if file.name == "README.md":  # a card of the library's, with nothing filled in
            file.unlink()
        else:
            file.replace(folder / file.name)
    partial.rmdir()
