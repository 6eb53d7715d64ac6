"""Answers to 05-fairness/3-governance: right ones in different styles, and misconceptions to be caught."""

from __future__ import annotations

import hashlib
import json

from notebooks.bank import right, trap

# As in the notebook, where the answers run.
PROHIBITED = ["social scoring", "emotion recognition at work"]
LISTED = ["credit scoring", "hiring", "exam grading"]
REQUIRED = ["Intended use", "Limits of use", "Training data", "Evaluation by group", "Owner and appeal"]
PLACEHOLDERS = ["", "none", "n/a", "tbd", "todo", "[more information needed]"]
START = "0" * 64

# --- risk_class -----------------------------------------------------------------------------------


@right("risk_class")
def class_by_early_exit(system):
    if system["about"] == "persons":
        if system["use"] in PROHIBITED:
            return "prohibited"
        if system["use"] in LISTED and (system["profiles"] or system["role"] in ("advises", "decides")):
            return "high"
    if system["talks"]:
        return "transparency"
    return "minimal"


@right("risk_class")
def class_by_list_of_rules(system):
    persons = system["about"] == "persons"
    rules = {
        "prohibited": persons and system["use"] in PROHIBITED,
        "high": persons and system["use"] in LISTED and not (system["role"] == "prepares" and not system["profiles"]),
        "transparency": system["talks"],
        "minimal": True,
    }
    return next(name for name, holds in rules.items() if holds)


@right("risk_class")
def class_by_match(system):
    match system:
        case {"about": "persons", "use": use} if use in PROHIBITED:
            return "prohibited"
        case {"about": "persons", "use": use, "role": "prepares", "profiles": False} if use in LISTED:
            return "transparency" if system["talks"] else "minimal"
        case {"about": "persons", "use": use} if use in LISTED:
            return "high"
    return ("minimal", "transparency")[system["talks"]]


@trap("risk_class", message="a human looks at it does not lift")
def a_human_looks_at_it(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    listed = system["use"] in LISTED and persons
    if listed and (system["role"] == "decides" or (system["role"] == "prepares" and system["profiles"])):
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Keep the order of the table")
def talking_first(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    if system["talks"]:
        return "transparency"
    let_off = system["role"] == "prepares" and not system["profiles"]
    return "high" if system["use"] in LISTED and persons and not let_off else "minimal"


@trap("risk_class", message="fraud detection is excepted")
def fraud_is_about_money_too(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    let_off = system["role"] == "prepares" and not system["profiles"]
    if system["use"] in [*LISTED, "fraud detection"] and persons and not let_off:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="A company is not a natural person")
def companies_count_too(system):
    if system["use"] in PROHIBITED and system["about"] == "persons":
        return "prohibited"
    let_off = system["role"] == "prepares" and not system["profiles"]
    if system["use"] in LISTED and not let_off:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="A prohibited use is called so for companies")
def prohibited_for_companies(system):
    if system["use"] in PROHIBITED:
        return "prohibited"
    let_off = system["role"] == "prepares" and not system["profiles"]
    if system["use"] in LISTED and system["about"] == "persons" and not let_off:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Profiling keeps it on the list")
def preparing_lets_off(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    if system["use"] in LISTED and persons and system["role"] != "prepares":
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Read the exception in step 2")
def nothing_lets_off(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    if system["use"] in LISTED and persons:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="differ only in reach")
def few_people_do_not_count(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    let_off = system["role"] == "prepares" and not system["profiles"]
    if system["use"] in LISTED and persons and not let_off and system["reach"] > 1000:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="compare whole texts")
def part_of_the_name(system):
    persons = system["about"] == "persons"
    if any(use in system["use"] for use in PROHIBITED) and persons:
        return "prohibited"
    let_off = system["role"] == "prepares" and not system["profiles"]
    if any(use in system["use"] for use in LISTED) and persons and not let_off:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Being let off ends step 2, not the table")
def let_off_is_minimal(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    if system["use"] in LISTED and persons:
        return "minimal" if system["role"] == "prepares" and not system["profiles"] else "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Only a system that prepares can be let off")
def advice_without_profiles_is_let_off(system):
    persons = system["about"] == "persons"
    if system["use"] in PROHIBITED and persons:
        return "prohibited"
    if system["use"] in LISTED and persons and system["profiles"]:
        return "high"
    return "transparency" if system["talks"] else "minimal"


@trap("risk_class", message="Step 3 asks for nothing but talks")
def talks_to_persons_only(system):
    if system["about"] != "persons":
        return "minimal"
    if system["use"] in PROHIBITED:
        return "prohibited"
    if system["use"] in LISTED and (system["role"] != "prepares" or system["profiles"]):
        return "high"
    return "transparency" if system["talks"] else "minimal"


# --- card_gaps ------------------------------------------------------------------------------------


@right("card_gaps")
def gaps_by_loop(card):
    missing = list(REQUIRED)
    for title, text in card.items():
        if title in missing and text.lower().strip() not in PLACEHOLDERS:
            missing.remove(title)
    return missing


@right("card_gaps")
def gaps_by_filled_sections(card):
    filled = {title for title, text in card.items() if text.strip().casefold() not in set(PLACEHOLDERS)}
    return tuple(title for title in REQUIRED if title not in filled)


@right("card_gaps")
def gaps_by_pandas(card):
    import pandas as pd

    texts = pd.Series(card, dtype=object).reindex(REQUIRED).fillna("").astype(str)
    return texts.index[texts.str.strip().str.lower().isin(PLACEHOLDERS)]


@trap("card_gaps", message="what is not there cannot be met")
def goes_through_the_card(card):
    return [t for t in REQUIRED if t in card and card[t].strip().lower() in PLACEHOLDERS]


@trap("card_gaps", message="fills space and says nothing")
def only_missing_and_empty(card):
    return [t for t in REQUIRED if not card.get(t, "").strip()]


@trap("card_gaps", message="Large and small letters")
def forgets_small_letters(card):
    return [t for t in REQUIRED if card.get(t, "").strip() in PLACEHOLDERS]


@trap("card_gaps", message="Take away white space")
def forgets_to_strip(card):
    return [t for t in REQUIRED if card.get(t, "").lower() in PLACEHOLDERS]


@trap("card_gaps", message="the whole text must be a placeholder")
def any_placeholder_inside(card):
    words = [word for word in PLACEHOLDERS if word]
    texts = {t: card.get(t, "").strip().lower() for t in REQUIRED}
    return [t for t in REQUIRED if not texts[t] or any(word in texts[t] for word in words)]


@trap("card_gaps", message="Keep the order of REQUIRED")
def in_alphabetical_order(card):
    return sorted(t for t in REQUIRED if card.get(t, "").strip().lower() in PLACEHOLDERS)


@trap("card_gaps", message="A section that nobody requires")
def everything_must_be_filled(card):
    gaps = [t for t in REQUIRED if card.get(t, "").strip().lower() in PLACEHOLDERS]
    return gaps + [t for t in card if t not in REQUIRED and card[t].strip().lower() in PLACEHOLDERS]


@trap("card_gaps", message="Titles must match exactly")
def titles_in_any_case(card):
    small = {t.lower(): text for t, text in card.items()}
    return [t for t in REQUIRED if small.get(t.lower(), "").strip().lower() in PLACEHOLDERS]


@trap("card_gaps", message="compare with PLACEHOLDERS, not with a length")
def short_texts_say_nothing(card):
    texts = {t: card.get(t, "").strip().lower() for t in REQUIRED}
    return [t for t in REQUIRED if texts[t] in PLACEHOLDERS or len(texts[t]) < 4]


@trap("card_gaps", message="With its full stop it is not in PLACEHOLDERS")
def without_full_stops(card):
    return [t for t in REQUIRED if card.get(t, "").strip(" .\t\n").lower() in PLACEHOLDERS]


@trap("card_gaps", message="White space within a text stays")
def squeezes_white_space(card):
    return [t for t in REQUIRED if " ".join(card.get(t, "").split()).lower() in PLACEHOLDERS]


# --- log_decision ---------------------------------------------------------------------------------


@right("log_decision")
def log_by_copy_and_append(log, entry):
    new = list(log)
    previous = new[-1]["hash"] if new else START
    sealed = hashlib.sha256()
    sealed.update(json.dumps([previous, entry], sort_keys=True).encode("utf-8"))
    new.append({"hash": sealed.hexdigest(), "previous": previous, "entry": entry})
    return new


@right("log_decision")
def log_by_deep_copy(log, entry):
    import copy

    kept = copy.deepcopy(entry)
    previous = [{"hash": START}, *log][-1]["hash"]
    digest = hashlib.sha256(bytes(json.dumps((previous, kept), sort_keys=True), "utf-8")).digest().hex()
    return [*copy.deepcopy(log), {"entry": kept, "previous": previous, "hash": digest}]


@trap("log_decision", message="log_decision changed argument 1 in place.*copy of the list")
def appends_to_the_log_given(log, entry):
    previous = log[-1]["hash"] if log else START
    digest = hashlib.sha256(json.dumps([previous, entry], sort_keys=True).encode()).hexdigest()
    log.append({"entry": entry, "previous": previous, "hash": digest})
    return log


@trap("log_decision", message="hash covers the entry alone")
def seals_the_entry_only(log, entry):
    previous = log[-1]["hash"] if log else START
    digest = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="order in which the entry's keys were written")
def keys_as_they_come(log, entry):
    previous = log[-1]["hash"] if log else START
    digest = hashlib.sha256(json.dumps([previous, entry]).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="Making old hashes anew would hide")
def rewrites_the_whole_log(log, entry):
    new, previous = [], START
    for kept in [*(record["entry"] for record in log), entry]:
        digest = hashlib.sha256(json.dumps([previous, kept], sort_keys=True).encode()).hexdigest()
        new.append({"entry": kept, "previous": previous, "hash": digest})
        previous = digest
    return new


@trap("log_decision", message="There is no record before: use START")
def first_has_no_previous(log, entry):
    previous = log[-1]["hash"] if log else None
    digest = hashlib.sha256(json.dumps([previous, entry], sort_keys=True).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="records can be taken out or swapped")
def always_from_the_start(log, entry):
    digest = hashlib.sha256(json.dumps([START, entry], sort_keys=True).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": START, "hash": digest}]


@trap("log_decision", message="the first record in the log")
def always_the_first_record(log, entry):
    previous = log[0]["hash"] if log else START
    digest = hashlib.sha256(json.dumps([previous, entry], sort_keys=True).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="made from another text")
def seals_the_printed_list(log, entry):
    previous = log[-1]["hash"] if log else START
    digest = hashlib.sha256(str([previous, entry]).encode()).hexdigest()
    return [*log, {"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="made from JSON of a dictionary")
def hashes_a_dictionary(log, entry):
    previous = log[-1]["hash"] if log else START
    text = json.dumps({"previous": previous, "entry": entry}, sort_keys=True)
    return [*log, {"entry": entry, "previous": previous, "hash": hashlib.sha256(text.encode()).hexdigest()}]


@trap("log_decision", message="previous with the entry's JSON behind it")
def hashes_one_text_behind_the_other(log, entry):
    previous = log[-1]["hash"] if log else START
    text = previous + json.dumps(entry, sort_keys=True)
    return [*log, {"entry": entry, "previous": previous, "hash": hashlib.sha256(text.encode()).hexdigest()}]


@trap("log_decision", message="made with ensure_ascii=False")
def letters_as_they_are(log, entry):
    previous = log[-1]["hash"] if log else START
    text = json.dumps([previous, entry], sort_keys=True, ensure_ascii=False)
    return [*log, {"entry": entry, "previous": previous, "hash": hashlib.sha256(text.encode()).hexdigest()}]


@trap("log_decision", message="64 hexadecimal digits as a text")
def pythons_own_hash(log, entry):
    previous = log[-1]["hash"] if log else START
    return [*log, {"entry": entry, "previous": previous, "hash": hash(json.dumps([previous, entry], sort_keys=True))}]


@trap("log_decision", message="A log of \\d+ records has 1 after")
def returns_the_record_only(log, entry):
    previous = log[-1]["hash"] if log else START
    digest = hashlib.sha256(json.dumps([previous, entry], sort_keys=True).encode()).hexdigest()
    return [{"entry": entry, "previous": previous, "hash": digest}]


@trap("log_decision", message="sort_keys=True sorts all")
def sorts_the_outer_keys_only(log, entry):
    previous = log[-1]["hash"] if log else START
    text = json.dumps([previous, dict(sorted(entry.items()))])
    return [*log, {"entry": entry, "previous": previous, "hash": hashlib.sha256(text.encode()).hexdigest()}]


@trap("log_decision", message="without making it anew")
def makes_the_last_hash_anew(log, entry):
    def seal(previous, entry):
        return hashlib.sha256(json.dumps([previous, entry], sort_keys=True).encode()).hexdigest()

    previous = seal(log[-1]["previous"], log[-1]["entry"]) if log else START
    return [*log, {"entry": entry, "previous": previous, "hash": seal(previous, entry)}]


# --- override_rates -------------------------------------------------------------------------------


@right("override_rates")
def rates_by_pandas(reviews):
    import pandas as pd

    frame = pd.DataFrame(reviews, columns=["model", "officer", "right"])
    differ, mistake = frame["officer"] != frame["model"], frame["model"] != frame["right"]
    # The mean of nothing is a gap, which is as good as None.
    parts = {"overridden": differ, "caught": differ[mistake], "spoiled": differ[~mistake]}
    return {name: part.mean() if len(part) else None for name, part in parts.items()}


@right("override_rates")
def rates_by_counting(reviews):
    n = overridden = mistakes = caught = spoiled = 0
    for r in reviews:
        n += 1
        overridden += r["officer"] != r["model"]
        if r["model"] != r["right"]:
            mistakes += 1
            caught += r["officer"] == r["right"]
        else:
            spoiled += r["officer"] != r["right"]
    return {
        "overridden": overridden / n if n else None,
        "caught": caught / mistakes if mistakes else None,
        "spoiled": spoiled / (n - mistakes) if n - mistakes else float("nan"),
    }


@trap("override_rates", message="Agreement says nothing")
def agreement_for_override(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    same = sum(r["officer"] == r["model"] for r in reviews) / len(reviews) if reviews else None
    wrong = [r for r in reviews if r["model"] != r["right"]]
    return {"overridden": same, "caught": share(wrong), "spoiled": share([r for r in reviews if r not in wrong])}


@trap("override_rates", message="caught is divided by all reviews")
def all_reviews_below_the_line(reviews):
    n = len(reviews)
    changed = [r for r in reviews if r["officer"] != r["model"]]
    caught = sum(r["officer"] == r["right"] for r in changed)
    if not n:
        return {"overridden": None, "caught": None, "spoiled": None}
    return {"overridden": len(changed) / n, "caught": caught / n, "spoiled": (len(changed) - caught) / n}


@trap("override_rates", message="caught is divided by the overrides")
def how_often_overrides_are_right(reviews):
    changed = [r for r in reviews if r["officer"] != r["model"]]
    caught = sum(r["officer"] == r["right"] for r in changed)
    if not changed:
        return {"overridden": 0 if reviews else None, "caught": None, "spoiled": None}
    n = len(changed)
    return {"overridden": n / len(reviews), "caught": caught / n, "spoiled": (n - caught) / n}


@trap("override_rates", message="where there is no case to divide by")
def zero_for_nothing(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / max(len(cases), 1)

    wrong = [r for r in reviews if r["model"] != r["right"]]
    right_ones = [r for r in reviews if r["model"] == r["right"]]
    return {"overridden": share(reviews), "caught": share(wrong), "spoiled": share(right_ones)}


@trap("override_rates", message="overridden counts refusals only")
def looks_at_refusals_only(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    refused = [r for r in reviews if r["model"] == "refuse"]
    wrong = [r for r in refused if r["right"] == "approve"]
    return {
        "overridden": share(refused),
        "caught": share(wrong),
        "spoiled": share([r for r in refused if r["right"] == "refuse"]),
    }


@trap("override_rates", message="how often the officer is right in all cases")
def accuracy_of_the_officer(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    accuracy = sum(r["officer"] == r["right"] for r in reviews) / len(reviews) if reviews else None
    right_ones = [r for r in reviews if r["model"] == r["right"]]
    return {"overridden": share(reviews), "caught": accuracy, "spoiled": share(right_ones)}


@trap("override_rates", message="share of the model's mistakes that stand")
def missed_for_spoiled(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    caught = share([r for r in reviews if r["model"] != r["right"]])
    return {"overridden": share(reviews), "caught": caught, "spoiled": None if caught is None else 1 - caught}


@trap("override_rates", message="(Give a share between 0 and 1)")
def counts_for_shares(reviews):
    changed = [r for r in reviews if r["officer"] != r["model"]]
    caught = sum(r["officer"] == r["right"] for r in changed)
    return {"overridden": len(changed), "caught": caught, "spoiled": len(changed) - caught}


@trap("override_rates", message="Do not round")
def rounds_to_two_digits(reviews):
    def share(cases):
        return round(sum(r["officer"] != r["model"] for r in cases) / len(cases), 2) if cases else None

    wrong = [r for r in reviews if r["model"] != r["right"]]
    return {
        "overridden": share(reviews),
        "caught": share(wrong),
        "spoiled": share([r for r in reviews if r["model"] == r["right"]]),
    }


@trap("override_rates", message="None is for no cases at all")
def none_for_zero(reviews):
    def share(cases):
        changed = sum(r["officer"] != r["model"] for r in cases)
        return changed / len(cases) if changed else None

    wrong = [r for r in reviews if r["model"] != r["right"]]
    right_ones = [r for r in reviews if r["model"] == r["right"]]
    return {"overridden": share(reviews), "caught": share(wrong), "spoiled": share(right_ones)}


@trap("override_rates", message="caught counts wrong refusals only")
def only_refusals_can_be_wrong(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    wrong = [r for r in reviews if r["model"] == "refuse" and r["right"] == "approve"]
    right_ones = [r for r in reviews if r["model"] == r["right"]]
    return {"overridden": share(reviews), "caught": share(wrong), "spoiled": share(right_ones)}


@trap("override_rates", message="(spoiled counts only cases in which approve|So spoiled counts right approvals)")
def only_approvals_can_be_spoiled(reviews):
    def share(cases):
        return sum(r["officer"] != r["model"] for r in cases) / len(cases) if cases else None

    wrong = [r for r in reviews if r["model"] != r["right"]]
    right_ones = [r for r in reviews if r["model"] == r["right"] == "approve"]
    return {"overridden": share(reviews), "caught": share(wrong), "spoiled": share(right_ones)}


@trap("override_rates", message="One empty heap does not empty the others")
def one_empty_heap_empties_all(reviews):
    wrong = [r for r in reviews if r["model"] != r["right"]]
    right_ones = [r for r in reviews if r["model"] == r["right"]]
    heaps = {"overridden": reviews, "caught": wrong, "spoiled": right_ones}
    if not all(heaps.values()):
        return dict.fromkeys(heaps)
    return {name: sum(r["officer"] != r["model"] for r in heap) / len(heap) for name, heap in heaps.items()}
