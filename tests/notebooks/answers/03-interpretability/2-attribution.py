"""Answers to 03-interpretability/2-attribution: right ones in different styles, and misconceptions to be caught."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from notebooks.bank import right, trap

# --- shapley --------------------------------------------------------------------------------------


@right("shapley")
def shapley_by_weights_of_groups(value, players):
    from math import factorial

    n, shares = len(players), {}
    for player in players:
        others = [p for p in players if p != player]
        shares[player] = sum(
            factorial(size)
            * factorial(n - size - 1)
            / factorial(n)
            * (value[frozenset([*g, player])] - value[frozenset(g)])
            for size in range(n)
            for g in combinations(others, size)
        )
    return shares


@right("shapley")
def shapley_by_recursion(value, players):
    def gains(group):
        if not group:
            return {}
        total = dict.fromkeys(group, 0.0)
        for last in group:
            rest = group - {last}
            total[last] += value[group] - value[rest]
            for player, gain in gains(rest).items():
                total[player] += gain
        return {player: gain / len(group) for player, gain in total.items()}

    return gains(frozenset(players))


@right("shapley")
def shapley_as_array_of_orders(value, players):
    rows = []
    for order in permutations(range(len(players))):
        row = np.zeros(len(players))
        worth = [value[frozenset(players[i] for i in order[:n])] for n in range(len(players) + 1)]
        row[list(order)] = np.diff(worth)
        rows.append(row)
    return dict(zip(players, np.mean(rows, axis=0), strict=True))


@trap("shapley", message="what they gain when joining first.*do not add up")
def joins_first(value, players):
    return {p: value[frozenset([p])] - value[frozenset()] for p in players}


@trap("shapley", message="what is lost when only they leave.*do not add up")
def leaves_last(value, players):
    return {p: value[frozenset(players)] - value[frozenset(players) - {p}] for p in players}


@trap("shapley", message="Every group that a player can join counts the same")
def groups_count_the_same(value, players):
    shares = {}
    for p in players:
        groups = [g for g in value if p not in g]
        shares[p] = sum(value[g | {p}] - value[g] for g in groups) / len(groups)
    return shares


@trap("shapley", message="they are the gains in a single order")
def one_order(value, players):
    return {p: value[frozenset(players[: i + 1])] - value[frozenset(players[:i])] for i, p in enumerate(players)}


@trap("shapley", message="only because they were stretched")
def stretched_to_add_up(value, players):
    alone = {p: value[frozenset([p])] - value[frozenset()] for p in players}
    factor = (value[frozenset(players)] - value[frozenset()]) / sum(alone.values())
    return {p: gain * factor for p, gain in alone.items()}


@trap("shapley", message="Everybody gets the same")
def everybody_the_same(value, players):
    total = value[frozenset(players)] - value[frozenset()]
    return {p: total / len(players) for p in players}


@trap("shapley", message="The empty group is worth")
def empty_group_is_worth_nothing(value, players):
    gains = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for i, p in enumerate(order):
            before = value[frozenset(order[:i])] if i else 0
            gains[p] += (value[frozenset(order[: i + 1])] - before) / len(orders)
    return gains


@trap("shapley", message="So must their averages")
def sum_instead_of_mean(value, players):
    gains = dict.fromkeys(players, 0.0)
    for order in permutations(players):
        for i, p in enumerate(order):
            gains[p] += value[frozenset(order[: i + 1])] - value[frozenset(order[:i])]
    return gains


@trap("shapley", message="There are places in between")
def mean_of_first_and_last(value, players):
    everyone, nobody = frozenset(players), frozenset()
    first = {p: value[frozenset([p])] - value[nobody] for p in players}
    last = {p: value[everyone] - value[everyone - {p}] for p in players}
    return {p: (first[p] + last[p]) / 2 for p in players}


# --- local_surrogate ------------------------------------------------------------------------------


@right("local_surrogate")
def surrogate_by_scikit_learn(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).standard_normal((2000, len(centre)))
    weights = np.exp(-(np.linalg.norm(near - centre, axis=1) ** 2) / 2)
    return dict(zip(row, LinearRegression().fit(near, predict(near), weights).coef_, strict=True))


@right("local_surrogate")
def surrogate_by_ridge_and_old_generator(predict, row, seed):
    from sklearn.linear_model import Ridge

    draw = np.random.RandomState(seed)
    near = np.column_stack([draw.normal(value, 1, 2000) for value in row.values()])
    distance = ((near - list(row.values())) ** 2).sum(axis=1)
    line = Ridge(alpha=0.01).fit(near, predict(near), sample_weight=np.exp(-distance / 2))
    return {name: line.coef_[i] for i, name in enumerate(row)}


@right("local_surrogate")
def surrogate_by_normal_equations(predict, row, seed):
    import random

    draw = random.Random(seed)
    noise = np.array([[draw.gauss(0, 1) for _ in row] for _ in range(2000)])
    weight = np.exp(-0.5 * np.sum(noise * noise, axis=1))
    chance = np.asarray(predict(noise + list(row.values())))
    mean_noise, mean_chance = np.average(noise, axis=0, weights=weight), np.average(chance, weights=weight)
    x, y = noise - mean_noise, chance - mean_chance
    slopes = np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (weight * y))
    return dict(zip(row, slopes.tolist(), strict=True))


@trap("local_surrogate", message="Two calls with the same seed differ")
def draws_without_seed(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng().normal(size=(2000, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    return dict(zip(row, LinearRegression().fit(near, predict(near), weights).coef_, strict=True))


@trap("local_surrogate", message="the explanation comes from one seed")
def always_the_same_seed(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(0).normal(size=(2000, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    return dict(zip(row, LinearRegression().fit(near, predict(near), weights).coef_, strict=True))


@trap("local_surrogate", message="Far neighbours count too much")
def forgets_the_weights(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).normal(size=(2000, len(centre)))
    return dict(zip(row, LinearRegression().fit(near, predict(near)).coef_, strict=True))


@trap("local_surrogate", message="do not have the right weights")
def weights_without_square_root(predict, row, seed):
    centre = np.array([*row.values()], dtype=float)
    noise = np.random.default_rng(seed).normal(size=(2000, len(centre)))
    weight = np.exp(-(noise**2).sum(axis=1) / 2)[:, None]
    design = np.column_stack([np.ones(2000), noise])
    line = np.linalg.lstsq(design * weight, predict(centre + noise) * weight[:, 0], rcond=None)[0]
    return dict(zip(row, line[1:], strict=True))


@trap("local_surrogate", message="Add the noise to the row")
def neighbours_around_zero(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    near = np.random.default_rng(seed).normal(size=(2000, len(row)))
    weights = np.exp(-(near**2).sum(axis=1) / 2)
    return dict(zip(row, LinearRegression().fit(near, predict(near), weights).coef_, strict=True))


@trap("local_surrogate", message="Without an intercept the line must pass through zero")
def no_intercept(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).normal(size=(2000, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    line = LinearRegression(fit_intercept=False).fit(near, predict(near), weights)
    return dict(zip(row, line.coef_, strict=True))


@trap("local_surrogate", message="slope times value")
def slope_times_value(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).normal(size=(2000, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    line = LinearRegression().fit(near, predict(near), weights)
    return {name: slope * row[name] for name, slope in zip(row, line.coef_, strict=True)}


@trap("local_surrogate", message="without the intercept")
def intercept_among_the_slopes(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).normal(size=(2000, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    line = LinearRegression().fit(near, predict(near), weights)
    return {**dict(zip(row, line.coef_, strict=True)), "intercept": line.intercept_}


@trap("local_surrogate", message="make up 2000")
def few_neighbours(predict, row, seed):
    from sklearn.linear_model import LinearRegression

    centre = np.array([*row.values()], dtype=float)
    near = centre + np.random.default_rng(seed).normal(size=(100, len(centre)))
    weights = np.exp(-((near - centre) ** 2).sum(axis=1) / 2)
    return dict(zip(row, LinearRegression().fit(near, predict(near), weights).coef_, strict=True))


# --- top_reasons ----------------------------------------------------------------------------------


@right("top_reasons")
def reasons_by_argsort(values, names, k):
    order = np.argsort(values)[::-1]
    return [names[i] for i in order if values[i] > 0][:k]


@right("top_reasons")
def reasons_by_pandas(values, names, k):
    import pandas as pd

    weights = pd.Series(values, index=names, dtype=float)
    return weights[weights > 0].nlargest(k).index


@right("top_reasons")
def reasons_by_heap(values, names, k):
    import heapq

    pairs = [(v, n) for v, n in zip(values, names, strict=True) if v > 0]
    return tuple(name for _, name in heapq.nlargest(k, pairs))


@trap("top_reasons", message="sign is turned round")
def sign_turned_round(values, names, k):
    pairs = sorted(zip(values, names, strict=True))
    return [name for value, name in pairs if value < 0][:k]


@trap("top_reasons", message="leave the sign on when you sort")
def by_absolute_size(values, names, k):
    pairs = sorted(zip(values, names, strict=True), key=lambda pair: -abs(pair[0]))
    return [name for _, name in pairs][:k]


@trap("top_reasons", message="Do not fill up")
def fills_up(values, names, k):
    pairs = sorted(zip(values, names, strict=True), reverse=True)
    return [name for _, name in pairs][:k]


@trap("top_reasons", message="not the strongest first")
def weakest_first(values, names, k):
    pairs = sorted((v, n) for v, n in zip(values, names, strict=True) if v > 0)
    return [name for _, name in pairs[-k:]]


@trap("top_reasons", message="Others raise the chance more")
def first_ones_in_the_list(values, names, k):
    return [name for value, name in zip(values, names, strict=True) if value > 0][:k]


@trap("top_reasons", message="without their numbers")
def names_with_numbers(values, names, k):
    pairs = sorted(((v, n) for v, n in zip(values, names, strict=True) if v > 0), reverse=True)
    return [(name, value) for value, name in pairs][:k]


@trap("top_reasons", message="its value is 0")
def zero_is_a_reason(values, names, k):
    pairs = sorted(((v, n) for v, n in zip(values, names, strict=True) if v >= 0), reverse=True)
    return [name for _, name in pairs][:k]


@trap("top_reasons", message="(reasons come back for k = 3|for k = 2)")
def forgets_to_cut(values, names, k):
    pairs = sorted(((v, n) for v, n in zip(values, names, strict=True) if v > 0), reverse=True)
    return [name for _, name in pairs]


# --- stability ------------------------------------------------------------------------------------


@right("stability")
def stability_by_counting(explanations):
    from collections import Counter

    n = len(explanations)
    if n < 2:
        return None
    counts = Counter()
    for told in explanations:
        counts.update(sorted(told, key=lambda name: abs(told[name]), reverse=True)[:3])
    # A name in c lists is shared by c (c - 1) / 2 pairs.
    return sum(c * (c - 1) / 2 for c in counts.values()) / (n * (n - 1) / 2) / 3


@right("stability")
def stability_by_matrix(explanations):
    import pandas as pd

    if len(explanations) <= 1:
        return float("nan")
    ranks = pd.DataFrame(explanations).abs().rank(axis=1, ascending=False)
    top = (ranks <= 3).to_numpy().astype(float)
    shared = top @ top.T / 3
    return shared[np.triu_indices(len(top), 1)].mean()


@trap("stability", message="compared with the first one only")
def first_seed_is_the_standard(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return sum(len(tops[0] & other) / 3 for other in tops[1:]) / (len(tops) - 1)


@trap("stability", message="also compared with themselves")
def with_themselves(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([len(a & b) / 3 for a in tops for b in tops]))


@trap("stability", message="Only neighbours in the list")
def neighbours_in_the_list(explanations):
    from itertools import pairwise

    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([len(a & b) / 3 for a, b in pairwise(tops)]))


@trap("stability", message="Large negative weights are left out")
def signed_weights(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -t[name])[:3]) for t in explanations]
    return float(np.mean([len(a & b) / 3 for a, b in combinations(tops, 2)]))


@trap("stability", message="count only where they stand at the same place")
def places_must_agree(explanations):
    if len(explanations) < 2:
        return None
    tops = [sorted(t, key=lambda name: -abs(t[name]))[:3] for t in explanations]
    return float(np.mean([sum(x == y for x, y in zip(a, b, strict=True)) / 3 for a, b in combinations(tops, 2)]))


@trap("stability", message="divided by the names in either list")
def jaccard(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([len(a & b) / len(a | b) for a, b in combinations(tops, 2)]))


@trap("stability", message="One seed says nothing about other seeds")
def one_seed_is_stable(explanations):
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([len(a & b) / 3 for a, b in combinations(tops, 2)])) if len(tops) > 1 else 1.0


@trap("stability", message="only if all three names are the same")
def all_or_nothing(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([a == b for a, b in combinations(tops, 2)]))


@trap("stability", message="are said to agree fully")
def compares_all_names(explanations):
    if len(explanations) < 2:
        return None
    return float(np.mean([set(a) == set(b) for a, b in combinations(explanations, 2)]))


@trap("stability", message="(Divide the count by 3|Divide by 3)")
def counts_without_dividing(explanations):
    if len(explanations) < 2:
        return None
    tops = [set(sorted(t, key=lambda name: -abs(t[name]))[:3]) for t in explanations]
    return float(np.mean([len(a & b) for a, b in combinations(tops, 2)]))
