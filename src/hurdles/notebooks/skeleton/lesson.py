"""The skeleton of a lesson: every part in its place, each telling its author what belongs there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

from hurdles.notebooks.skeleton.cells import Cell, code, fill, folded, markdown, notebook

__all__ = ["OBJECTIVES", "lesson_notebook"]

OBJECTIVES = (
    ("count", "Count what is missing in a column."),
    ("compare", "Compare a share with and without the rows that have a gap."),
    ("fill", "Fill gaps without adding or losing rows."),
)

_DATASET = "from hurdles.datasets import mortgages"


def lesson_notebook(names: Mapping[str, str]) -> NotebookNode:
    """Return the skeleton of a lesson.

    Parameters
    ----------
    names : mapping of str to str
        AREA, KEY, TITLE, ROOM, MODULE and NAME of the lesson.

    Returns
    -------
    nbformat.NotebookNode
    """
    facts: dict[str, Any] = {
        "kind": "lesson",
        "title": names["TITLE"],
        "area": names["AREA"],
        "level": "beginner",
        "minutes": {"read": 30, "do": 10},
        "prerequisites": ["Python functions and lists."],
        "objectives": [{"id": name, "text": text} for name, text in OBJECTIVES],
        "demo": f"hurdles.{names['ROOM']}.{names['MODULE']}:{names['MODULE']}_demo",
        "terms": {"term": "Explain each new term in one sentence that needs no other new term."},
    }
    # Sorted, as the linter of notebooks wants them.
    imports = sorted((f"from hurdles.{names['ROOM']}.{names['MODULE']} import {names['MODULE']}_demo", _DATASET))
    cells = [*_opening(), *_fault(), *_guess(), *_concept(), *_widget(), *_practice(), *_closing(), *_instructor()]
    return notebook(facts, fill(cells, {**names, "IMPORTS": "\n".join(imports)}))


def _opening() -> list[Cell]:
    return [
        markdown(
            "header",
            """
            # @TITLE@

            **Area** @AREA@ · **Time** 40 minutes · **Level** beginner · **Before this** Python functions and lists

            *For the author: replace the text of every cell, keep its id. The ids are the parts of a lesson, and
            `hurdles build --check` looks for them. Measure the minutes with a reader who does not know the subject,
            then write them here and in the notebook's metadata.*
            """,
        ),
        markdown(
            "story",
            """
            ## What went wrong

            Tell a true failure from the field in 80 to 120 words. Say who built the system, what it decided, and for
            whom. Say what was at stake: money, time, a loan refused, a diagnosis missed. Say who noticed and how, and
            what was done then. Write so that a reader can see the room: one person, one day, one screen. Leave out
            everything that the lesson does not explain later. Do not blame a person; show how a reasonable step led
            to the result. End with the question that this lesson answers. Name the source with author and year, and
            check that the source says what you say.

            Source: author, year, title.
            """,
        ),
        markdown(
            "objectives",
            """
            ## After this lesson you can

            1. count what is missing in a column;
            2. compare a share with and without the rows that have a gap;
            3. fill gaps without adding or losing rows.

            *For the author: three to five things that can be observed. Each stands in the metadata with an id, and at
            least one task of the exercise covers it.*
            """,
        ),
        folded(
            "pre-check",
            """
            import hurdles.ui as ui

            lesson = ui.open_lesson("@KEY@")
            lesson.quiz(
                "pre",
                ui.Question(
                    "Ask what a reader probably believes before the lesson.",
                    options=["the usual misconception", "what holds", "something near it"],
                    answer=1,
                    why="Say in one sentence why it holds.",
                ),
                ui.Question(
                    "Ask for a judgement in a small case.",
                    options=["yes", "no", "it depends on something the lesson names"],
                    answer=2,
                    why="Say what it depends on.",
                ),
            )
            """,
        ),
        code(
            "setup",
            """
            @IMPORTS@

            applications = mortgages()
            print(f"{len(applications)} applications: ready.")
            """,
        ),
        markdown(
            "data-card",
            """
            ## The data

            | | |
            |---|---|
            | **Source** | Name the study or the simulator, with author and year |
            | **Licence** | Name it |
            | **Rows** | Say what one row is, and how many there are |
            | **Sensitive** | Name the columns about a person's origin, family, age or health |
            """,
        ),
    ]


def _fault() -> list[Cell]:
    return [
        markdown(
            "fault-1",
            """
            ## The fault

            Show the fault on real data before you explain it. Start from the output: a table of a few rows, a count,
            a simple figure. Ask the reader what looks odd.
            """,
        ),
        code("fault-1-code", 'applications[["appinc", "term", "min30"]].head()'),
        markdown(
            "fault-1-reading",
            "Say in one sentence what the output shows. Never type a number here that the cell above computes.",
        ),
        code(
            "fault-2",
            """
            gaps = applications["min30"].isna().sum()
            print(f"{gaps} of {len(applications)} applications have no value in min30.")
            """,
        ),
    ]


def _guess() -> list[Cell]:
    return [
        markdown(
            "predict-intro",
            """
            ## Predict first

            Ask for a guess that a misconception would get wrong. A reader who has committed a guess remembers the
            answer.
            """,
        ),
        code(
            "predict",
            'lesson.predict("gaps", "What share of applications has no value in min30?", low=0, high=100, unit="%")',
        ),
        code("predict-reveal", 'lesson.reveal("gaps", 100 * gaps / len(applications), unit="%", fmt=".1f")'),
    ]


def _concept() -> list[Cell]:
    return [
        markdown(
            "concept-1",
            """
            ## The idea, step by step

            Explain the first step in at most 80 words: one idea, one new term. Say what the term means at its first
            use. Prefer the example of the mortgage desk to a general sentence. Then show at most 8 lines of code and
            read their output in one sentence. A reader should never meet two new things at once.
            """,
        ),
        code("concept-1-code", 'known = applications["min30"].dropna()\nlen(known)'),
        markdown("concept-1-reading", "Say in one sentence what this output means for the desk."),
        markdown(
            "concept-2",
            """
            ### The second step

            Build on the first step and change one thing only, so that its effect can be seen. If a library does the
            work, name it and say which of its settings matters and why. If the result surprises, say so and let the
            reader look again before you explain.
            """,
        ),
        code("concept-2-code", 'applications.groupby(applications["min30"].isna())["reject"].mean()'),
        markdown("concept-2-reading", "Compare the two groups in one sentence."),
        markdown(
            "concept-3",
            """
            ### The third step

            Put the idea to work on the whole problem, the way it is done at a desk on a Monday morning. Show the
            honest comparison: before and after, simple and elaborate, on rows that were not used for fitting. Say
            what the comparison cannot show.
            """,
        ),
        code("concept-3-code", 'applications["min30"].fillna(known.median()).describe()'),
        markdown("concept-3-reading", "Say what changed and what did not."),
    ]


def _widget() -> list[Cell]:
    return [
        markdown(
            "widget-intro",
            """
            ## Move it yourself

            Ask the one question that the widget answers. Name two settings worth comparing, and what to watch in the
            picture while moving from one to the other.
            """,
        ),
        code("widget", "lesson.show(@MODULE@_demo)"),
        markdown("widget-reading", "Say what a reader should have seen, in words that need no picture."),
        markdown(
            "trade-offs",
            """
            ## What it buys, what it costs

            | way | buys | costs | who pays | when not |
            |---|---|---|---|---|
            | do nothing | no work | Name the error that stays | Name the person | Name the case |
            | the simple way | Name the gain | Name the loss | Name the person | Name the case |
            | the elaborate way | Name the gain | Name time and upkeep | Name the person | Name the case |
            """,
        ),
    ]


def _practice() -> list[Cell]:
    return [
        markdown(
            "micro-1",
            """
            ## Try it

            Give a task of three to five minutes that needs one call the reader has just seen. Name what goes in and
            what should come out. How many applications have no value in the column `term`?
            """,
        ),
        code("micro-1-code", "missing_terms = ..."),
        code(
            "micro-1-check",
            """
            from hurdles import checks


            def check_terms(value):
                number = checks.is_number(value, "missing_terms")
                wanted = applications["term"].isna().sum()
                checks.close(number, wanted, "missing_terms", "Count the rows where isna() is true.")


            lesson.micro("micro-1", missing_terms, check_terms)
            """,
        ),
        markdown(
            "micro-2",
            """
            Give a second task that needs a judgement as well as a call. What is the share of refused applications
            (`reject` is 1) among those with a value in `min30`?
            """,
        ),
        code("micro-2-code", "refused_known = ..."),
        code(
            "micro-2-check",
            """
            def check_share(value):
                number = checks.is_number(value, "refused_known")
                checks.expect(number <= 1, "refused_known is above 1.", "A share lies between 0 and 1.")
                wanted = applications.dropna(subset=["min30"])["reject"].mean()
                checks.close(number, wanted, "refused_known", "Keep the rows where notna() is true, then average.")


            lesson.micro("micro-2", refused_known, check_share)
            """,
        ),
        markdown(
            "decision-intro",
            """
            ## Decide

            Describe a choice that somebody has to make with what the lesson has shown. Every option should be
            defensible. The reader chooses one and writes one sentence for a manager; a later lesson can come back to
            the choice.
            """,
        ),
        code(
            "decision",
            """
            lesson.decide(
                "gaps",
                "What should the desk do with applications that have a gap?",
                options=["keep them and fill the gap", "ask the applicant", "leave them out and say so"],
            )
            """,
        ),
    ]


def _closing() -> list[Cell]:
    return [
        markdown(
            "summary",
            """
            ## In short

            - Write one line for the first objective: the rule that a reader should remember.
            - Write one line for the second: when the rule does not hold.
            - Write one line for the third: what to do next time, on Monday.
            """,
        ),
        folded(
            "post-check",
            """
            lesson.quiz(
                "post",
                ui.Question(
                    "Ask the first question of the pre-check again, on another case.",
                    options=["the usual misconception", "what holds"],
                    answer=1,
                    why="Say why, in one sentence.",
                ),
                ui.Question(
                    "Ask for a consequence.",
                    options=["a likely one", "an unlikely one"],
                    answer=0,
                    why="Say why, in one sentence.",
                ),
                ui.Question(
                    "Ask when not to use it.",
                    options=["never", "in a case that the lesson names"],
                    answer=1,
                    why="Say why, in one sentence.",
                ),
            )
            """,
        ),
        markdown(
            "terms",
            """
            ## Terms

            **term**: Explain each new term in one sentence that needs no other new term. The same sentences stand in
            the notebook's metadata.
            """,
        ),
        markdown("further", "## Further reading\n\n- Author (year), *Title*: say in one line what it adds."),
    ]


def _instructor() -> list[Cell]:
    return [
        markdown(
            "instructor-1",
            """
            ## For the instructor

            - **Minutes**: opening 5, fault 5, guess 3, concept 10, widget 5, practice 8, decision and close 4.
            - **The usual misconception**: name it, and the question that brings it out.
            - **A question for the room**: one that has no single right answer.
            - **Cut first**: name the part that can go when time is short.
            """,
            tags=["instructor"],
        )
    ]
