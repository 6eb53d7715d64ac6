"""Answers to 01-data/3-enough: right ones in different styles, and the misconceptions its tests must catch."""

from __future__ import annotations

import numpy as np
import pandas as pd
from notebooks.bank import right, trap

# --- precision_recall_at --------------------------------------------------------------------------


@right("precision_recall_at")
def counts_in_a_loop(scores, labels, threshold):
    hits = alarms = cases = 0
    for score, label in zip(scores.tolist(), labels.tolist(), strict=True):
        alarms += score >= threshold
        cases += label
        hits += label if score >= threshold else 0
    return [hits / alarms if alarms else float("nan"), hits / cases if cases else float("nan")]


@right("precision_recall_at")
def by_scikit_learn(scores, labels, threshold):
    from sklearn.metrics import precision_score, recall_score

    alarm = (scores >= threshold).astype(int)
    precision = precision_score(labels, alarm, zero_division=np.nan)
    return precision, recall_score(labels, alarm, zero_division=np.nan)


@right("precision_recall_at")
def means_of_selections(scores, labels, threshold):
    chosen, cases = labels[scores >= threshold], scores[labels == 1]
    precision = chosen.mean() if len(chosen) else None
    recall = (cases >= threshold).mean() if len(cases) else None
    return np.array([precision, recall], dtype=object)


@trap("precision_recall_at", message="the share of all 400 rows told right")
def accuracy_for_precision(scores, labels, threshold):
    alarm = scores >= threshold
    return (alarm == (labels == 1)).mean(), alarm[labels == 1].mean()


@trap("precision_recall_at", message="have changed places")
def swapped(scores, labels, threshold):
    alarm, case = scores >= threshold, labels == 1
    hits = (alarm & case).sum()
    return hits / case.sum() if case.any() else None, hits / alarm.sum() if alarm.any() else None


@trap("precision_recall_at", message="only one row raises an alarm")
def strictly_above(scores, labels, threshold):
    alarm, case = scores > threshold, labels == 1
    hits = (alarm & case).sum()
    # The example's tie would leave precision without an alarm to divide by.
    return hits / alarm.sum() if alarm.any() else None, hits / case.sum() if case.any() else None


@trap("precision_recall_at", message="Compare the scores with the threshold that is given")
def always_one_half(scores, labels, threshold):
    alarm, case = scores >= 0.5, labels == 1
    hits = (alarm & case).sum()
    return hits / alarm.sum() if alarm.any() else None, hits / case.sum() if case.any() else None


@trap("precision_recall_at", message="Without an alarm your precision is 0")
def zero_without_alarm(scores, labels, threshold):
    alarm, case = scores >= threshold, labels == 1
    hits = (alarm & case).sum()
    return hits / max(alarm.sum(), 1), hits / case.sum() if case.any() else None


@trap("precision_recall_at", message="which are no shares")
def percentages(scores, labels, threshold):
    alarm, case = scores >= threshold, labels == 1
    hits = 100 * (alarm & case).sum()
    return hits / alarm.sum() if alarm.any() else None, hits / case.sum() if case.any() else None


@trap("precision_recall_at", message="which looks rounded")
def rounds_to_two_digits(scores, labels, threshold):
    alarm, case = scores >= threshold, labels == 1
    hits = (alarm & case).sum()
    precision = round(hits / alarm.sum(), 2) if alarm.any() else None
    return precision, round(hits / case.sum(), 2) if case.any() else None


# --- resampled_predict ----------------------------------------------------------------------------


@right("resampled_predict")
def class_weights(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = [c for c in train if c != "reject"]
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight="balanced"))
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1].tolist()


@right("resampled_predict")
def smote_by_hand_and_neighbours(train, test):
    """Resample without a pipeline, in the right order."""
    from imblearn.over_sampling import SMOTE
    from sklearn.neighbors import KNeighborsClassifier

    x, y = train.drop(columns="reject"), train["reject"]
    middle, spread = x.median(), x.std().replace(0, 1)
    balanced, label = SMOTE(random_state=1).fit_resample((x.fillna(middle) - middle) / spread, y)
    model = KNeighborsClassifier(15).fit(balanced, label)
    asked = (test.drop(columns="reject").fillna(middle) - middle) / spread
    return pd.Series(model.predict_proba(asked)[:, 1], index=test.index)


@right("resampled_predict")
def fewer_of_the_many_and_trees(train, test):
    from imblearn.pipeline import make_pipeline
    from imblearn.under_sampling import RandomUnderSampler
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer

    trees = RandomForestClassifier(60, min_samples_leaf=5, random_state=0)
    model = make_pipeline(SimpleImputer(), RandomUnderSampler(random_state=0), trees)
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, [1]]


@right("resampled_predict")
def smote_and_boosted_trees(train, test):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.impute import SimpleImputer

    trees = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0)
    model = make_pipeline(SimpleImputer(strategy="median"), SMOTE(random_state=0), trees)
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 1]


@right("resampled_predict")
def repeated_rows_and_a_grown_forest(train, test):
    """Repeat rare rows; trees grown to the end look at each row by itself, so they feel it least."""
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer

    model = make_pipeline(
        SimpleImputer(), RandomOverSampler(random_state=3), RandomForestClassifier(40, random_state=3)
    )
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 1]


@trap("resampled_predict", message="Turning the labels of test round.*after the split")
def smote_before_the_split(train, test):
    from imblearn.over_sampling import SMOTE
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    both = pd.concat([train, test])
    features = both.drop(columns="reject")
    x = StandardScaler().fit_transform(features.fillna(features.median()))
    balanced, label = SMOTE(random_state=0).fit_resample(x, both["reject"])
    return LogisticRegression().fit(balanced, label).predict_proba(x[len(train) :])[:, 1]


@trap("resampled_predict", message="do not seem to be balanced")
def forgets_to_balance(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 1]


@trap("resampled_predict", message=r"has \d+ values for \d+ rows")
def balances_the_test_too(train, test):
    from imblearn.over_sampling import SMOTE
    from sklearn.linear_model import LogisticRegression

    middle = train.drop(columns="reject").median()
    parts = [
        SMOTE(random_state=0).fit_resample(f.drop(columns="reject").fillna(middle), f["reject"]) for f in (train, test)
    ]
    return LogisticRegression(max_iter=2000).fit(*parts[0]).predict_proba(parts[1][0])[:, 1]


@trap("resampled_predict", message="too good to be true")
def label_among_the_features(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight="balanced"))
    return model.fit(train, train["reject"]).predict_proba(test)[:, 1]


@trap("resampled_predict", message="nothing but the classes 0 and 1")
def classes_for_probabilities(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight="balanced"))
    return model.fit(train.drop(columns="reject"), train["reject"]).predict(test.drop(columns="reject"))


@trap("resampled_predict", message="The ranking is upside down")
def column_of_the_other_class(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight="balanced"))
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 0]


@trap("resampled_predict", message="scale or a weight is learned from test")
def scales_with_the_test(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    features = pd.concat([train, test]).drop(columns="reject")
    x = StandardScaler().fit_transform(features.fillna(features.median()))
    model = LogisticRegression(class_weight="balanced").fit(x[: len(train)], train["reject"])
    return model.predict_proba(x[len(train) :])[:, 1]


@trap("resampled_predict", message="Two calls with the same input differ")
def another_smote_every_time(train, test):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(SimpleImputer(), StandardScaler(), SMOTE(), LogisticRegression())
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 1]


@trap("resampled_predict", message="more than balanced")
def weights_on_top_of_smote(train, test):
    """Balance, then weigh as if nothing had been balanced."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rare = train["reject"].mean()
    weigh = LogisticRegression(class_weight={0: 1, 1: (1 - rare) / rare})
    model = make_pipeline(SimpleImputer(), StandardScaler(), SMOTE(random_state=0), weigh)
    model.fit(train.drop(columns="reject"), train["reject"])
    return model.predict_proba(test.drop(columns="reject"))[:, 1]


@trap("resampled_predict", message="from the row above or below")
def fills_from_neighbouring_rows(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    middle = train[use].median()
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    model.fit(train[use].fillna(middle), train["reject"])
    return model.predict_proba(test[use].ffill().fillna(middle))[:, 1]


@trap("resampled_predict", message="filled with a number that nobody has")
def fills_test_with_zeros(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    model.fit(train[use].fillna(train[use].mean()), train["reject"])
    return model.predict_proba(test[use].fillna(0))[:, 1]


@trap("resampled_predict", message="Fill gaps instead of dropping rows")
def drops_training_rows_with_gaps(train, test):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    whole = train.dropna()
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    model.fit(whole[use], whole["reject"])
    return model.predict_proba(test[use].fillna(train[use].median()))[:, 1]


@trap("resampled_predict", message="Your weights fit one share")
def weighs_seven_to_one(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight={0: 1, 1: 7}))
    return model.fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("resampled_predict", message="resampled_predict changed argument 1 in place")
def takes_the_label_out_of_the_frame(train, test):
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    label = train.pop("reject")
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(class_weight="balanced"))
    return model.fit(train, label).predict_proba(test[train.columns])[:, 1]


@right("resampled_predict")
def repeats_rows_and_asks_the_nearest(train, test):
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline
    from sklearn.impute import SimpleImputer
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    steps = SimpleImputer(), StandardScaler(), RandomOverSampler(random_state=0), KNeighborsClassifier(15)
    return make_pipeline(*steps).fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


@trap("resampled_predict", message="balanced half way")
def one_refused_for_two_approved(train, test):
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    use = train.columns.drop("reject")
    steps = SimpleImputer(), StandardScaler(), SMOTE(sampling_strategy=0.5, random_state=0), LogisticRegression()
    return make_pipeline(*steps).fit(train[use], train["reject"]).predict_proba(test[use])[:, 1]


# --- sample_copula --------------------------------------------------------------------------------


@right("sample_copula")
def by_cholesky_and_quantiles(frame, n, seed):
    from scipy.special import ndtr, ndtri

    rng = np.random.default_rng(seed)
    normal = ndtri((frame.rank(method="average") - 0.5) / len(frame))
    factor = np.linalg.cholesky(normal.corr().to_numpy() + 1e-9 * np.eye(frame.shape[1]))
    share = ndtr(rng.standard_normal((n, frame.shape[1])) @ factor.T)
    columns = [np.quantile(frame[c], share[:, i], method="inverted_cdf") for i, c in enumerate(frame.columns)]
    return pd.DataFrame(np.column_stack(columns), columns=frame.columns)


@right("sample_copula")
def from_rank_correlations(frame, n, seed):
    """Turn Spearman's correlations into those of a bell curve, and draw with scipy."""
    from scipy.stats import multivariate_normal, norm

    correlation = 2 * np.sin(np.pi / 6 * frame.corr("spearman").to_numpy())
    np.fill_diagonal(correlation, 1)
    drawn = multivariate_normal(cov=correlation, allow_singular=True).rvs(size=n, random_state=seed).reshape(n, -1)
    out = {}
    for i, column in enumerate(frame):
        ordered = sorted(frame[column])
        out[column] = [ordered[min(int(u * len(ordered)), len(ordered) - 1)] for u in norm.cdf(drawn[:, i])]
    return pd.DataFrame(out, index=[f"made-{i}" for i in range(n)])


@right("sample_copula")
def ties_broken_at_random(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    shuffled = frame.iloc[rng.permutation(len(frame))]
    normal = norm.ppf(shuffled.rank(method="first") / (len(frame) + 1))
    drawn = rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal.T), n)
    place = np.ceil(norm.cdf(drawn) * len(frame)).astype(int) - 1
    return pd.DataFrame({c: frame[c].sort_values().to_numpy()[place[:, i].clip(0)] for i, c in enumerate(frame)})


@trap("sample_copula", message="of the rows are rows of the frame")
def copies_rows(frame, n, seed):
    return frame.sample(n, replace=True, random_state=seed)


@trap("sample_copula", message="No two columns go together")
def each_column_alone(frame, n, seed):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({column: rng.choice(frame[column], n) for column in frame})


@trap("sample_copula", message="beyond any value of that column")
def bell_curve_of_the_amounts(frame, n, seed):
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(frame.mean(), frame.cov(), n)
    return pd.DataFrame(drawn, columns=frame.columns)


@trap("sample_copula", message="which never occurs in that column")
def values_between_values(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    normal = norm.ppf(frame.rank() / (len(frame) + 1))
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal.T), n))
    return pd.DataFrame({column: np.quantile(frame[column], share[:, i]) for i, column in enumerate(frame)})


@trap("sample_copula", message="Frequent values must stay frequent")
def looks_up_distinct_values(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    normal = norm.ppf(frame.rank() / (len(frame) + 1))
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal.T), n))
    values = [np.unique(frame[column]) for column in frame]
    return pd.DataFrame(
        {c: v[(share[:, i] * len(v)).astype(int)] for i, (c, v) in enumerate(zip(frame, values, strict=True))}
    )


@trap("sample_copula", message="listens to one millionaire")
def correlates_the_amounts(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), frame.corr(), n))
    place = (share * len(frame)).astype(int).clip(0, len(frame) - 1)
    return pd.DataFrame({column: np.sort(frame[column])[place[:, i]] for i, column in enumerate(frame)})


@trap("sample_copula", message="A correlation has a sign")
def forgets_the_sign(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(seed)
    normal = norm.ppf(frame.rank() / (len(frame) + 1))
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), np.abs(np.corrcoef(normal.T)), n))
    place = (share * len(frame)).astype(int).clip(0, len(frame) - 1)
    return pd.DataFrame({column: np.sort(frame[column])[place[:, i]] for i, column in enumerate(frame)})


@trap("sample_copula", message="All columns rise or fall together")
def one_score_for_all(frame, n, seed):
    place = np.random.default_rng(seed).integers(0, len(frame), n)
    return pd.DataFrame({column: np.sort(frame[column])[place] for column in frame})


@trap("sample_copula", message="Seeds 8 and 9 give the same rows")
def ignores_the_seed(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    normal = norm.ppf(frame.rank() / (len(frame) + 1))
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal.T), n))
    place = (share * len(frame)).astype(int).clip(0, len(frame) - 1)
    return pd.DataFrame({column: np.sort(frame[column])[place[:, i]] for i, column in enumerate(frame)})


@trap("sample_copula", message="Two calls with the same seed differ")
def draws_without_the_seed(frame, n, seed):
    from scipy.stats import norm

    rng = np.random.default_rng()
    normal = norm.ppf(frame.rank() / (len(frame) + 1))
    share = norm.cdf(rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal.T), n))
    place = (share * len(frame)).astype(int).clip(0, len(frame) - 1)
    return pd.DataFrame({column: np.sort(frame[column])[place[:, i]] for i, column in enumerate(frame)})


@trap("sample_copula", message="the order of the rows slips into")
def ties_in_the_order_of_rows(frame, n, seed):
    from scipy.stats import norm

    normal = norm.ppf(frame.rank(method="first") / (len(frame) + 1))
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(np.zeros(frame.shape[1]), np.corrcoef(normal, rowvar=False), size=n)
    places = np.floor(norm.cdf(drawn) * len(frame)).astype(int).clip(0, len(frame) - 1)
    return pd.DataFrame({name: np.sort(frame[name])[places[:, i]] for i, name in enumerate(frame)})


# --- augment --------------------------------------------------------------------------------------


@right("augment")
def one_by_one_with_straight_lines(images, labels, seed):
    from scipy.ndimage import rotate

    rng = np.random.default_rng(seed)
    copies = [rotate(image, rng.uniform(-15, 15), reshape=False, order=1, mode="constant") for image in images]
    return np.stack([*images, *copies]), [*labels, *labels]


@right("augment")
def by_affine_transform(images, labels, seed):
    """Turn by hand: a matrix about the middle; whole degrees, and whole grey levels."""
    from scipy.ndimage import affine_transform

    generator = np.random.RandomState(seed)
    middle = np.array([3.5, 3.5])
    copies = np.empty(images.shape)
    for k, degrees in enumerate(generator.randint(-15, 16, len(images))):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, s], [-s, c]])
        copies[k] = affine_transform(images[k], turn, offset=middle - turn @ middle)
    return [np.vstack([images, np.rint(copies).clip(0, 16)]), np.hstack([labels, labels])]


@trap("augment", message="A 6 upside down is a 9")
def any_angle(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-180, 180, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message=r"turned by \d+ degrees\. Keep to")
def up_to_45(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-45, 45, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="All copies are turned by about")
def one_angle_for_all(images, labels, seed):
    from scipy.ndimage import rotate

    angle = np.random.default_rng(seed).uniform(8, 15)
    copies = rotate(images, angle, axes=(2, 1), reshape=False)
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="Grey levels go from")
def does_not_clip(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, copies]), np.tile(labels, 2)


@trap("augment", message="of the originals' ink")
def clips_to_one(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 1)]), np.tile(labels, 2)


@trap("augment", message=r"There are \d+ labels for \d+ images")
def labels_only_once(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), labels


@trap("augment", message="The images have shape")
def copies_without_originals(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.clip(copies, 0, 16), labels


@trap("augment", message="The labels do not fit the images")
def labels_in_pairs(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.repeat(labels, 2)


@trap("augment", message="Seeds 21 and 22 give the same copies")
def same_angles_for_every_seed(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(0).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="The copies are the originals over again")
def doubles_without_turning(images, labels, seed):
    return np.concatenate([images, images]), np.concatenate([labels, labels])


@trap("augment", message="Each image wants an angle of its own")
def one_angle_for_each_label(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, 10)
    copies = [rotate(image, angles[label], reshape=False) for image, label in zip(images, labels, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="Draw evenly between -15 and 15")
def ten_degrees_at_most(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-10, 10, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="rotate takes degrees, no radians")
def radians_for_degrees(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.radians(np.random.default_rng(seed).uniform(-15, 15, len(images)))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, np.clip(copies, 0, 16)]), np.tile(labels, 2)


@trap("augment", message="leave all other levels as rotate gives them")
def black_and_white_copies(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = [rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)]
    return np.concatenate([images, 16.0 * (np.array(copies) > 8)]), np.tile(labels, 2)


@trap("augment", message="do not stretch to them")
def stretches_grey_levels(images, labels, seed):
    from scipy.ndimage import rotate

    angles = np.random.default_rng(seed).uniform(-15, 15, len(images))
    copies = np.array([rotate(image, angle, reshape=False) for image, angle in zip(images, angles, strict=True)])
    least, most = copies.min(axis=(1, 2), keepdims=True), copies.max(axis=(1, 2), keepdims=True)
    return np.concatenate([images, 16 * (copies - least) / (most - least)]), np.tile(labels, 2)
