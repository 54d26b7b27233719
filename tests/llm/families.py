"""Tokenizers as the families of chat models have them, trained on the spot, with their own way of calling tools."""

from functools import cache
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

TEXT = [
    "您好，欢迎光临。请问有什么可以帮您？我想退货，订单号是 20231105，什么时候能收到退款？",
    "退款会在三到五个工作日内退回原支付账户。如果还有问题，请随时联系我们的客服。谢谢！",
    "Hello, how can I help you today? I would like to return my order and get a refund, please.",
    "Refunds take three to five working days. If anything else comes up, we are here to help. Thank you!",
    'The weather: {"name": "get_weather", "arguments": {"city": "Paris", "days": 3}} assistant user system tool',
]

QWEN = """{%- if tools %}<|im_start|>system
{% if messages[0].role == 'system' %}{{ messages[0].content }}

{% endif %}# Tools

<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools>

For each call, return a json object within <tool_call></tool_call> tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% elif messages[0].role == 'system' %}<|im_start|>system
{{ messages[0].content }}<|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% elif message.role == 'assistant' %}<|im_start|>assistant
{{ message.content }}{% for call in message.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% elif message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and enable_thinking is false %}<think>

</think>

{% endif %}{% endif %}"""

LLAMA = """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] | trim %}
{%- set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif -%}
<|start_header_id|>system<|end_header_id|>

{% if tools is not none %}Environment: ipython
{% endif %}{{ system }}<|eot_id|>{% if tools is not none %}<|start_header_id|>user<|end_header_id|>

Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.
{% for t in tools %}{{ t | tojson(indent=4) }}

{% endfor %}<|eot_id|>{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}<|start_header_id|>ipython<|end_header_id|>

{{ message.content | tojson }}<|eot_id|>
{%- elif 'tool_calls' in message %}
{%- if not message.tool_calls | length == 1 %}{{ raise_exception('only single tool-calls at once!') }}{% endif -%}
<|start_header_id|>assistant<|end_header_id|>

{"name": "{{ message.tool_calls[0].function.name }}", "parameters": {{
    message.tool_calls[0].function.arguments | tojson }}}<|eot_id|>
{%- else %}<|start_header_id|>{{ message.role }}<|end_header_id|>

{% if message.name is defined %}{{ message.name }}: {% endif %}{{ message.content | trim }}<|eot_id|>
{%- endif %}{% endfor %}
{%- if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>

{% endif %}"""

GLM = """[gMASK]<sop>{% if tools %}<|system|>
# Tools
{% for tool in tools %}## {{ tool.function.name }}

{{ tool.function | tojson(indent=4) }}
{% endfor %}{% endif %}
{%- for msg in messages if msg.role == 'system' %}<|system|>
{{ msg.content }}{% endfor %}
{%- for message in messages if message.role != 'system' %}
{%- if message.role == 'user' %}<|user|>
{{ message.content }}
{%- elif message.role == 'assistant' and not message.get('metadata') %}<|assistant|>
{{ message.content }}
{%- elif message.role == 'assistant' %}<|assistant|>{{ message.metadata }}
{{ message.content }}
{%- elif message.role == 'observation' %}<|observation|>
{{ message.content }}{% endif %}{% endfor %}
{%- if add_generation_prompt %}<|assistant|>
{% endif %}"""

MISTRAL = """{{ bos_token }}{% if messages[0].role == 'system' %}{% set system = messages[0].content %}
{%- set messages = messages[1:] %}{% endif %}
{%- for message in messages %}
{%- if message.role == 'system' %}{{ raise_exception('Only the first message may be of the system.') }}
{%- elif message.role == 'user' %}
{%- if tools and loop.first %}[AVAILABLE_TOOLS] {{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif -%}
[INST] {% if system is defined and loop.first %}{{ system }}

{% endif %}{{ message.content }}[/INST]
{%- elif message.tool_calls is defined %}[TOOL_CALLS] [{% for call in message.tool_calls %}
{%- if call.id | length != 9 %}{{ raise_exception('Tool call IDs have 9 characters!') }}{% endif -%}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}, "id": "{{ call.id }}"}
{%- if not loop.last %}, {% endif %}{% endfor %}]{{ eos_token }}
{%- elif message.role == 'assistant' %} {{ message.content }}{{ eos_token }}
{%- elif message.role == 'tool' %}[TOOL_RESULTS] {"content": {{ message.content | tojson }}}[/TOOL_RESULTS]
{%- endif %}{% endfor %}"""

# Special tokens, other added ones, beginning and end, template.
FAMILIES: dict[str, tuple[list[str], list[str], str | None, str, str]] = {
    "qwen": (
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|image_pad|>"],
        [
            "<tool_call>",
            "</tool_call>",
            "<tool_response>",
            "</tool_response>",
            "<think>",
            "</think>",
            "<|fim_prefix|>",
        ],
        None,
        "<|im_end|>",
        QWEN,
    ),
    "llama": (
        [
            *("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>"),
            *("<|eot_id|>", "<|python_tag|>", "<|reserved_special_token_0|>"),
        ],
        [],
        "<|begin_of_text|>",
        "<|eot_id|>",
        LLAMA,
    ),
    "glm": (
        [*("<|endoftext|>", "[MASK]", "[gMASK]", "<sop>", "<eop>"), "<|system|>", "<|user|>", "<|assistant|>"],
        ["<|observation|>", "<|begin_of_image|>", "客服"],
        None,
        "<|user|>",
        GLM,
    ),
    "mistral": (
        [
            *(
                "<unk>",
                "<s>",
                "</s>",
                "[INST]",
                "[/INST]",
                "[TOOL_CALLS]",
                "[AVAILABLE_TOOLS]",
                "[/AVAILABLE_TOOLS]",
            ),
            *("[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
        ],
        [],
        "<s>",
        "</s>",
        MISTRAL,
    ),
}
VOCABULARY = 600
"""Width of the models' logits; the tokenizers have less."""


@cache
def _trained(normalizer: str | None) -> str:
    backend = Tokenizer(models.BPE())
    backend.normalizer = {"NFC": normalizers.NFC, "NFKC": normalizers.NFKC}[normalizer]() if normalizer else None
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    backend.train_from_iterator(TEXT, trainer)
    text: str = backend.to_str()
    return text


def tokenizer(family: str, normalizer: str | None = None) -> Any:
    """A byte-level tokenizer with Chinese; the family is one of FAMILIES."""
    special, plain, begins, ends, template = FAMILIES[family]
    backend = Tokenizer.from_str(_trained(normalizer or ("NFC" if family == "qwen" else None)))
    # Where a normalizer is asked for, marks are looked for in what it makes of a text.
    normalized = normalizer is not None
    backend.add_special_tokens([AddedToken(token, special=True, normalized=normalized) for token in special])
    backend.add_tokens([AddedToken(token, special=False, normalized=normalized) for token in plain])
    made = PreTrainedTokenizerFast(tokenizer_object=backend, bos_token=begins, eos_token=ends)
    made.chat_template = template
    assert len(made) < VOCABULARY
    return made


def model(family: str, ends: bool = True) -> Any:
    """A random model to go with that tokenizer; only if it `ends` does a token mean the end."""
    torch.manual_seed(3)
    eos = tokenizer(family).eos_token_id if ends else None
    shape: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 100_000,
        "initializer_range": 0.3,
        "bos_token_id": None,
        "eos_token_id": eos,
        "pad_token_id": None,
    }
    made = (
        Qwen3ForCausalLM(Qwen3Config(**shape, head_dim=16))
        if family == "qwen"
        else LlamaForCausalLM(LlamaConfig(**shape))
    )
    return made.eval()
