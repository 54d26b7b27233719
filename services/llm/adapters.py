"""LoRA adapters beside a model: found in a folder, loaded through PEFT, switched between steps."""

from pathlib import Path
from typing import Any

from services.llm.unloadable import Unloadable


def load_adapters(model: Any, folder: Path) -> tuple[str, ...]:
    """Load every adapter below the folder, switched off; named as their folders are. Raises Unloadable."""
    if not folder.is_dir():
        raise Unloadable(f"LLM_ADAPTERS: there is no folder {folder}.")
    names = sorted(path.parent.name for path in folder.glob("*/adapter_config.json"))
    if not names:
        raise Unloadable(f"LLM_ADAPTERS: no folder in {folder} holds an adapter_config.json.")
    for name in names:
        try:
            loaded = model.load_adapter(str(folder / name), adapter_name=name)
        except Exception as error:  # PEFT and transformers raise what they like; all of it means the same
            reason = " ".join(str(error).split())
            raise Unloadable(f"LLM_ADAPTERS: {name} cannot be loaded: {reason or repr(error)}") from error
        if loaded.unexpected_keys or loaded.mismatched_keys:
            raise Unloadable(f"LLM_ADAPTERS: {name} cannot be loaded: it was made for another model.")
    model.disable_adapters()
    return tuple(names)


def use_adapter(model: Any, name: str | None) -> None:
    """Have the next forward passes go through this adapter alone, or through none."""
    if name is None:
        model.disable_adapters()
    else:
        model.set_adapter(name)
        model.enable_adapters()
