"""IndexTTS 2.5 with random weights, as small as its own code allows: a program for its Python, `python tiny.py FOLDER`.

The folder has the layout and the names of the released files. Every weight is drawn by the package's own classes, so its own
loading is tried as well. Two sizes cannot be changed: w2v-bert's states have 1024 numbers, and CAM++ is what it is.
"""
import base64
import json
import sys
from pathlib import Path

import torch
from indextts25.codec.models import EnhancedCodec
from indextts25.gpt.model_v2 import UnifiedVoice
from indextts25.s2mel.modules.bigvgan.bigvgan import BigVGAN, load_hparams_from_json
from indextts25.s2mel.modules.campplus.DTDNN import CAMPPlus
from indextts25.s2mel.modules.commons import MyModel
from omegaconf import OmegaConf
from safetensors.torch import save_file
from transformers import SeamlessM4TFeatureExtractor, Wav2Vec2BertConfig, Wav2Vec2BertModel

WIDTH = 64

STOP_BIAS = 1.5
"""Added to the logit of the code that ends a reading: random weights never come to an end by themselves."""

LOUD = 30.0
"""Factor on what an emotion is made of: beside random weights it would be too little to be heard."""

HEEDFUL = 10.0
"""Factor on the attention's weights: as they are drawn, a code would hardly depend on what came before it."""

CONFIG = {
    "gpt": {
        "model_dim": WIDTH, "max_mel_tokens": 400, "max_text_tokens": 602, "heads": 4, "layers": 2, "number_text_tokens": 2500, "number_mel_codes": 8194,
        "start_mel_token": 8192, "stop_mel_token": 8193, "start_text_token": 0, "stop_text_token": 1,
        "emo_condition_module": {"output_size": 32, "linear_units": 32, "attention_heads": 2, "num_blocks": 1, "input_layer": "conv2d2", "perceiver_mult": 2},
    },
    "semantic_codec": {"codebook_size": 8192, "hidden_size": 1024, "codebook_dim": 8, "vocos_dim": 32, "vocos_intermediate_dim": 32, "vocos_num_layers": 1},
    "s2mel": {
        "preprocess_params": {"sr": 22050, "spect_params": {"n_fft": 1024, "win_length": 1024, "hop_length": 256, "n_mels": 80, "fmin": 0, "fmax": "None"}},
        "dit_type": "DiT",
        "style_encoder": {"dim": 192},
        "length_regulator": {"channels": WIDTH, "in_channels": 1024, "content_codebook_size": 16, "sampling_ratios": [1, 1, 1, 1]},
        "DiT": {
            "hidden_dim": WIDTH, "num_heads": 2, "depth": 3, "class_dropout_prob": 0.1, "block_size": 8192, "in_channels": 80, "style_condition": True,
            "final_layer_type": "wavenet", "content_dim": WIDTH, "content_codebook_size": 16, "content_type": "discrete", "is_causal": False,
            "long_skip_connection": True, "uvit_skip_connection": True, "time_as_token": False, "style_as_token": False,
        },
        "wavenet": {"hidden_dim": WIDTH, "num_layers": 2, "kernel_size": 5, "dilation_rate": 1, "p_dropout": 0.2, "style_condition": True},
    },
    "gpt_checkpoint": "gpt.pth",
    "w2v_stat": "wav2vec2bert_stats.pt",
    "s2mel_checkpoint": "s2mel.pth",
    "emo_matrix": "feat2.pt",
    "spk_matrix": "feat1.pt",
    "emo_num": [3, 17, 2, 8, 4, 5, 10, 24],
}  # fmt: skip

VOCODER = {
    "resblock": "1", "num_mels": 80, "upsample_initial_channel": 32, "upsample_rates": [8, 8, 2, 2], "upsample_kernel_sizes": [16, 16, 4, 4],
    "resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3, 5]], "activation": "snakebeta", "snake_logscale": True, "use_tanh_at_final": False, "use_bias_at_final": False,
}  # fmt: skip


def make(folder: Path):
    """Writes all that the engine loads."""
    torch.manual_seed(1)
    cache = folder / "hf_cache"
    for place in (folder, cache / "w2v-bert-2.0", cache / "bigvgan"):
        place.mkdir(parents=True, exist_ok=True)
    config = OmegaConf.create(CONFIG)
    OmegaConf.save(config, folder / "config.yaml")

    gpt = UnifiedVoice(**config.gpt)
    with torch.no_grad():
        gpt.mel_head.bias[8193] += STOP_BIAS
        gpt.emovec_layer.weight *= LOUD
        for block in gpt.gpt.h:
            block.attn.c_attn.weight *= HEEDFUL
            block.attn.c_proj.weight *= HEEDFUL
    torch.save({"model": gpt.state_dict()}, folder / "gpt.pth")
    torch.save({"model": EnhancedCodec(**config.semantic_codec).state_dict()}, folder / "codec.pth")
    torch.save({"net": {name: model.state_dict() for name, model in MyModel(config.s2mel).models.items()}}, folder / "s2mel.pth")
    torch.save({"mean": torch.zeros(1024), "var": torch.ones(1024)}, folder / "wav2vec2bert_stats.pt")
    torch.save(torch.randn(73, 192), folder / "feat1.pt")
    torch.save(LOUD * torch.randn(73, WIDTH), folder / "feat2.pt")
    # one token a byte; the numbers 0 and 1 begin and end a text
    others = [bytes([value]) for value in range(256) if value not in (0, ord("!"))]
    rows = (f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate([b"!", b"\0", *others]))
    (folder / "multilingual_zh_ja_yue_char_del.tiktoken").write_text("".join(rows))

    torch.save(CAMPPlus(feat_dim=80, embedding_size=192).state_dict(), cache / "campplus_cn_common.bin")
    (cache / "bigvgan" / "config.json").write_text(json.dumps(VOCODER))
    vocoder = BigVGAN(load_hparams_from_json(cache / "bigvgan" / "config.json"))
    torch.save({"generator": vocoder.state_dict()}, cache / "bigvgan" / "bigvgan_generator.pt")
    bert = Wav2Vec2BertConfig(hidden_size=1024, num_hidden_layers=17, num_attention_heads=2, intermediate_size=16, feature_projection_input_dim=160)
    bert.save_pretrained(cache / "w2v-bert-2.0")
    # in half precision, which is half of the disk
    save_file({name: value.half().contiguous() for name, value in Wav2Vec2BertModel(bert).state_dict().items()}, cache / "w2v-bert-2.0" / "model.safetensors")
    SeamlessM4TFeatureExtractor(feature_size=80, num_mel_bins=80, sampling_rate=16000, stride=2, padding_value=1).save_pretrained(cache / "w2v-bert-2.0")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
