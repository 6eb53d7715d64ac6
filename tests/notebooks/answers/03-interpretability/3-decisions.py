"""Answers to 03-interpretability/3-decisions: right ones in different styles, and misconceptions to be caught."""

from __future__ import annotations

from itertools import product

import numpy as np
from notebooks.bank import right, trap

# --- expected_profit ------------------------------------------------------------------------------


@right("expected_profit")
def profit_by_arrays(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@right("expected_profit")
def profit_by_counts(scores, labels, threshold, costs):
    approved = [label for score, label in zip(scores, labels, strict=True) if not score >= threshold]
    bad = approved.count(1)
    return ((len(approved) - bad) * costs["refused"] - bad * costs["approved"]) / len(scores)


@right("expected_profit")
def profit_by_cost_of_mistakes(scores, labels, threshold, costs):
    import pandas as pd

    rows = pd.DataFrame({"score": scores, "bad": labels})
    refuse = rows["score"] >= threshold
    lost = costs["refused"] * (refuse & (rows["bad"] == 0)) + costs["approved"] * (~refuse & (rows["bad"] == 1))
    return costs["refused"] * (rows["bad"] == 0).mean() - lost.mean()


@trap("expected_profit", message="is the total")
def profit_as_total(scores, labels, threshold, costs):
    return sum(
        (-costs["approved"] if label else costs["refused"]) * (score < threshold)
        for score, label in zip(scores, labels, strict=True)
    )


@trap("expected_profit", message="You divide by the approved ones only")
def profit_of_the_approved(scores, labels, threshold, costs):
    worth = [
        -costs["approved"] if label else costs["refused"]
        for score, label in zip(scores, labels, strict=True)
        if score < threshold
    ]
    return sum(worth) / len(worth) if worth else 0


@trap("expected_profit", message="(the score 0.5 is approved|score is just the threshold is approved)")
def profit_approves_at_the_threshold(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) <= threshold, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@trap("expected_profit", message="as if the two costs were swapped")
def profit_with_costs_swapped(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["refused"], costs["approved"]), 0).mean()


@trap("expected_profit", message="as if 0 and 1 of the labels were swapped")
def profit_with_labels_swapped(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 0
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@trap("expected_profit", message="as if low scores were refused")
def profit_approves_high_scores(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) >= threshold, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@trap("expected_profit", message="Your line is one half")
def profit_from_one_half(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < 0.5, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@trap("expected_profit", message=r"You subtract costs\['refused'\] for refused customers")
def profit_charges_lost_customers_twice(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return np.where(
        approved, np.where(bad, -costs["approved"], costs["refused"]), np.where(bad, 0, -costs["refused"])
    ).mean()


@trap("expected_profit", message="Refused applications bring something")
def profit_rewards_right_refusals(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return np.where(
        approved, np.where(bad, -costs["approved"], costs["refused"]), np.where(bad, costs["approved"], 0)
    ).mean()


@trap("expected_profit", message="You count losses only")
def profit_counts_losses_only(scores, labels, threshold, costs):
    missed = (np.asarray(scores) < threshold) & (np.asarray(labels) == 1)
    return -costs["approved"] * missed.mean()


@trap("expected_profit", message="You count mistakes only")
def profit_counts_mistakes_only(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return -(costs["approved"] * (approved & bad) + costs["refused"] * (~approved & ~bad)).mean()


@trap("expected_profit", message="which looks rounded")
def profit_rounded_to_cents(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return round(float(np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()), 2)


@trap("expected_profit", message="as if the costs were always 15 and 4")
def profit_with_the_costs_of_the_example(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -15, 4), 0).mean()


@trap("expected_profit", message="You stop at the first who is refused")
def profit_until_the_first_refusal(scores, labels, threshold, costs):
    total = 0
    for score, label in zip(scores, labels, strict=True):
        if score >= threshold:
            break
        total += -costs["approved"] if label == 1 else costs["refused"]
    return total / len(scores)


@trap("expected_profit", message="Of applications with the same score, only the last one counts")
def profit_by_a_dictionary_of_scores(scores, labels, threshold, costs):
    by_score = dict(zip(scores, labels, strict=True))
    approved = [label for score, label in by_score.items() if score < threshold]
    return sum(-costs["approved"] if label == 1 else costs["refused"] for label in approved) / len(scores)


@trap("expected_profit", message="A score a little below the threshold")
def profit_with_room_at_the_threshold(scores, labels, threshold, costs):
    approved, bad = np.asarray(scores) < threshold - 0.01, np.asarray(labels) == 1
    return np.where(approved, np.where(bad, -costs["approved"], costs["refused"]), 0).mean()


@trap("expected_profit", message="taken by their place")
def costs_by_their_place(scores, labels, threshold, costs):
    lost, earned = costs.values()
    return sum((-lost if y else earned) for s, y in zip(scores, labels, strict=True) if s < threshold) / len(scores)


# --- best_threshold -------------------------------------------------------------------------------


@right("best_threshold")
def threshold_by_cumulative_sum(scores, labels, costs):
    order = np.argsort(scores, kind="stable")
    s, bad = np.asarray(scores, dtype=float)[order], np.asarray(labels)[order] == 1
    worth = np.concatenate([[0], np.cumsum(np.where(bad, -costs["approved"], costs["refused"]))])
    # A cut between equal scores is none.
    allowed = np.concatenate([[True], s[1:] > s[:-1], [True]])
    worth = np.where(allowed, worth, -np.inf)
    k = np.flatnonzero(worth == worth.max())[-1]
    return float(s[k]) if k < len(s) else float("inf")


@right("best_threshold")
def threshold_in_the_middle(scores, labels, costs):
    different = np.unique(scores)
    middles = [-1.0, *((different[1:] + different[:-1]) / 2), 1.5]
    best, most = None, None
    for cut in middles:
        earned = 0
        for score, label in zip(scores, labels, strict=True):
            if score < cut:
                earned += costs["refused"] if label == 0 else -costs["approved"]
        if most is None or earned >= most:
            best, most = cut, earned
    return best


@right("best_threshold")
def threshold_by_least_cost(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(np.unique(s), np.max(s) + 1)
    cost = [(costs["approved"] * ((s < c) & (y == 1)) + costs["refused"] * ((s >= c) & (y == 0))).sum() for c in cuts]
    return cuts[len(cuts) - 1 - int(np.argmin(cost[::-1]))]


@right("best_threshold")
def threshold_by_task_1(scores, labels, costs):
    def earned(threshold):
        return expected_profit(scores, labels, threshold, costs)  # noqa: F821 - the learner's own, of task 1

    tried = sorted({*scores, 1.1})
    return max(reversed(tried), key=earned)


@trap("best_threshold", message="You refuse from one half")
def threshold_by_habit(scores, labels, costs):
    return 0.5


@trap("best_threshold", message="follows from the costs alone")
def threshold_by_formula(scores, labels, costs):
    return costs["refused"] / (costs["refused"] + costs["approved"])


@trap("best_threshold", message="scores lie between its steps")
def threshold_on_a_grid(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.linspace(0, 1, 101)
    earned = [(np.where(y == 1, -costs["approved"], costs["refused"]) * (s < c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="has the fewest mistakes")
def threshold_of_best_accuracy(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(np.unique(s), 2.0)
    return cuts[int(np.argmax([((s >= c) == (y == 1)).mean() for c in cuts]))]


@trap("best_threshold", message="(the 1 who scores 0.31 is approved|as if the two costs were swapped)")
def threshold_with_costs_swapped(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(np.unique(s), 2.0)
    earned = [(np.where(y == 1, -costs["refused"], costs["approved"]) * (s < c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="(do you refuse only above it|You refuse only above the threshold)")
def threshold_refuses_only_above(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(0.0, np.unique(s))[::-1]
    earned = [(np.where(y == 1, -costs["approved"], costs["refused"]) * (s <= c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="Refuse nobody without need")
def threshold_refuses_most_of_equals(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(np.unique(s), 2.0)
    earned = [(np.where(y == 1, -costs["approved"], costs["refused"]) * (s < c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="Refusing nobody is a choice, too")
def threshold_must_be_a_score(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.unique(s)[::-1]
    earned = [(np.where(y == 1, -costs["approved"], costs["refused"]) * (s < c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="Try the smallest score, too")
def threshold_refuses_never_all(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    different = np.unique(s)
    cuts = np.append((different[1:] + different[:-1]) / 2, 2.0)[::-1]
    earned = [(np.where(y == 1, -costs["approved"], costs["refused"]) * (s < c)).sum() for c in cuts]
    return cuts[int(np.argmax(earned))]


@trap("best_threshold", message="(not its profit|not the threshold)")
def threshold_returns_the_profit(scores, labels, costs):
    s, y = np.asarray(scores), np.asarray(labels)
    cuts = np.append(np.unique(s), 2.0)
    return max((np.where(y == 1, -costs["approved"], costs["refused"]) * (s < c)).mean() for c in cuts)


@trap("best_threshold", message="must not depend on the order of the rows")
def threshold_by_the_last_tie_of_the_list(scores, labels, costs):
    best, most = None, -1e9
    for cut in [*scores, 2.0]:
        approved = [label for score, label in zip(scores, labels, strict=True) if score < cut]
        earned = sum(-costs["approved"] if label == 1 else costs["refused"] for label in approved)
        if earned >= most:
            best, most = cut, earned
    return best


@trap("best_threshold", message="No threshold parts people with the same score")
def threshold_parts_equal_scores(scores, labels, costs):
    pairs = sorted(zip(scores, labels, strict=True))
    gains = [-costs["approved"] if label == 1 else costs["refused"] for _, label in pairs]
    totals = np.array([0, *np.cumsum(gains)])
    last = len(totals) - 1 - int(np.argmax(totals[::-1]))
    return pairs[last][0] if last < len(pairs) else 2.0


# --- reason_codes ---------------------------------------------------------------------------------


@right("reason_codes")
def reasons_by_pandas(row, average, weights, words, k):
    import pandas as pd

    adds = pd.Series(weights, dtype=float) * (pd.Series(row, dtype=float) - pd.Series(average, dtype=float))
    sums = adds[list(words)].groupby(pd.Series(words)).sum()
    return sums[sums > 0].nlargest(k).index


@right("reason_codes")
def reasons_by_default_dictionary(row, average, weights, words, k):
    from collections import defaultdict

    sums = defaultdict(float)
    for column in row:
        if column in words:
            sums[words[column]] += (row[column] - average[column]) * weights[column]
    ordered = sorted(sums.items(), key=lambda item: item[1], reverse=True)
    return [text for text, value in ordered if value > 0][:k]


@right("reason_codes")
def reasons_by_heap(row, average, weights, words, k):
    import heapq

    def total(text):
        return sum(weights[c] * (row[c] - average[c]) for c in words if words[c] == text)

    return tuple(heapq.nlargest(k, (t for t in set(words.values()) if total(t) > 0), key=total))


@trap("reason_codes", message="not against the average")
def reasons_without_average(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * row[c]
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="Size counts, not direction")
def reasons_by_size(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sorted(sums, key=lambda t: -abs(sums[t])) if sums[t] != 0][:k]


@trap("reason_codes", message="sign is turned round")
def reasons_with_sign_turned(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (average[c] - row[c])
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="dropped before adding up")
def reasons_drop_before_adding(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        value = weights[c] * (row[c] - average[c])
        if value > 0:
            sums[text] = sums.get(text, 0) + value
    return sorted(sums, key=lambda t: -sums[t])[:k]


@trap("reason_codes", message="only the last one counts")
def reasons_overwritten(row, average, weights, words, k):
    sums = {text: weights[c] * (row[c] - average[c]) for c, text in words.items()}
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="only the strongest counts")
def reasons_by_the_strongest_column(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        value = weights[c] * (row[c] - average[c])
        sums[text] = max(sums.get(text, value), value)
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="says the same twice")
def reasons_twice(row, average, weights, words, k):
    adds = {c: weights[c] * (row[c] - average[c]) for c in words}
    return [words[c] for c in sorted(adds, key=lambda c: -adds[c]) if adds[c] > 0][:k]


@trap("reason_codes", message="a column's name")
def reasons_by_column(row, average, weights, words, k):
    adds = {c: weights[c] * (row[c] - average[c]) for c in row}
    return [c for c in sorted(adds, key=lambda c: -adds[c]) if adds[c] > 0][:k]


@trap("reason_codes", message="no letter may state it")
def reasons_nobody_can_state(row, average, weights, words, k):
    sums = {}
    for c in row:
        text = words.get(c, c)
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="is filled up with")
def reasons_fill_up(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return sorted(sums, key=lambda t: -sums[t])[:k]


@trap("reason_codes", message="The weakest come first")
def reasons_weakest_first(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sorted(sums, key=lambda t: sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="matched by place")
def reasons_matched_by_place(row, average, weights, words, k):
    adds = [w * (x - m) for x, m, w in zip(row.values(), average.values(), weights.values(), strict=True)]
    adds, sums = dict(zip(row, adds, strict=True)), {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + adds[c]
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0][:k]


@trap("reason_codes", message="longer than k")
def reasons_forget_to_cut(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] > 0]


@trap("reason_codes", message="the order of the columns decides")
def reasons_unsorted(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sums if sums[t] > 0][:k]


@trap("reason_codes", message="whose sum is 0")
def reasons_count_zero(row, average, weights, words, k):
    sums = {}
    for c, text in words.items():
        sums[text] = sums.get(text, 0) + weights[c] * (row[c] - average[c])
    return [t for t in sorted(sums, key=lambda t: -sums[t]) if sums[t] >= 0][:k]


@trap("reason_codes", message="cut before columns with the same words")
def cuts_columns_before_adding_up(row, average, weights, words, k):
    parts = {c: weights[c] * (row[c] - average[c]) for c in words}
    sums = {}
    for column in sorted(parts, key=parts.get, reverse=True)[:k]:
        sums[words[column]] = sums.get(words[column], 0) + parts[column]
    return sorted((text for text in sums if sums[text] > 0), key=sums.get, reverse=True)


# --- counterfactual -------------------------------------------------------------------------------


@right("counterfactual")
def changes_by_size_of_group(predict, row, allowed, threshold):
    from itertools import combinations

    if predict([dict(row)])[0] < threshold:
        return {}
    for size in range(1, len(allowed) + 1):
        found = []
        for columns in combinations(allowed, size):
            for places in product(*(range(len(allowed[c])) for c in columns)):
                changes = {c: allowed[c][i] for c, i in zip(columns, places, strict=True)}
                if predict([{**row, **changes}])[0] < threshold:
                    found.append((sum(places), len(found), changes))
        if found:
            return min(found)[2]
    return None


@right("counterfactual")
def changes_asked_all_at_once(predict, row, allowed, threshold):
    columns = list(allowed)[::-1]
    lists = [[None, *enumerate(allowed[c], start=1)] for c in columns]
    plans = [{c: p for c, p in zip(columns, plan, strict=True) if p} for plan in product(*lists)]
    rows = [{**row, **{c: value for c, (_, value) in plan.items()}} for plan in plans]
    good = [plan for plan, chance in zip(plans, predict(rows), strict=True) if chance < threshold]
    if not good:
        return None
    best = min(good, key=lambda plan: (len(plan), sum(step for step, _ in plan.values())))
    return {c: value for c, (_, value) in best.items()}


@right("counterfactual")
def changes_by_widening_search(predict, row, allowed, threshold):
    import heapq

    names, seen = list(allowed), set()
    queue = [(0, 0, (0,) * len(names))]
    while queue:
        _, _, plan = heapq.heappop(queue)
        if plan in seen:
            continue
        seen.add(plan)
        changes = {c: allowed[c][p - 1] for c, p in zip(names, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
        for i, c in enumerate(names):
            if plan[i] < len(allowed[c]):
                more = (*plan[:i], plan[i] + 1, *plan[i + 1 :])
                heapq.heappush(queue, (sum(p > 0 for p in more), sum(more), more))
    return float("nan")


@trap("counterfactual", message="(debt takes three steps|Other columns need fewer)")
def sorted_by_columns_alone(predict, row, allowed, threshold):
    lists = [[None, *values] for values in allowed.values()]
    plans = [{c: v for c, v in zip(allowed, plan, strict=True) if v is not None} for plan in product(*lists)]
    for changes in sorted(plans, key=len):
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="the largest one alone does not decide")
def by_the_largest_step(predict, row, allowed, threshold):
    plans = product(*(range(len(v) + 1) for v in allowed.values()))
    for plan in sorted(plans, key=lambda p: (sum(map(bool, p)), max(p, default=0))):
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message=r"changing 2 of 3 columns would do\. Try combinations of columns")
def one_column_only(predict, row, allowed, threshold):
    if predict([row])[0] < threshold:
        return {}
    plans = [(i, c) for c, values in allowed.items() for i in range(len(values))]
    for i, c in sorted(plans):
        if predict([{**row, c: allowed[c][i]}])[0] < threshold:
            return {c: allowed[c][i]}
    return None


@trap("counterfactual", message="Ask for no more than is needed")
def the_most_drastic_value(predict, row, allowed, threshold):
    from itertools import combinations

    if predict([row])[0] < threshold:
        return {}
    for size in range(1, len(allowed) + 1):
        for columns in combinations(allowed, size):
            for values in product(*(allowed[c][::-1] for c in columns)):
                changes = dict(zip(columns, values, strict=True))
                if predict([{**row, **changes}])[0] < threshold:
                    return changes
    return None


@trap("counterfactual", message="Fewest columns come first")
def fewest_steps_first(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=sum)
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="the first plan that works")
def first_plan_that_works(predict, row, allowed, threshold):
    lists = [[*(values[::1]), None] for values in allowed.values()]
    if predict([row])[0] < threshold:
        return {}
    for plan in product(*lists):
        changes = {c: v for c, v in zip(allowed, plan, strict=True) if v is not None}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="change only columns in allowed")
def be_younger(predict, row, allowed, threshold):
    if predict([row])[0] < threshold:
        return {}
    reach = {c: allowed.get(c, [value * 0.8, value * 0.5, 0]) for c, value in row.items()}
    plans = product(*(range(len(v) + 1) for v in reach.values()))
    for plan in sorted(plans, key=lambda p: (sum(map(bool, p)), -p[list(reach).index("age")], sum(p))):
        changes = {c: reach[c][p - 1] for c, p in zip(reach, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="Return only what changes")
def the_whole_row(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        new = {**row, **{c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}}
        if predict([new])[0] < threshold:
            return new
    return None


@trap("counterfactual", message="just the threshold: still refused")
def at_the_threshold_is_enough(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans[1:] if predict([row])[0] >= threshold else plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] <= threshold:
            return changes
    return None


@trap("counterfactual", message="Compare with the argument threshold")
def one_half_by_habit(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < 0.5:
            return changes
    return None


@trap("counterfactual", message="approved already, and")
def changes_the_approved(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans[1:]:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="Do not promise what is not there")
def empty_when_impossible(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return {}


@trap("counterfactual", message="changed argument 2 in place")
def changes_the_row_itself(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    before = dict(row)
    for plan in plans:
        row.update(before)
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        row.update(changes)
        if predict([row])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="changing 4 of 4 columns")
def at_most_three_columns(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if len(changes) <= 3 and predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="not whether its value is true")
def zero_is_no_change(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p and allowed[c][p - 1]}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="the last need not be the strongest")
def gives_up_if_the_last_values_fail(predict, row, allowed, threshold):
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    strongest = {c: values[-1] for c, values in allowed.items()}
    if predict([row])[0] >= threshold and predict([{**row, **strongest}])[0] >= threshold:
        return None
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="savings: with")
def counts_from_the_largest_value(predict, row, allowed, threshold):
    lists = {c: sorted(values, reverse=True) for c, values in allowed.items()}
    plans = sorted(product(*(range(len(v) + 1) for v in lists.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: lists[c][p - 1] for c, p in zip(lists, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="papers: with")
def counts_from_the_nearest_value(predict, row, allowed, threshold):
    lists = {c: sorted(values, key=lambda value, c=c: abs(value - row[c])) for c, values in allowed.items()}
    plans = sorted(product(*(range(len(v) + 1) for v in lists.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: lists[c][p - 1] for c, p in zip(lists, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None


@trap("counterfactual", message="With an empty allowed")
def nothing_allowed_is_impossible(predict, row, allowed, threshold):
    if not allowed:
        return None
    plans = sorted(product(*(range(len(v) + 1) for v in allowed.values())), key=lambda p: (sum(map(bool, p)), sum(p)))
    for plan in plans:
        changes = {c: allowed[c][p - 1] for c, p in zip(allowed, plan, strict=True) if p}
        if predict([{**row, **changes}])[0] < threshold:
            return changes
    return None
