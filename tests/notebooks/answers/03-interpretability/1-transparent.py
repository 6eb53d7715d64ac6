"""Answers to 03-interpretability/1-transparent: right ones in different styles, and the misconceptions to catch."""

from __future__ import annotations

import numpy as np
import pandas as pd
from notebooks.bank import right, trap

from hurdles.interpretability.transparent import paths, standard_errors

# The notebook's own, from its setup cell; named here so that a linter knows them.
SENSITIVE = ["black", "hispan", "white", "male", "married", "dep", "old", "min30"]
KNOWN_LATER = ["action", "approve", "typur", "inson", "review"]
LEFT_OUT = [*SENSITIVE, *KNOWN_LATER]


# --- odds_ratios ----------------------------------------------------------------------------------


@right("odds_ratios")
def ratios_by_newtons_method(train):
    x = train.drop(columns="reject")
    z = np.column_stack([np.ones(len(x)), (x - x.mean()) / x.std()])
    y = train["reject"].to_numpy()
    b = np.zeros(z.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(-z @ b))
        h = z.T @ (z * (p * (1 - p))[:, None])
        b = b + np.linalg.solve(h, z.T @ (y - p))
    se = np.sqrt(np.diag(np.linalg.inv(h)))
    rows = [
        (n, np.exp(w), np.exp(w - 1.96 * s), np.exp(w + 1.96 * s)) for n, w, s in zip(x, b[1:], se[1:], strict=True)
    ]
    return pd.DataFrame(rows, columns=["column", "odds_ratio", "low", "high"])


@right("odds_ratios")
def ratios_from_raw_weights_times_the_spread_sorted(train):
    """Fit with hardly any penalty, sort by strength, and add a column of its own."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler

    names = [c for c in train.columns if c != "reject"]
    pipe = make_pipeline(MinMaxScaler(), LogisticRegression(C=1e9, tol=1e-8, max_iter=2000))
    pipe.fit(train[names], train["reject"])
    design = pipe[:-1].transform(train[names])
    spread = design.std(axis=0)
    weight = pipe[-1].coef_[0] * spread
    error = standard_errors(design, pipe.predict_proba(train[names])[:, 1]) * spread
    out = pd.DataFrame({"column": names, "weight": weight}).assign(odds_ratio=np.exp(weight))
    out["low"], out["high"] = out["odds_ratio"] / np.exp(1.96 * error), out["odds_ratio"] * np.exp(1.96 * error)
    return out.sort_values("weight", key=abs, ascending=False)


@trap("odds_ratios", message="tells the unit, not the importance")
def reads_unscaled_coefficients_as_importance(train):
    features = train.drop(columns="reject")
    spread = features.std(ddof=0)
    from sklearn.linear_model import LogisticRegression

    z = (features - features.mean()) / spread
    model = LogisticRegression(C=np.inf).fit(z, train["reject"])
    reach = 1.96 * standard_errors(z, model.predict_proba(z)[:, 1])
    w = model.coef_[0]
    ends = {"odds_ratio": w / spread, "low": (w - reach) / spread, "high": (w + reach) / spread}
    return pd.DataFrame({"column": features.columns, **{k: np.exp(v.to_numpy()) for k, v in ends.items()}})


@trap("odds_ratios", message="is a weight, in log-odds|as if more obligations")
def gives_weights_instead_of_odds_ratios(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = train.drop(columns="reject")
    z = StandardScaler().fit_transform(features)
    model = LogisticRegression(C=np.inf).fit(z, train["reject"])
    reach = 1.96 * standard_errors(z, model.predict_proba(z)[:, 1])
    w = model.coef_[0]
    return pd.DataFrame({"column": features.columns, "odds_ratio": w, "low": w - reach, "high": w + reach})


@trap("odds_ratios", message="ratio when taken alone")
def takes_each_column_alone(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rows = []
    for name in train.columns.drop("reject"):
        z = StandardScaler().fit_transform(train[[name]])
        model = LogisticRegression(C=np.inf).fit(z, train["reject"])
        reach = 1.96 * standard_errors(z, model.predict_proba(z)[:, 1])[0]
        w = model.coef_[0, 0]
        rows.append([name, np.exp(w), np.exp(w - reach), np.exp(w + reach)])
    return pd.DataFrame(rows, columns=["column", "odds_ratio", "low", "high"])


@trap("odds_ratios", message="nearer to 1 than the rows say")
def leaves_the_penalty_on(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = train.drop(columns="reject")
    z = StandardScaler().fit_transform(features)
    model = LogisticRegression().fit(z, train["reject"])
    reach = 1.96 * standard_errors(z, model.predict_proba(z)[:, 1])
    w = model.coef_[0]
    ends = {"odds_ratio": np.exp(w), "low": np.exp(w - reach), "high": np.exp(w + reach)}
    return pd.DataFrame({"column": features.columns, **ends})


@trap("odds_ratios", message="lopsided in log-odds|least low is -")
def draws_the_interval_around_the_ratio(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = train.drop(columns="reject")
    z = StandardScaler().fit_transform(features)
    model = LogisticRegression(C=np.inf).fit(z, train["reject"])
    ratio = np.exp(model.coef_[0])
    reach = 1.96 * ratio * standard_errors(z, model.predict_proba(z)[:, 1])
    return pd.DataFrame({"column": features.columns, "odds_ratio": ratio, "low": ratio - reach, "high": ratio + reach})


@trap("odds_ratios", message="95 % takes 1.96 standard errors")
def gives_one_standard_error_as_the_interval(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = train.drop(columns="reject")
    z = StandardScaler().fit_transform(features)
    model = LogisticRegression(C=np.inf).fit(z, train["reject"])
    reach = standard_errors(z, model.predict_proba(z)[:, 1])
    w = model.coef_[0]
    ends = {"odds_ratio": np.exp(w), "low": np.exp(w - reach), "high": np.exp(w + reach)}
    return pd.DataFrame({"column": features.columns, **ends})


@trap("odds_ratios", message="There is a row for reject")
def keeps_the_label_among_the_columns(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    z = StandardScaler().fit_transform(train)
    model = LogisticRegression().fit(z, train["reject"])
    reach = 1.96 * standard_errors(z, model.predict_proba(z)[:, 1])
    w = model.coef_[0]
    ends = {"odds_ratio": np.exp(w), "low": np.exp(w - reach), "high": np.exp(w + reach)}
    return pd.DataFrame({"column": train.columns, **ends})


@trap("odds_ratios", message="are the two exchanged")
def exchanges_low_and_high(train):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = train.drop(columns="reject")
    design = StandardScaler().fit_transform(features)
    model = LogisticRegression(C=np.inf).fit(design, train["reject"])
    weight = model.coef_[0]
    reach = 1.96 * standard_errors(design, model.predict_proba(design)[:, 1])
    ends = {"low": np.exp(weight + reach), "high": np.exp(weight - reach)}
    return pd.DataFrame({"column": features.columns, "odds_ratio": np.exp(weight), **ends})


# --- tree_rules -----------------------------------------------------------------------------------


@right("tree_rules")
def rules_by_walking_the_tree_itself(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    names = [c for c in train.columns if c != "reject"]
    inner = DecisionTreeClassifier(max_depth=depth, random_state=1).fit(train[names], train["reject"]).tree_
    rules, stack = [], [(0, [])]
    while stack:
        node, way = stack.pop()
        if inner.children_left[node] == -1:
            rules.append(" and ".join(way) + f" -> {inner.value[node][0][1]:.2f}")
            continue
        name, at = names[inner.feature[node]], float(inner.threshold[node])
        stack.append((inner.children_left[node], [*way, f"{name} <= {at!r}"]))
        stack.append((inner.children_right[node], [*way, f"{name} > {at!r}"]))
    return rules


@right("tree_rules")
def rules_with_shares_counted_from_the_rows(train, depth):
    """Use entropy, and count each rule's share by hand."""
    from sklearn.tree import DecisionTreeClassifier

    features = train[train.columns.difference(["reject"])]
    tree = DecisionTreeClassifier(max_depth=depth, criterion="entropy", random_state=0)
    tree.fit(features.to_numpy(), train["reject"])
    texts = []
    for leaf in paths(tree):
        text = " and ".join(f"{features.columns[c]} {sign} {at}" for c, sign, at in leaf.conditions)
        texts.append(f"{text} -> {train.query(text)['reject'].mean()}")
    return tuple(texts)


@trap("tree_rules", message="Every rule ends with 0 or 1")
def ends_with_the_class(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    return [
        " and ".join(f"{features.columns[c]} {s} {t}" for c, s, t in leaf.conditions) + f" -> {int(leaf.share > 0.5)}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="no rule has more than one condition")
def gives_only_the_last_question(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    return [
        "{} {} {}".format(features.columns[leaf.conditions[-1][0]], *leaf.conditions[-1][1:]) + f" -> {leaf.share}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="A rounded one sends rows to another leaf")
def rounds_the_thresholds(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    return [
        " and ".join(f"{features.columns[c]} {s} {t:.0f}" for c, s, t in leaf.conditions) + f" -> {leaf.share:.2f}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message=r"For a depth of \d, a rule has")
def asks_three_questions_whatever_the_depth(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(features, train["reject"])
    return [
        " and ".join(f"{features.columns[c]} {s} {t}" for c, s, t in leaf.conditions) + f" -> {leaf.share:.2f}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="that is the share approved")
def gives_the_share_approved(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    return [
        " and ".join(f"{features.columns[c]} {s} {t}" for c, s, t in leaf.conditions) + f" -> {1 - leaf.share:.2f}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="right for the rows on the other side")
def takes_left_for_greater(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    turned = {"<=": ">", ">": "<="}
    return [
        " and ".join(f"{features.columns[c]} {turned[s]} {t}" for c, s, t in leaf.conditions) + f" -> {leaf.share:.2f}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="A rule asks for reject|The list holds|leaves, and each gives one rule")
def keeps_the_label_as_a_question(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(train, train["reject"])
    return [
        " and ".join(f"{train.columns[c]} {s} {t}" for c, s, t in leaf.conditions) + f" -> {leaf.share:.2f}"
        for leaf in paths(tree)
    ]


@trap("tree_rules", message="A rule reads")
def returns_the_printed_tree(train, depth):
    from sklearn.tree import DecisionTreeClassifier, export_text

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    return export_text(tree, feature_names=list(features.columns)).splitlines()


@trap("tree_rules", message="Fit it on every column but reject")
def asks_for_the_examples_columns(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train[["obrat", "unver"]]
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    rules = []
    for leaf in paths(tree):
        conditions = [f"{features.columns[number]} {sign} {at}" for number, sign, at in leaf.conditions]
        rules.append(f"{' and '.join(conditions)} -> {leaf.share:.3f}")
    return rules


@trap("tree_rules", message="Shares have one decimal only")
def rounds_shares_to_one_decimal(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, train["reject"])
    rules = []
    for leaf in paths(tree):
        conditions = [f"{features.columns[number]} {sign} {at}" for number, sign, at in leaf.conditions]
        rules.append(f"{' and '.join(conditions)} -> {leaf.share:.1f}")
    return rules


@trap("tree_rules", message="the tree asked nothing|Without a condition, the tree made no split")
def asks_for_many_rows_a_leaf(train, depth):
    from sklearn.tree import DecisionTreeClassifier

    features = train.drop(columns="reject")
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=300, random_state=0).fit(features, train["reject"])
    rules = []
    for leaf in paths(tree):
        conditions = [f"{features.columns[number]} {sign} {at}" for number, sign, at in leaf.conditions]
        rules.append(f"{' and '.join(conditions)} -> {leaf.share:.3f}")
    return rules


# --- predict_glassbox -----------------------------------------------------------------------------


@right("predict_glassbox")
def logistic_regression_on_splines(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    use = train.columns.intersection(test.columns).difference([*LEFT_OUT, "reject"])
    bent = SplineTransformer(n_knots=5, knots="quantile", extrapolation="linear")
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), bent, LogisticRegression(max_iter=2000))
    return list(model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1])


@right("predict_glassbox")
def boosted_stumps_sized_on_folds_of_train(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_score

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]

    def stumps(rounds):
        return HistGradientBoostingClassifier(max_depth=1, max_iter=rounds, early_stopping=False, random_state=0)

    def score(rounds):
        return cross_val_score(stumps(rounds), train[use], train["reject"], cv=3, scoring="roc_auc").mean()

    best = max((20, 60), key=score)
    return pd.Series(stumps(best).fit(train[use], train["reject"]).predict_proba(test[use])[:, 1], index=test.index)


@right("predict_glassbox")
def logistic_regression_on_bins(train, test):
    """Give each of six bins, and the gap, a weight of its own."""
    from sklearn.linear_model import LogisticRegression

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]

    def binned(frame):
        parts = []
        for name in use:
            edges = np.unique(train[name].quantile(np.arange(1, 6) / 6))
            place = np.where(frame[name].isna(), -1, np.searchsorted(edges, frame[name]))
            parts.append(np.column_stack([place == k for k in range(-1, len(edges) + 1)]))
        return np.hstack(parts).astype(float)

    model = LogisticRegression(max_iter=2000).fit(binned(train), train["reject"])
    return model.predict_proba(binned(test))[:, 1]


@trap("predict_glassbox", message="^Raising .* no curve for a column alone tells")
def a_forest(train, test):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = make_pipeline(SimpleImputer(), RandomForestClassifier(40, min_samples_leaf=5, random_state=0))
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="Where two columns count only together")
def explainable_boosting_with_its_default_interactions(train, test):
    """Fewer than by default, so that the fit is quick."""
    from interpret.glassbox import ExplainableBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = ExplainableBoostingClassifier(interactions=2, outer_bags=2, n_jobs=1, random_state=0)
    return make_pipeline(SimpleImputer(), model).fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="Straight lines cannot bend back")
def straight_lines_only(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression())
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="picked by its score on test")
def picks_depth_on_the_test_set(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    tried = []
    for rounds in (2, 20, 60):
        model = HistGradientBoostingClassifier(max_depth=1, max_iter=rounds, early_stopping=False, random_state=0)
        chances = model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]
        tried.append((roc_auc_score(test["reject"], chances), rounds, chances))
    return max(tried, key=lambda one: one[:2])[2]


@trap("predict_glassbox", message="copies the answer|too good to be true")
def keeps_the_label_among_the_features(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = [c for c in train if c in test and c not in LEFT_OUT]
    model = HistGradientBoostingClassifier(max_depth=1, max_iter=40, early_stopping=False, random_state=0)
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="written after the decision, so a model that leans on it")
def keeps_what_was_written_later(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = [c for c in train if c in test and c not in SENSITIVE and c != "reject"]
    model = HistGradientBoostingClassifier(max_depth=1, max_iter=2, early_stopping=False, random_state=0)
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="It is sensitive")
def keeps_sensitive_columns(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = [c for c in train if c in test and c not in KNOWN_LATER and c != "reject"]
    model = HistGradientBoostingClassifier(max_depth=1, max_iter=40, early_stopping=False, random_state=0)
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="bin is learned from test")
def scales_test_by_itself(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    old, new = train[use].fillna(train[use].median()), test[use].fillna(train[use].median())
    model = make_pipeline(SplineTransformer(extrapolation="linear"), LogisticRegression(max_iter=2000))
    model.fit((old - old.mean()) / old.std(), train["reject"])
    return model.predict_proba((new - new.mean()) / new.std())[:, 1]


@trap("predict_glassbox", message="Are classes weighted")
def balances_the_classes(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = HistGradientBoostingClassifier(
        max_depth=1, max_iter=60, early_stopping=False, random_state=0, class_weight="balanced"
    )
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="Two calls with the same input differ")
def draws_at_random(train, test):
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = make_pipeline(SimpleImputer(), GradientBoostingClassifier(max_depth=1, subsample=0.5, n_estimators=40))
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("predict_glassbox", message="ranking is upside down|no better than a coin")
def gives_the_chance_of_approval(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    model = HistGradientBoostingClassifier(max_depth=1, max_iter=40, early_stopping=False, random_state=0)
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 0]


@trap("predict_glassbox", message="Averages of chances do not add up")
def averages_models_of_one_column(train, test):
    from sklearn.tree import DecisionTreeClassifier

    use = [c for c in train if c in test and c not in LEFT_OUT and c != "reject"]
    chances = []
    for name in use:
        middle = train[name].median()
        tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=20, random_state=0)
        tree.fit(train[[name]].fillna(middle), train["reject"])
        chances.append(tree.predict_proba(test[[name]].fillna(middle))[:, 1])
    return np.mean(chances, axis=0)
