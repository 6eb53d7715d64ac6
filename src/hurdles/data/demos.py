"""The live demos of this area."""

from __future__ import annotations

from typing import Final

from hurdles.data.missingness import SAMPLES, Cost, cost
from hurdles.data.plots import draw_cost
from hurdles.ui import Choice, Demo, Slider

__all__ = ["describe_cost", "missingness"]

_CAUSES: Final = {
    "MCAR": "by pure chance (MCAR)",
    "MAR": "more often where the loan, which is known, is large (MAR)",
    "MNAR": "more often where the income itself is high (MNAR)",
}
_TREATMENTS: Final = {
    "drop": "Dropping rows with a gap",
    "zero": "Filling with 0",
    "median": "Filling with the median",
    "indicator": "Filling with the median and adding an indicator",
    "regression": "Filling by a regression on the other columns",
}
# Smaller than this, a difference is lost in the scatter between samples.
_SAME_AUC: Final = 0.005
_SAME_DOLLARS: Final = 1000


def describe_cost(result: Cost) -> str:
    """Say in words what the picture of a `Cost` shows.

    Parameters
    ----------
    result : hurdles.data.missingness.Cost
        What `hurdles.data.missingness.cost` returned.

    Returns
    -------
    str
        Cause, treatment, effect on the ranking and on the average, each with its direction.
    """
    whole = result.auc.mean[0]
    if result.share == 0:
        return f"Nothing is missing: the model's AUC is {whole:.2f}, and the average income is exact."
    auc, low, high = result.auc.at(result.share)
    lost = f"{whole - auc:.2f} below the {whole:.2f} without gaps"
    if whole - auc < _SAME_AUC:
        lost = f"about the same as the {whole:.2f} without gaps"
    text = (
        f"{result.share} % of incomes are missing, {_CAUSES[result.mechanism]}. {_TREATMENTS[result.imputer]} gives an "
        f"AUC of {auc:.2f} (from {low:.2f} to {high:.2f} in 80 % of samples), {lost}"
    )
    if result.imputer != "drop":
        gain = auc - result.auc_drop.at(result.share)[0]
        compared = f"{abs(gain):.2f} {'above' if gain > 0 else 'below'}"
        text += f", and {'no different from' if abs(gain) < _SAME_AUC else compared} dropping the rows"
    return f"{text}. {_about_the_mean(result)}"


def _about_the_mean(result: Cost) -> str:
    bias, low, high = result.bias.at(result.share)
    # 80 % of a bell curve lie within 1.28 standard deviations of its mean. Three standard errors, because a learner
    # looks at many settings: at two, some would show an error that is not there.
    error_of_mean = (high - low) / 2.56 / SAMPLES**0.5
    if abs(bias) < max(_SAME_DOLLARS, 3 * error_of_mean):
        return (
            "The average income comes out right but for chance: "
            f"the error lies between {_dollars(low)} and {_dollars(high)} a year in 80 % of samples."
        )
    return f"The average income comes out about {_dollars(abs(bias))[1:]} a year too {'high' if bias > 0 else 'low'}."


def _dollars(value: float) -> str:
    return f"{'-' if value < 0 else '+'}${abs(round(value, -2)):,.0f}"


missingness: Final = Demo(
    name="missingness",
    title="What missing values cost",
    question="What does missingness cost?",
    minutes=5,
    controls={
        "share": Slider("Incomes missing", 0, 80, 10, 40, unit="%"),
        "mechanism": Choice(
            "Missing because",
            options=[
                ("pure chance (MCAR)", "MCAR"),
                ("the loan is large (MAR)", "MAR"),
                ("the income is high (MNAR)", "MNAR"),
            ],
            value="MNAR",
        ),
        "imputer": Choice(
            "Treatment",
            options=[
                ("drop the rows", "drop"),
                ("fill with 0", "zero"),
                ("fill with the median", "median"),
                ("median and indicator", "indicator"),
                ("regression on other columns", "regression"),
            ],
            value="median",
        ),
    },
    compute=cost,
    draw=draw_cost,
    describe=describe_cost,
    alt=(
        "Two line charts over the share of incomes missing. Left: how well a model ranks new applicants (AUC). Right: "
        "the error of the average income. The chosen treatment is compared with dropping the rows."
    ),
)
