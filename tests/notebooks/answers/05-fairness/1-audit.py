"""Answers to 05-fairness/1-audit: right ones in different styles, and misconceptions to be caught."""

from __future__ import annotations

import numpy as np
import pandas as pd
from notebooks.bank import right, trap

# --- selection_rates ------------------------------------------------------------------------------


@right("selection_rates")
def rates_by_scipy(frame, group):
    from scipy.stats import binomtest

    rows = {}
    for name, part in frame.assign(**{group: frame[group].fillna("unknown")}).groupby(group):
        k, n = int(part["approved"].sum()), len(part)
        low, high = binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
        rows[name] = {"people": n, "approved": k, "rate": k / n, "low": low, "high": high}
    return pd.DataFrame.from_dict(rows, orient="index")


@right("selection_rates")
def rates_by_hand_with_the_group_as_a_column(frame, group):
    from math import sqrt

    counts = {}
    for name, approved in zip(frame[group], frame["approved"], strict=True):
        known = "unknown" if name is None or name != name else name
        k, n = counts.get(known, (0, 0))
        counts[known] = (k + approved, n + 1)
    rows = []
    for name, (k, n) in counts.items():
        p, z2 = k / n, 1.96**2
        centre, spread = k + z2 / 2, 1.96 * sqrt(n * p * (1 - p) + z2 / 4)
        rows.append([name, n, k, p, (centre - spread) / (n + z2), (centre + spread) / (n + z2)])
    return pd.DataFrame(rows, columns=[group, "people", "approved", "rate", "low", "high"])


@right("selection_rates")
def rates_as_roots_of_a_quadratic(frame, group):
    names = frame[group].where(frame[group].notna(), "unknown")
    people = names.value_counts()
    approved = frame.loc[frame["approved"] == 1, group].fillna("unknown").value_counts()
    approved = approved.reindex(people.index, fill_value=0)
    rate, z2 = approved / people, 1.959964**2
    a, b, c = 1 + z2 / people, -(2 * rate + z2 / people), rate**2
    root = np.sqrt(np.maximum(b**2 - 4 * a * c, 0))
    ends = {"low": (-b - root) / (2 * a), "high": (-b + root) / (2 * a)}
    return pd.DataFrame({"people": people, "approved": approved, "rate": rate, **ends})


@trap("selection_rates", message="A gap may be NaN, not None")
def loses_those_without_a_group(frame, group):
    table = frame.groupby(group)["approved"].agg(people="size", approved="sum")
    n, p, z2 = table["people"], table["approved"] / table["people"], 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="The rows are named")
def keeps_the_gap_as_a_name(frame, group):
    table = frame.groupby(group, dropna=False)["approved"].agg(people="size", approved="sum")
    n, p, z2 = table["people"], table["approved"] / table["people"], 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="(nearly certain|normal approximation)")
def normal_approximation(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    p = table["approved"] / table["people"]
    half = 1.96 * np.sqrt(p * (1 - p) / table["people"])
    return table.assign(rate=p, low=(p - half).clip(0, 1), high=(p + half).clip(0, 1))


@trap("selection_rates", message="Clopper")
def exact_interval(frame, group):
    from scipy.stats import binomtest

    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    pairs = zip(table["approved"], table["people"], strict=True)
    ends = np.array([binomtest(int(k), int(n)).proportion_ci() for k, n in pairs])
    return table.assign(rate=table["approved"] / table["people"], low=ends[:, 0], high=ends[:, 1])


@trap("selection_rates", message="so 90 % intervals")
def ninety_percent(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z = table["people"], table["approved"] / table["people"], 1.645
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="so 99 % intervals")
def ninety_nine_percent(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z = table["people"], table["approved"] / table["people"], 2.576
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="approved counts those who were refused")
def counts_refusals(frame, group):
    frame = frame.assign(approved=1 - frame["approved"])
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z2 = table["people"], table["approved"] / table["people"], 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="share of all who were approved")
def share_of_all_approved(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z2 = table["people"], table["approved"] / table["approved"].sum(), 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="Each group has its own n")
def one_n_for_all(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z2 = len(frame), table["approved"] / table["people"], 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


@trap("selection_rates", message="Do not round")
def rounds_the_table(frame, group):
    table = frame.groupby(frame[group].fillna("unknown"))["approved"].agg(people="size", approved="sum")
    n, p, z2 = table["people"], table["approved"] / table["people"], 1.96**2
    middle, half = (p + z2 / (2 * n)) / (1 + z2 / n), 1.96 * np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half).round(2)


@trap("selection_rates", message="but with z = 2\\. The")
def two_for_the_z(frame, group):
    names = frame[group].fillna("unknown")
    table = frame["approved"].groupby(names).agg(people="size", approved="sum")
    n, p, z = table["people"], table["approved"] / table["people"], 2
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return table.assign(rate=p, low=middle - half, high=middle + half)


# --- disparate_impact -----------------------------------------------------------------------------


@right("disparate_impact")
def impact_by_binomial(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    counts = frame.groupby("group")["approved"].agg(["size", "mean"])
    (n, p), (m, q) = counts.loc[group], counts.loc[reference]
    ratios = rng.binomial(int(n), p, 1000) / n / (rng.binomial(int(m), q, 1000) / m)
    low, high = np.quantile(ratios, [0.025, 0.975])
    said = "cannot tell"
    if min(n, m) >= 30 and high < 0.8:
        said = "below four fifths"
    elif min(n, m) >= 30 and low >= 0.8:
        said = "at least four fifths"
    return {"ratio": p / q, "low": low, "high": high, "verdict": said}


@right("disparate_impact")
def impact_by_a_loop(frame, group, reference, seed):
    import random

    draw = random.Random(seed)
    ours = frame["approved"][frame["group"] == group].tolist()
    theirs = frame["approved"][frame["group"] == reference].tolist()
    ratios = []
    for _ in range(1000):
        a, b = draw.choices(ours, k=len(ours)), draw.choices(theirs, k=len(theirs))
        ratios.append(sum(a) / len(a) / (sum(b) / len(b)))
    ratios.sort()
    ratio, low, high = sum(ours) / len(ours) / (sum(theirs) / len(theirs)), ratios[24], ratios[974]
    enough = len(ours) >= 30 and len(theirs) >= 30
    side = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": ratio, "low": low, "high": high, "verdict": side if enough else "cannot tell"}


@right("disparate_impact")
def impact_by_samples_from_one_stream(frame, group, reference, seed):
    stream = np.random.RandomState(seed)
    a, b = (frame.loc[frame["group"] == g, "approved"] for g in (group, reference))
    ratios = pd.Series(
        a.sample(frac=1, replace=True, random_state=stream).mean()
        / b.sample(frac=1, replace=True, random_state=stream).mean()
        for _ in range(1000)
    )
    low, high = ratios.quantile(0.025), ratios.quantile(0.975)
    if min(len(a), len(b)) < 30 or low < 0.8 <= high:
        said = "cannot tell"
    else:
        said = "below four fifths" if high < 0.8 else "at least four fifths"
    return {"ratio": a.mean() / b.mean(), "low": low, "high": high, "verdict": said}


@trap("disparate_impact", message="as if both had the same luck")
def the_same_seed_for_both_groups(frame, group, reference, seed):
    a, b = (frame.loc[frame["group"] == g, "approved"] for g in (group, reference))
    ratios = []
    for i in range(1000):
        x = a.sample(frac=1, replace=True, random_state=seed + i)
        y = b.sample(frac=1, replace=True, random_state=seed + i)
        ratios.append(x.mean() / y.mean())
    low, high = np.percentile(ratios, [2.5, 97.5])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(a), len(b)) < 30
    return {"ratio": a.mean() / b.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="low and high are the 2.5th and 97.5th percentile of the draws")
def ratio_plus_and_minus_two_deviations(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    reach = 1.96 * (rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1)).std()
    ratio = x.mean() / y.mean()
    low, high = ratio - reach, ratio + reach
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": ratio, "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="A verdict from the ratio alone may be luck")
def verdict_from_the_ratio(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    ratio = x.mean() / y.mean()
    said = "below four fifths" if ratio < 0.8 else "at least four fifths"
    return {
        "ratio": ratio,
        "low": low,
        "high": high,
        "verdict": said if min(len(x), len(y)) >= 30 else "cannot tell",
    }


@trap("disparate_impact", message="no verdict under 30")
def verdict_from_a_few_people(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": said}


@trap("disparate_impact", message="no better than the smaller of its groups")
def looks_at_the_size_of_one_group_only(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": said if len(x) >= 30 else "cannot tell"}


@trap("disparate_impact", message="both groups have 30 people or more: it can")
def thirty_are_too_few(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) <= 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="not with 1")
def compares_with_one(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 1 else "at least four fifths" if low >= 1 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="comparison with everybody else")
def against_everybody_else(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    ours = frame["group"] == group
    x, y = frame.loc[ours, "approved"].to_numpy(), frame.loc[~ours, "approved"].to_numpy()
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="The rule compares approvals")
def compares_refusals(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (1 - frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    above = np.maximum(rng.choice(y, (1000, len(y))).mean(1), 1e-9)
    low, high = np.quantile(rng.choice(x, (1000, len(x))).mean(1) / above, [0.025, 0.975])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": said}


@trap("disparate_impact", message="Whose treatment is in question goes on top")
def upside_down(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    y, x = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": said}


@trap("disparate_impact", message="if the reference's rate were known for sure")
def takes_the_reference_as_known(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(rng.choice(x, (1000, len(x))).mean(1) / y.mean(), [0.025, 0.975])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="This is a 90 % interval")
def five_to_ninety_five(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.05, 0.95])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="(room on both sides: draw people|Drawn without replacement)")
def draws_without_replacement(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    ratios = [rng.permutation(x).mean() / rng.permutation(y).mean() for _ in range(1000)]
    low, high = np.quantile(ratios, [0.025, 0.975])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": said}


@trap("disparate_impact", message="Seeds 5 and 5006 give the same interval")
def one_seed_for_all(frame, group, reference, seed):
    rng = np.random.default_rng(0)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="Two calls with the same seed differ")
def no_seed_at_all(frame, group, reference, seed):
    rng = np.random.default_rng()
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(
        rng.choice(x, (1000, len(x))).mean(1) / rng.choice(y, (1000, len(y))).mean(1), [0.025, 0.975]
    )
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


@trap("disparate_impact", message="too wide, or off to one side")
def always_draws_fifty_people(frame, group, reference, seed):
    rng = np.random.default_rng(seed)
    x, y = (frame.loc[frame["group"] == g, "approved"].to_numpy() for g in (group, reference))
    low, high = np.quantile(rng.choice(x, (1000, 50)).mean(1) / rng.choice(y, (1000, 50)).mean(1), [0.025, 0.975])
    said = "below four fifths" if high < 0.8 else "at least four fifths" if low >= 0.8 else "cannot tell"
    few = min(len(x), len(y)) < 30
    return {"ratio": x.mean() / y.mean(), "low": low, "high": high, "verdict": "cannot tell" if few else said}


# --- proxies --------------------------------------------------------------------------------------


@right("proxies")
def proxies_by_ranks(frame, group):
    found = {}
    for name in frame.columns:
        if name == group:
            continue
        part = frame[[name, group]].dropna()
        ranks, one = part[name].rank(), part[group] == 1
        ones, zeros = one.sum(), (~one).sum()
        auc = (ranks[one].sum() - ones * (ones + 1) / 2) / (ones * zeros)
        if abs(auc - 0.5) >= 0.125:
            found[name] = abs(auc - 0.5)
    return sorted(found, key=found.get, reverse=True)


@right("proxies")
def proxies_by_mann_whitney(frame, group):
    from scipy.stats import mannwhitneyu

    strength = pd.Series(dtype=float)
    for name, values in frame.drop(columns=group).items():
        one, zero = values[frame[group] == 1].dropna(), values[frame[group] == 0].dropna()
        auc = mannwhitneyu(one, zero, method="asymptotic").statistic / (len(one) * len(zero))
        strength[name] = max(auc, 1 - auc)
    return strength[strength >= 0.625].sort_values(ascending=False).index


@right("proxies")
def proxies_by_scikit_learn_and_pandas(frame, group):
    from sklearn.metrics import roc_auc_score

    def strength(values):
        known = values.notna()
        return abs(roc_auc_score(frame[group][known], values[known]) - 0.5) + 0.5

    table = frame.drop(columns=[group]).apply(strength)
    return table[table >= 0.625].sort_values(ascending=False).index.tolist()


@right("proxies")
def proxies_by_counting_pairs(frame, group):
    strength = {}
    for name in frame.columns.drop(group):
        part = frame[[name, group]].dropna()
        one, zero = (part.loc[part[group] == side, name].to_numpy() for side in (1, 0))
        right = (one[:, None] > zero).mean() + (one[:, None] == zero).mean() / 2
        strength[name] = max(right, 1 - right)
    return [name for name in sorted(strength, key=strength.get, reverse=True) if strength[name] >= 0.625]


@trap("proxies", message="(leave the group column out, and all is well|Without the group column a model still has)")
def drops_the_group_column_and_calls_it_fair(frame, group):
    return [name for name in frame.columns.drop(group) if name == group]


@trap("proxies", message="the group itself")
def lists_the_group_itself(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns:
        known = frame[name].notna()
        auc = roc_auc_score(frame.loc[known, group], frame.loc[known, name])
        strength[name] = max(auc, 1 - auc)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.625]


@trap("proxies", message="(ranks every pair the wrong way round|lower in the group are left out)")
def forgets_to_turn(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns.drop(group):
        known = frame[name].notna()
        strength[name] = roc_auc_score(frame.loc[known, group], frame.loc[known, name])
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.625]


@trap("proxies", message="hide a column from a correlation")
def by_correlation(frame, group):
    strength = {n: abs(frame[n].corr(frame[group])) for n in frame.columns.drop(group) if frame[n].nunique() > 1}
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.2]


@trap("proxies", message="Gaps count as zeros")
def gaps_as_zeros(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns.drop(group):
        auc = roc_auc_score(frame[group], frame[name].fillna(0))
        strength[name] = max(auc, 1 - auc)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.625]


@trap("proxies", message="Gaps were filled with a middle value")
def gaps_as_medians(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns.drop(group):
        auc = roc_auc_score(frame[group], frame[name].fillna(frame[name].median()))
        strength[name] = max(auc, 1 - auc)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.625]


@trap("proxies", message="(A gap in distance is no reason|Only rows without any gap were used)")
def complete_rows_only(frame, group):
    from sklearn.metrics import roc_auc_score

    rows, strength = frame.dropna(), {}
    for name in frame.columns.drop(group):
        auc = roc_auc_score(rows[group], rows[name])
        strength[name] = max(auc, 1 - auc)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.625]


@trap("proxies", message="not the strongest first")
def in_the_order_of_the_file(frame, group):
    from sklearn.metrics import roc_auc_score

    names = []
    for name in frame.columns.drop(group):
        known = frame[name].notna()
        auc = roc_auc_score(frame.loc[known, group], frame.loc[known, name])
        if max(auc, 1 - auc) >= 0.625:
            names.append(name)
    return names


@right("proxies")
def by_how_far_it_is_from_a_coin(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns.drop(group):
        known = frame[name].notna()
        strength[name] = abs(roc_auc_score(frame.loc[known, group], frame.loc[known, name]) - 0.5)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] >= 0.125]


@trap("proxies", message="has an AUC of exactly 0.625")
def leaves_out_who_just_reaches_it(frame, group):
    from sklearn.metrics import roc_auc_score

    strength = {}
    for name in frame.columns.drop(group):
        known = frame[name].notna()
        auc = roc_auc_score(frame.loc[known, group], frame.loc[known, name])
        strength[name] = max(auc, 1 - auc)
    return [name for name in sorted(strength, key=lambda name: -strength[name]) if strength[name] > 0.625]


@trap("proxies", message="without their numbers")
def names_with_strengths(frame, group):
    from sklearn.metrics import roc_auc_score

    found = []
    for name in frame.columns.drop(group):
        known = frame[name].notna()
        auc = roc_auc_score(frame.loc[known, group], frame.loc[known, name])
        found.append((max(auc, 1 - auc), name))
    return [pair for pair in sorted(found, reverse=True) if pair[0] >= 0.625]


@trap("proxies", message="Pairs of equal values count half")
def ties_count_as_losses(frame, group):
    def strength(column):
        known = frame[[group, column]].dropna()
        ones, zeros = (known.loc[known[group] == value, column].to_numpy() for value in (1, 0))
        auc = (ones[:, None] > zeros).mean()
        return max(auc, 1 - auc)

    found = {column: strength(column) for column in frame.columns.drop(group)}
    return [name for name in sorted(found, key=found.get, reverse=True) if found[name] >= 0.625]


# --- coverage_gaps --------------------------------------------------------------------------------


@right("coverage_gaps")
def gaps_solved_for_m(frame, population):
    from math import ceil

    counts = frame["group"].value_counts()
    n = counts.sum()
    more = {g: ceil(round((p * n - counts.get(g, 0)) / (1 - p), 9)) for g, p in population.items()}
    return {g: m for g, m in more.items() if m > 0}


@right("coverage_gaps")
def gaps_by_search_in_fractions(frame, population):
    from fractions import Fraction
    from itertools import count

    names = [name for name in frame["group"] if isinstance(name, str)]
    found = {}
    for name, share in population.items():
        p, k = Fraction(str(share)), names.count(name)
        more = next(m for m in count() if k + m >= p * (len(names) + m))
        if more:
            found[name] = float(more)
    return found


@right("coverage_gaps")
def gaps_by_adding_one_after_the_other(frame, population):
    known = frame["group"].dropna()
    gaps = {}
    for name, share in population.items():
        k, n, m = (known == name).sum(), len(known), 0
        while (k + m) / (n + m) < share:
            m += 1
        if m:
            gaps[name] = m
    return gaps


@right("coverage_gaps")
def gaps_by_comparing_counts(frame, population):
    counts, n = frame["group"].value_counts(), int(frame["group"].count())
    gaps = {}
    for name, share in population.items():
        more = 0
        while counts.get(name, 0) + more < share * (n + more):
            more += 1
        if more > 0:
            gaps[name] = more
    return gaps


@right("coverage_gaps")
def gaps_in_fractions_of_floats(frame, population):
    from fractions import Fraction
    from math import ceil

    known = frame["group"].dropna().tolist()
    need = {g: (Fraction(p) * len(known) - known.count(g)) / (1 - Fraction(p)) for g, p in population.items()}
    return {g: ceil(m) for g, m in need.items() if m > 0}


@trap("coverage_gaps", message="Floats err by a hair")
def gaps_by_a_formula_in_floats(frame, population):
    known = frame["group"].dropna()
    need = {g: (p * len(known) - (known == g).sum()) / (1 - p) for g, p in population.items()}
    return {g: int(np.ceil(m)) for g, m in need.items() if m > 0}


@trap("coverage_gaps", message="Each added record makes the file longer")
def forgets_that_the_file_grows(frame, population):
    from math import ceil

    counts = frame["group"].value_counts()
    more = {g: ceil(p * counts.sum() - counts.get(g, 0)) for g, p in population.items()}
    return {g: m for g, m in more.items() if m > 0}


@trap("coverage_gaps", message="Who is missing altogether is the largest gap")
def only_groups_in_the_file(frame, population):
    from math import ceil

    counts = frame["group"].value_counts()
    more = {
        g: ceil((population[g] * counts.sum() - k) / (1 - population[g]) - 1e-9)
        for g, k in counts.items()
        if g in population
    }
    return {g: m for g, m in more.items() if m > 0}


@trap("coverage_gaps", message="Leave rows with a gap out of all counts")
def gaps_count_as_rows(frame, population):
    from math import ceil

    n, counts = len(frame), frame["group"].value_counts()
    more = {g: ceil((p * n - counts.get(g, 0)) / (1 - p) - 1e-9) for g, p in population.items()}
    return {g: m for g, m in more.items() if m > 0}


@trap("coverage_gaps", message="Each group is looked at alone")
def carries_n_from_group_to_group(frame, population):
    known = frame["group"].dropna()
    n, found = len(known), {}
    for name, share in population.items():
        k, m = (known == name).sum(), 0
        while k / n < share:
            k, n, m = k + 1, n + 1, m + 1
        if m:
            found[name] = m
    return found


@trap("coverage_gaps", message="Groups that population does not name count in n")
def drops_groups_that_population_does_not_name(frame, population):
    known = frame["group"].dropna()
    known = known[known.isin(population.keys())]
    found = {}
    for name, share in population.items():
        k, n, m = (known == name).sum(), len(known), 0
        while (k + m) / (n + m) < share:
            m += 1
        if m:
            found[name] = m
    return found


@trap("coverage_gaps", message="round up, never down")
def rounds_to_the_nearest(frame, population):
    counts = frame["group"].value_counts()
    more = {g: round((p * counts.sum() - counts.get(g, 0)) / (1 - p) + 0.01) for g, p in population.items()}
    return {g: m for g, m in more.items() if m > 0}


@trap("coverage_gaps", message="one record fewer would do")
def adds_one_to_be_safe(frame, population):
    counts = frame["group"].value_counts()
    more = {g: int((p * counts.sum() - counts.get(g, 0)) / (1 - p)) + 1 for g, p in population.items()}
    return {g: m for g, m in more.items() if counts.get(g, 0) / counts.sum() < population[g]}


@trap("coverage_gaps", message="Name only groups")
def names_every_group(frame, population):
    from math import ceil

    counts = frame["group"].value_counts()
    return {g: max(0, ceil((p * counts.sum() - counts.get(g, 0)) / (1 - p) - 1e-9)) for g, p in population.items()}


@trap("coverage_gaps", message="a share")
def shares_that_are_missing(frame, population):
    counts = frame["group"].value_counts(normalize=True)
    return {g: p - counts.get(g, 0) for g, p in population.items() if counts.get(g, 0) < p}


@trap("coverage_gaps", message="A gap in another column")
def drops_rows_with_any_gap(frame, population):
    known, found = frame.dropna()["group"], {}
    for name, share in population.items():
        k, n, m = int((known == name).sum()), len(known), 0
        while (k + m) / (n + m) < share:
            m += 1
        if m:
            found[name] = m
    return found


@trap("coverage_gaps", message="the 9th decimal, not the second")
def rounds_too_early(frame, population):
    known, found = frame["group"].dropna(), {}
    for name, share in population.items():
        k, n = int((known == name).sum()), len(known)
        if k / n < share:
            found[name] = int(np.ceil(round((share * n - k) / (1 - share), 2)))
    return found
