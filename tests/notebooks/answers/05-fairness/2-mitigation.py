"""Answers to 05-fairness/2-mitigation: right ones in different styles, and misconceptions to be caught."""

from __future__ import annotations

import numpy as np
import pandas as pd
from notebooks.bank import right, trap
from sklearn.linear_model import LogisticRegression

# --- reweigh --------------------------------------------------------------------------------------


@right("reweigh")
def reweigh_by_counting(labels, groups):
    n, pairs = len(labels), list(zip(labels, groups, strict=True))
    return [labels.count(y) * groups.count(g) / n / pairs.count((y, g)) for y, g in pairs]


@right("reweigh")
def reweigh_by_crosstab(labels, groups):
    table = pd.crosstab(pd.Series(groups), pd.Series(labels), normalize=True)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    weights = pd.DataFrame(expected / table.to_numpy(), table.index, table.columns)
    return np.array([weights.loc[g, y] for y, g in zip(labels, groups, strict=True)])


@right("reweigh")
def reweigh_by_rates(labels, groups):
    y, g = pd.Series(labels), pd.Series(groups)
    rate = y.groupby(g).transform("mean")
    return pd.Series(np.where(y == 1, y.mean() / rate, (1 - y.mean()) / (1 - rate)))


@trap("reweigh", message="quotient is upside down")
def upside_down(labels, groups):
    n, pairs = len(labels), list(zip(labels, groups, strict=True))
    return [n * pairs.count((y, g)) / labels.count(y) / groups.count(g) for y, g in pairs]


@trap("reweigh", message="is the share that is expected")
def expected_share_only(labels, groups):
    n = len(labels)
    return [labels.count(y) / n * groups.count(g) / n for y, g in zip(labels, groups, strict=True)]


@trap("reweigh", message="depend on the group alone")
def groups_count_the_same(labels, groups):
    return [len(groups) / groups.count(g) for g in groups]


@trap("reweigh", message="depend on the outcome alone")
def outcomes_count_the_same(labels, groups):
    return [len(labels) / labels.count(y) for y in labels]


@trap("reweigh", message="small groups count as much as large ones")
def cells_count_the_same(labels, groups):
    pairs = list(zip(labels, groups, strict=True))
    return [len(pairs) / pairs.count(pair) for pair in pairs]


@trap("reweigh", message="the base rates are equal, but at one half")
def half_in_every_group(labels, groups):
    pairs = list(zip(labels, groups, strict=True))
    return [groups.count(g) / pairs.count((y, g)) / 2 for y, g in pairs]


@trap("reweigh", message="Are weights in the order of the rows")
def weights_in_sorted_order(labels, groups):
    n, pairs = len(labels), sorted(zip(labels, groups, strict=True))
    return [labels.count(y) * groups.count(g) / n / pairs.count((y, g)) for y, g in pairs]


@trap("reweigh", message="a group keeps its size")
def counts_for_shares(labels, groups):
    pairs = list(zip(labels, groups, strict=True))
    return [labels.count(y) * groups.count(g) / pairs.count((y, g)) for y, g in pairs]


@trap("reweigh", message="Weights are rounded")
def rounded_weights(labels, groups):
    n, pairs = len(labels), list(zip(labels, groups, strict=True))
    return [round(labels.count(y) * groups.count(g) / n / pairs.count((y, g)), 2) for y, g in pairs]


# --- predict_fair ---------------------------------------------------------------------------------


@right("predict_fair")
def fair_by_a_penalty(train, test):
    # Zafar and others (2017): a straight line whose scores have nothing to do with the group, on average.
    from scipy.optimize import minimize

    columns = train.columns.difference(["group", "refused"])
    middle, scale = train[columns].mean(), train[columns].std()
    known, asked = (((part[columns] - middle) / scale).to_numpy() for part in (train, test))
    side = 2 * train["refused"].to_numpy() - 1
    group = (train["group"] == train["group"].iloc[0]).to_numpy().astype(float)
    tie = (group - group.mean()) @ known / len(known)

    def loss(line):
        return np.logaddexp(0, -side * (known @ line[1:] + line[0])).mean() + 1000 * (tie @ line[1:]) ** 2

    line = minimize(loss, np.zeros(len(columns) + 1)).x
    return (asked @ line[1:] + line[0] > 0).astype(int)


@right("predict_fair")
def fair_by_trees_under_a_constraint(train, test):
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient
    from sklearn.tree import DecisionTreeClassifier

    known, asked = train.drop(columns=["group", "refused"]), test.drop(columns="group")
    tree = DecisionTreeClassifier(max_depth=6, min_samples_leaf=25, random_state=0)
    rule = ExponentiatedGradient(tree, DemographicParity(difference_bound=0.01))
    rule.fit(known, train["refused"], sensitive_features=train["group"])
    return pd.Series(rule.predict(asked, random_state=3), test.index)


@right("predict_fair")
def fair_without_stand_ins(train, test):
    columns = [c for c in train.columns if c not in ("group", "refused")]
    second = train["group"] == train["group"].iloc[0]
    kept = [c for c in columns if abs(np.corrcoef(train[c], second)[0, 1]) < 0.1]
    model = LogisticRegression().fit(train[kept], train["refused"])
    return model.predict(test[kept]).tolist()


@right("predict_fair")
def fair_by_turning_one_direction_away(train, test):
    # What tells the groups apart is projected out of the columns; the mean directions come from training rows.
    columns = [c for c in train.columns if c not in ("group", "refused")]
    known, asked = train[columns].to_numpy(), test[columns].to_numpy()
    first = (train["group"] == train["group"].iloc[0]).to_numpy()
    away = known[first].mean(axis=0) - known[~first].mean(axis=0)
    away /= np.linalg.norm(away)
    clean = [part - np.outer(part @ away, away) for part in (known, asked)]
    return LogisticRegression().fit(clean[0], train["refused"]).predict(clean[1])


@right("predict_fair")
def fair_as_truth_values(train, test):
    # A line without the columns that tell the groups apart, and its answers as False and True.
    columns = [c for c in train.columns if c not in ("group", "refused")]
    means = train.groupby("group")[columns].mean()
    kept = [c for c in columns if np.ptp(means[c]) < 0.2]
    model = LogisticRegression().fit(train[kept], train["refused"])
    return model.predict_proba(test[kept])[:, 1] > 0.5


@trap("predict_fair", message="about that of a model without any mitigation")
def leaves_the_group_out(train, test):
    columns = [c for c in train.columns if c not in ("group", "refused")]
    return LogisticRegression().fit(train[columns], train["refused"]).predict(test[columns])


@trap("predict_fair", message="closed by looking at the group when deciding")
def thresholds_by_group(train, test):
    from fairlearn.postprocessing import ThresholdOptimizer

    columns = [c for c in train.columns if c not in ("group", "refused")]
    rule = ThresholdOptimizer(estimator=LogisticRegression(), predict_method="predict_proba")
    rule.fit(train[columns], train["refused"], sensitive_features=train["group"])
    return rule.predict(test[columns], sensitive_features=test["group"], random_state=0)


@trap("predict_fair", message="asks who shares a group")
def ranks_within_the_own_group(train, test):
    columns = [c for c in train.columns if c not in ("group", "refused")]
    chance = LogisticRegression().fit(train[columns], train["refused"]).predict_proba(test[columns])[:, 1]
    place = pd.Series(chance, index=test.index).groupby(test["group"]).rank(pct=True)
    return (place > 1 - train["refused"].mean()).astype(int)


@trap("predict_fair", message="The group is a column of your model")
def group_as_a_column(train, test):
    known, asked = (
        pd.get_dummies(part.drop(columns="refused", errors="ignore"), dtype=float) for part in (train, test)
    )
    return LogisticRegression().fit(known, train["refused"]).predict(asked[known.columns])


@trap("predict_fair", message="Equalised on the training set only")
def equal_on_the_training_set(train, test):
    from sklearn.neighbors import KNeighborsClassifier

    columns = [c for c in train.columns if c not in ("group", "refused")]
    model = LogisticRegression().fit(train[columns], train["refused"])
    chance = pd.Series(model.predict_proba(train[columns])[:, 1], train.index)
    wanted = chance.groupby(train["group"]).rank(pct=True) > 1 - train["refused"].mean()
    return KNeighborsClassifier(1).fit(train[columns], wanted.astype(int)).predict(test[columns])


@trap("predict_fair", message="Weights alone may not reach it")
def reweighing_alone(train, test):
    columns = [c for c in train.columns if c not in ("group", "refused")]
    n, one = len(train), pd.Series(1.0, train.index)
    both = one.groupby([train["refused"], train["group"]]).transform("sum")
    weight = one.groupby(train["refused"]).transform("sum") * one.groupby(train["group"]).transform("sum") / n / both
    model = LogisticRegression().fit(train[columns], train["refused"], sample_weight=weight)
    return model.predict(test[columns])


@trap("predict_fair", message="Every application gets the same answer")
def approves_everybody(train, test):
    return [0] * len(test)


@trap("predict_fair", message="answers that ignore the application")
def tosses_coins(train, test):
    return (np.random.default_rng(0).random(len(test)) < train["refused"].mean()).astype(int)


@trap("predict_fair", message="A draw decides somewhere")
def draws_anew_each_time(train, test):
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient

    columns = [c for c in train.columns if c not in ("group", "refused")]
    rule = ExponentiatedGradient(LogisticRegression(), DemographicParity(difference_bound=0.01))
    rule.fit(train[columns], train["refused"], sensitive_features=train["group"])
    return rule.predict(test[columns])


# --- frontier -------------------------------------------------------------------------------------


@right("frontier")
def frontier_by_arrays(results):
    points = results[["cost", "gap"]].to_numpy()
    no_worse = (points[None] <= points[:, None]).all(axis=2)
    better = (points[None] < points[:, None]).any(axis=2)
    return results.loc[~(no_worse & better).any(axis=1)].sort_values("gap").reset_index(drop=True)


@right("frontier")
def frontier_by_walking(results):
    order = results.sort_values(["gap", "cost"])
    kept, best = [], (float("inf"), None)
    for row in order.itertuples():
        point = (row.cost, row.gap)
        kept.append(row.cost < best[0] or point == best)
        if row.cost < best[0]:
            best = point
    return order[kept]


@right("frontier")
def frontier_by_running_minimum(results):
    cheapest = results.groupby("gap", as_index=False)["cost"].min().sort_values("gap")
    before = cheapest["cost"].cummin().shift(fill_value=float("inf"))
    best = cheapest[cheapest["cost"] < before]
    return best.merge(results, on=["gap", "cost"], how="left")[list(results.columns)]


@trap("frontier", message="It went in: keep all columns")
def three_columns_only(results):
    points = results[["cost", "gap"]].to_numpy()
    no_worse = (points[None] <= points[:, None]).all(axis=2)
    better = (points[None] < points[:, None]).any(axis=2)
    return results.loc[~(no_worse & better).any(axis=1), ["way", "cost", "gap"]].sort_values("gap")


@trap("frontier", message="Values changed on the way")
def further_columns_by_position(results):
    # The owners come from the first rows, whichever rows are kept.
    points = results[["cost", "gap"]].to_numpy()
    no_worse = (points[None] <= points[:, None]).all(axis=2)
    better = (points[None] < points[:, None]).any(axis=2)
    kept = results.loc[~(no_worse & better).any(axis=1)].sort_values("gap")
    more = {c: results[c].to_numpy()[: len(kept)] for c in results.columns if c not in ("way", "cost", "gap")}
    return kept.assign(**more)


@trap("frontier", message="One number for all does not decide")
def cheapest_only(results):
    return results.loc[[results["cost"].idxmin()]]


@trap("frontier", message="need not be worse in both")
def worse_in_both(results):
    kept = [not ((results["cost"] < row.cost) & (results["gap"] < row.gap)).any() for row in results.itertuples()]
    return results[kept].sort_values("gap")


@trap("frontier", message="Equal rows do not dominate each other")
def drops_twins(results):
    order = results.sort_values(["gap", "cost"])
    return order[order["cost"] < order["cost"].cummin().shift(fill_value=float("inf"))]


@trap("frontier", message="above the straight line between two others")
def straight_lines_only(results):
    shares = np.linspace(0.001, 0.999, 999)
    scores = np.outer(shares, results["cost"]) + np.outer(1 - shares, results["gap"])
    best = np.isclose(scores, scores.min(axis=1, keepdims=True)).any(axis=0)
    return results[best].sort_values("gap")


@trap("frontier", message="The worst rows come back")
def more_is_better(results):
    points = results[["cost", "gap"]].to_numpy()
    no_less = (points[None] >= points[:, None]).all(axis=2)
    more = (points[None] > points[:, None]).any(axis=2)
    return results[~(no_less & more).any(axis=1)].sort_values("gap")


@trap("frontier", message="Sort by gap, smallest first")
def in_the_order_of_cost(results):
    points = results[["cost", "gap"]].to_numpy()
    no_worse = (points[None] <= points[:, None]).all(axis=2)
    better = (points[None] < points[:, None]).any(axis=2)
    return results[~(no_worse & better).any(axis=1)].sort_values("cost")


@trap("frontier", message="costs less and has a smaller gap, yet it is kept")
def compares_neighbours_only(results):
    order = results.sort_values(["gap", "cost"])
    return order[order["cost"] < order["cost"].shift(fill_value=float("inf"))]


@trap("frontier", message="Where labels repeat, frontier stops")
def looks_rows_up_by_label(results):
    kept = []
    for label in results.index:
        row = results.loc[label]
        no_worse = (results["cost"] <= row["cost"]) & (results["gap"] <= row["gap"])
        better = (results["cost"] < row["cost"]) | (results["gap"] < row["gap"])
        kept.append(not (no_worse & better).any())
    return results[kept].sort_values("gap")


@trap("frontier", message="Where labels repeat, other rows come back")
def drops_rows_by_label(results):
    beaten = []
    for label, cost, gap in zip(results.index, results["cost"], results["gap"], strict=True):
        no_worse = results[(results["cost"] <= cost) & (results["gap"] <= gap)]
        if ((no_worse["cost"] < cost) | (no_worse["gap"] < gap)).any():
            beaten.append(label)
    return results.drop(index=beaten).sort_values("gap")


@trap("frontier", message="Several rows have the same way")
def only_other_ways_can_dominate(results):
    kept = []
    for _, row in results.iterrows():
        other = results[results["way"] != row["way"]]
        no_worse = (other["cost"] <= row["cost"]) & (other["gap"] <= row["gap"])
        better = (other["cost"] < row["cost"]) | (other["gap"] < row["gap"])
        kept.append(not (no_worse & better).any())
    return results[kept].sort_values("gap")


# --- who_changes ----------------------------------------------------------------------------------


@right("who_changes")
def changes_by_loop(before, after, groups):
    table = {}
    for name in dict.fromkeys(groups):
        pairs = [(b, a) for b, a, g in zip(before, after, groups, strict=True) if g == name]
        n = len(pairs)
        table[name] = {
            "people": n,
            "newly_approved": pairs.count((1, 0)) / n,
            "newly_refused": pairs.count((0, 1)) / n,
        }
    return pd.DataFrame.from_dict(table, orient="index")


@right("who_changes")
def changes_by_crosstab(before, after, groups):
    step = pd.Series(np.array(after) - np.array(before))
    table = pd.crosstab(pd.Series(groups), step).reindex(columns=[-1, 0, 1], fill_value=0)
    people = table.sum(axis=1)
    shares = table.div(people, axis=0)
    return pd.DataFrame({"people": people, "newly_approved": shares[-1], "newly_refused": shares[1]})


@trap("who_changes", message="Only the difference between the two directions")
def difference_of_shares(before, after, groups):
    rows = pd.DataFrame({"before": before, "after": after, "group": groups}).groupby("group")
    step = rows["after"].mean() - rows["before"].mean()
    return pd.DataFrame(
        {"people": rows.size(), "newly_approved": (-step).clip(lower=0), "newly_refused": step.clip(lower=0)}
    )


@trap("who_changes", message="Approved and refused are exchanged")
def one_means_approved(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    rows = rows.assign(newly_approved=rows["a"] > rows["b"], newly_refused=rows["a"] < rows["b"]).groupby("group")
    return rows[["newly_approved", "newly_refused"]].mean().assign(people=rows.size())


@trap("who_changes", message="Counts come back, not shares")
def counts(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    rows = rows.assign(newly_approved=rows["a"] < rows["b"], newly_refused=rows["a"] > rows["b"]).groupby("group")
    return rows[["newly_approved", "newly_refused"]].sum().assign(people=rows.size())


@trap("who_changes", message="The shares are of all people")
def shares_of_everybody(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    rows = rows.assign(newly_approved=rows["a"] < rows["b"], newly_refused=rows["a"] > rows["b"]).groupby("group")
    return (rows[["newly_approved", "newly_refused"]].sum() / len(groups)).assign(people=rows.size())


@trap("who_changes", message="of the people who change")
def shares_of_those_who_change(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    rows = rows.assign(newly_approved=rows["a"] < rows["b"], newly_refused=rows["a"] > rows["b"]).groupby("group")
    table = rows[["newly_approved", "newly_refused"]].sum()
    return (table / table.to_numpy().sum()).assign(people=rows.size())


@trap("who_changes", message="of those refused, and of those approved, before")
def shares_of_those_concerned(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    table = {}
    for name, part in rows.groupby("group"):
        was = max((part["b"] == 1).sum(), 1), max((part["b"] == 0).sum(), 1)
        table[name] = {
            "people": len(part),
            "newly_approved": (part["a"] < part["b"]).sum() / was[0],
            "newly_refused": (part["a"] > part["b"]).sum() / was[1],
        }
    return pd.DataFrame(table).T


@trap("who_changes", message="if nobody changes, the share is 0")
def gaps_where_nobody_changes(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    step = (rows["a"] - rows["b"]).map({-1: "newly_approved", 1: "newly_refused", 0: "same"})
    shares = pd.crosstab(rows["group"], step, normalize="index").replace(0, np.nan)
    return shares.assign(people=rows.groupby("group").size())


@trap("who_changes", message="(where nobody changes|those where nobody)")
def only_groups_that_change(before, after, groups):
    rows = pd.DataFrame({"b": before, "a": after, "group": groups})
    people = rows.groupby("group").size()
    rows = rows.assign(newly_approved=rows["a"] < rows["b"], newly_refused=rows["a"] > rows["b"])
    table = rows[rows["a"] != rows["b"]].groupby("group")[["newly_approved", "newly_refused"]].sum()
    return table.div(people.loc[table.index], axis=0).assign(people=people)


@trap("who_changes", message="has no column in a table of cases")
def columns_of_a_crosstab(before, after, groups):
    rows = pd.DataFrame({"step": np.array(after) - np.array(before), "group": groups})
    table = pd.crosstab(rows["group"], rows["step"], normalize="index")
    table["people"] = rows["group"].value_counts()
    table = table.rename(columns={-1: "newly_approved", 1: "newly_refused"})
    return table[["people", "newly_approved", "newly_refused"]]
