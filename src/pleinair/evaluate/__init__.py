"""The board: what a style costs, how well it paints, how still it holds, against baselines.

Needs the extra ``pleinair[evaluate]``.
"""

from pleinair.extras import EVALUATION, require

require("evaluation", EVALUATION, "evaluate")
