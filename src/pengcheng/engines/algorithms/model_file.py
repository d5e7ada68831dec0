"""A trained model as plain data: arrays and JSON in one npz file, never code."""

import hashlib
import io
import json
import zipfile

import numpy as np

from pengcheng.engines.algorithms.classifier import Classifier, Fit, Space
from pengcheng.engines.algorithms.terms import Floats, Terms
from pengcheng.kernel.errors import Refusal, ensure

FORMAT = 1
BYTES_MAX = 16 * 1024 * 1024
_MEMBERS_MAX = 32
_HALF = ("gram_weight", "word_weight", "share", "gram", "word", "hint", "bias")


def to_bytes(model: Classifier) -> bytes:
    """The file of a model; the same model gives the same bytes."""
    told = {
        "format": FORMAT,
        "classes": model.space.classes,
        "seen": model.fit.seen,
        "steepness": model.fit.steepness,
        "notes": dict(model.notes),
    }
    arrays: dict[str, Floats] = {
        "gram_weight": model.space.gram_weight,
        "word_weight": model.space.word_weight,
        "share": model.space.share,
        "gram": model.fit.gram,
        "word": model.fit.word,
        "hint": model.fit.hint,
        "bias": model.fit.bias,
    }
    texts = {
        "told": json.dumps(told, ensure_ascii=False, sort_keys=True),
        "grams": "\n".join(model.space.grams.terms),
        "words": "\n".join(model.space.words.terms),
    }
    made = io.BytesIO()
    np.savez_compressed(
        made,
        allow_pickle=False,
        **{name: np.frombuffer(text.encode(), dtype=np.uint8) for name, text in texts.items()},
        **{name: arrays[name].astype(np.float16) for name in _HALF},
    )
    return made.getvalue()


def from_bytes(data: bytes) -> Classifier:
    """The model of a file; a Refusal `algorithm.model_invalid` when it is not one."""
    if len(data) > BYTES_MAX:
        raise Refusal("algorithm.model_invalid", problem="too large")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            ensure(len(file.files) <= _MEMBERS_MAX, "too many arrays")
            parts = {name: file[name] for name in file.files}
        told = json.loads(parts["told"].tobytes())
        wide = {name: parts[name].astype(np.float64) for name in _HALF}
        grams, words = (parts[name].tobytes().decode().split("\n") for name in ("grams", "words"))
        model = Classifier(
            space=Space(
                classes=tuple(told["classes"]),
                grams=Terms(grams),
                gram_weight=wide["gram_weight"],
                words=Terms(words),
                word_weight=wide["word_weight"],
                share=wide["share"],
            ),
            fit=Fit(
                seen=tuple(told["seen"]),
                gram=wide["gram"],
                word=wide["word"],
                hint=wide["hint"],
                bias=wide["bias"],
                steepness=float(told["steepness"]),
            ),
            notes=told["notes"],
        )
    except (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise Refusal("algorithm.model_invalid", problem=str(error)) from error
    if told.get("format") != FORMAT or not _fits(model):
        raise Refusal("algorithm.model_invalid", problem="shapes or format")
    return model


def hash_of(data: bytes) -> str:
    """The name of a version: the SHA-256 of its file."""
    return hashlib.sha256(data).hexdigest()


def _fits(model: Classifier) -> bool:
    space, fit = model.space, model.fit
    grams, words = len(space.grams.terms), len(space.words.terms)
    classes, seen = len(space.classes), len(fit.seen)
    shapes = (
        (space.gram_weight, (grams,)),
        (space.word_weight, (words,)),
        (space.share, (words, classes)),
        (fit.gram, (grams, seen)),
        (fit.word, (words, seen)),
        (fit.hint, (classes, seen)),
        (fit.bias, (seen,)),
    )
    sound = all(array.shape == shape and np.isfinite(array).all() for array, shape in shapes)
    return sound and all(isinstance(one, int) and 0 <= one < classes for one in fit.seen)
