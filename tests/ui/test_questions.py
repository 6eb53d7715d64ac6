"""Quiz questions: asked, marked, kept, shown again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hurdles.errors import HurdlesError
from hurdles.ui import Question, questions

ASKED = [
    Question("What is 666?", ["An income", "A code"], 1, "Nobody earns exactly that."),
    Question("Who decides?", ["The model", "The desk", "Chance"], 1, "A person signs."),
]


def test_every_question_must_be_answered_first() -> None:
    reply = questions.mark(ASKED, {"question-1": 0, "question-2": None})
    assert (reply.done, reply.status, reply.marks) == (False, "Please answer question 2 first.", {})
    assert questions.mark(ASKED, {}).status == "Please answer question 1 and 2 first."


def test_marks_say_right_or_wrong_in_words_with_the_reason() -> None:
    reply = questions.mark(ASKED, {"question-1": 1, "question-2": 0})
    assert reply.done
    assert reply.status == "1 of 2 right."
    assert reply.marks["question-1"].text == "✓ Right. Nobody earns exactly that."
    assert reply.marks["question-2"].text == "✗ Not this one. Right is: The desk. A person signs."


def test_several_questions_are_numbered_and_one_is_not() -> None:
    assert [f.label for f in questions.fields(ASKED)] == ["1. What is 666?", "2. Who decides?"]
    assert questions.fields(ASKED[:1])[0].label == "What is 666?"


@given(st.integers(0, 1), st.integers(0, 2))
def test_what_is_kept_comes_back_the_same(first: int, second: int) -> None:
    values = {"question-1": first, "question-2": second}
    assert questions.restored(ASKED, questions.kept(ASKED, values)) == values


def test_reordered_options_find_the_same_answer_and_changed_ones_none() -> None:
    stored = questions.kept(ASKED, {"question-1": 0, "question-2": 2})
    turned = [Question(q.text, list(reversed(q.options)), 0, q.why) for q in ASKED]
    assert questions.restored(turned, stored) == {"question-1": 1, "question-2": 0}
    changed = [Question("What is 666?", ["Money", "A code"], 1, "x"), ASKED[1]]
    for other in (None, [], {"answers": ["An income"]}, {"answers": 3}):
        assert questions.restored(ASKED, other) is None
    assert questions.restored(changed, stored) is None


@pytest.mark.parametrize(("options", "answer"), [(["a"], 0), (["a", "a"], 0), (["a", "b"], 2), (["a", "b"], -1)])
def test_an_impossible_question_is_refused(options: list[str], answer: int) -> None:
    with pytest.raises(HurdlesError, match="The question 'Which'"):
        Question("Which", options, answer, "because")
