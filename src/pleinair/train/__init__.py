"""Training of styles: a painting in, one ONNX file out. Needs the extra ``pleinair[train]``."""

from pleinair.extras import TRAINING, require

require("training", TRAINING, "train")

from pleinair.train.config import Painting, TrainConfig  # noqa: E402
from pleinair.train.run import Trained, train  # noqa: E402

__all__ = ["Painting", "TrainConfig", "Trained", "train"]
