"""Stands in for a checkout's `infer_v2_5` and `infer_v2`: the same names, calls and prints, with sound that is made of nothing.

The real ones want packages that no test can install; what is called of them was read in their code.
"""
import torch
from torch import nn

STOP = 8193
VERSION = __name__.rpartition("_")[2]


class Gpt(nn.Module):
    def inference_speech(self, text, emotion, max_generate_length, stopping_criteria=None, min_new_tokens=0, exponential_decay_length_penalty=None, do_sample=True, num_beams=3, top_p=0.8):
        count = 10 + int(torch.randint(0, 60, (1,))) if exponential_decay_length_penalty is None else exponential_decay_length_penalty[0] + 2
        count = max(count, min_new_tokens)
        codes = torch.zeros(1, count + 1, dtype=torch.long)
        codes[0] = (torch.arange(count + 1) + int(100 * emotion)) % 8000
        codes[0, -1] = STOP
        for step in range(count):
            if stopping_criteria is not None:
                stopping_criteria(codes[:, : step + 1], None)
        return codes, torch.zeros(1, count, 4)


class Regulator(nn.Module):
    def forward(self, x, ylens=None, n_quantizers=None, f0=None):
        return nn.functional.interpolate(x, size=int(ylens.max()), mode="nearest"), None


class Flow(nn.Module):
    def __init__(self):
        super().__init__()
        self.estimator = nn.Identity()

    def inference(self, frames):
        for _ in range(3):
            frames = self.estimator(frames)
        return frames


class Inner(nn.Module):
    def __init__(self):
        super().__init__()
        self.models = nn.ModuleDict({"length_regulator": Regulator(), "cfm": Flow()})


class IndexTTS2:
    def __init__(self, cfg_path, model_dir, device=None, use_cuda_kernel=None, use_deepspeed=False, use_qwen_emo=True):
        print(">> GPT weights restored from:", model_dir)
        assert not use_deepspeed and use_cuda_kernel is False and not use_qwen_emo
        self.device, self.stop_mel_token = device or "cpu", STOP
        self.gpt, self.s2mel = Gpt(), Inner()

    def _spoken(self, emo_vector, emo_alpha, text, per_code, factor, generation):
        print("origin text:", text)
        prompt = self.s2mel.models["length_regulator"](torch.ones(1, 1, 30), ylens=torch.LongTensor([77]))[0]
        assert prompt.shape[-1] == 77, "the voice's own frames are nobody's to change"
        codes, _latent = self.gpt.inference_speech(text, sum(emo_vector or ()) + emo_alpha, generation.pop("max_mel_tokens", 1500), **generation)
        codes = codes[:, :-1].float()[:, None]
        target = torch.LongTensor([int(codes.shape[-1] * per_code * factor)])
        frames = self.s2mel.models["cfm"].inference(self.s2mel.models["length_regulator"](codes, ylens=target, n_quantizers=3, f0=None)[0])
        sound = (frames[0, 0] % 100).repeat_interleave(256).to(torch.int16)
        print(">> RTF: 1.0")
        yield 22050, sound.numpy()[:, None]


if VERSION == "5":

    class IndexTTS25(IndexTTS2):
        def infer_generator(
            self, spk_audio_prompt, text, output_path, lang, emo_audio_prompt=None, emo_alpha=1.0, emo_vector=None, use_emo_text=False, emo_text=None, use_random=False,
            interval_silence=200, verbose=False, max_text_tokens_per_segment=120, stream_return=False, more_segment_before=0, duration_factor=1.0, text_normalization=True, **generation_kwargs,
        ):  # fmt: skip
            assert lang in ("en", "zh", "ja", "es")
            yield from self._spoken(emo_vector, emo_alpha, text, 3.44, duration_factor, generation_kwargs)

    IndexTTS2 = IndexTTS25  # noqa: F811  the name that a checkout has
else:

    class IndexTTS20(IndexTTS2):
        def infer_generator(
            self, spk_audio_prompt, text, output_path, emo_audio_prompt=None, emo_alpha=1.0, emo_vector=None, use_emo_text=False, emo_text=None, use_random=False,
            interval_silence=200, verbose=False, max_text_tokens_per_segment=120, stream_return=False, more_segment_before=0, **generation_kwargs,
        ):  # fmt: skip
            yield from self._spoken(emo_vector, emo_alpha, text, 1.72, 1.0, generation_kwargs)

    IndexTTS2 = IndexTTS20  # noqa: F811
