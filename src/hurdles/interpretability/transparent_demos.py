"""The live demo of the lesson on transparent models: what does transparency cost?"""

from __future__ import annotations

from typing import Final

import numpy as np

from hurdles.interpretability.transparent_plots import draw_price
from hurdles.interpretability.transparent_price import SIZES, UNITS, Model, Price, price, spoken
from hurdles.ui import Choice, Demo, Slider

__all__ = ["describe_price", "transparent_demo"]

_NAMES: Final[dict[Model, str]] = {"tree": "A decision tree", "list": "A rule list", "card": "A scorecard"}
# Smaller than this, a change is lost in the scatter between folds.
_SAME: Final = 0.005


def describe_price(result: Price) -> str:
    """Say in words what the picture of a `Price` shows.

    Parameters
    ----------
    result : Price
        What `price` returned.

    Returns
    -------
    str
        The score beside the forest's and beside the best size's, the reading time, and the first lines.
    """
    one, many = UNITS[result.model]
    gap = result.forest.auc - result.auc
    best = SIZES[int(np.argmax(result.unseen))]
    text = (
        f"{_NAMES[result.model]} with {result.size} {one if result.size == 1 else many} has an AUC of {result.auc:.3f} "
        f"on unseen rows; the forest has {result.forest.auc:.3f}, "
        f"{'about the same' if abs(gap) < _SAME else f'{abs(gap):.3f} ' + ('more' if gap > 0 else 'less')}. "
        f"On the rows it learned from, the {result.model} has {result.seen[SIZES.index(result.size)]:.3f}. "
    )
    text += f"Over these sizes, {best} ranks best. " if best != result.size else "No other size here ranks better. "
    first = "; ".join(result.text[:3])
    return text + (
        f"Its text takes about {spoken(result.seconds)} to read, the forest's about {spoken(result.forest.seconds)}. "
        f"It begins: {first}."
    )


transparent_demo: Final = Demo(
    name="transparent",
    title="What transparency costs",
    question="What does transparency cost?",
    minutes=5,
    controls={
        "model": Choice(
            "Model",
            options=[
                ("tree (size: questions)", "tree"),
                ("rule list (size: rules)", "list"),
                ("scorecard (size: columns)", "card"),
            ],
            value="tree",
        ),
        "size": Slider("Size", SIZES[0], SIZES[-1], 1, 3),
    },
    compute=price,
    draw=draw_price,
    describe=describe_price,
    alt=(
        "Left, a line chart of the AUC over the size of the chosen model, on unseen rows and on the rows it learned "
        "from, beside a random forest. Right, the text of the model and how long it takes to read."
    ),
)
