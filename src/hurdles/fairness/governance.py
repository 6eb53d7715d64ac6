"""Which duties a system brings: risk classes by rule, and where a framework's questions find their answers.

The rules are a course's reading of Regulation (EU) 2024/1689 (the EU AI Act) and of Regulation (EU) 2016/679 (GDPR),
much shortened. They are for learning to ask, not legal advice; articles and dates change: look up the text in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from hurdles.errors import HurdlesError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLASSES",
    "DUTIES",
    "EARLIER",
    "FUNCTIONS",
    "LARGE",
    "USES",
    "Duty",
    "System",
    "duties",
    "overview",
    "risk_class",
]

Use = Literal["credit", "fraud", "conduct", "chat", "post"]
Data = Literal["profile", "persons", "companies"]
Autonomy = Literal["prepares", "advises", "decides"]
RiskClass = Literal["prohibited", "high", "transparency", "minimal"]

# From the strictest to the lightest, and what each means.
CLASSES: Final[Mapping[RiskClass, str]] = MappingProxyType(
    {
        "prohibited": "may not be used (Art. 5)",
        "high": "listed in Annex III",
        "transparency": "must show that it is a machine (Art. 50)",
        "minimal": "no further duties by class",
    }
)
USES: Final[Mapping[Use, str]] = MappingProxyType(
    {
        "credit": "score who gets credit",
        "fraud": "spot payment fraud",
        "conduct": "rate conduct elsewhere in life",
        "chat": "answer customers in a chat",
        "post": "sort incoming post",
    }
)
# From this many people a year on, the course calls the reach large. The law names no number.
LARGE: Final = 10_000


@dataclass(frozen=True)
class System:
    """A system as its owner describes it.

    Parameters
    ----------
    use : {"credit", "fraud", "conduct", "chat", "post"}
        What it is for, see `USES`.
    data : {"profile", "persons", "companies"}
        Whether it sizes up persons, handles them without doing so, or is about companies only.
    autonomy : {"prepares", "advises", "decides"}
        Whether it does a narrow preparing task, advises a person who decides, or decides.
    reach : int
        How many people or companies a year it is used on.
    """

    use: Use
    data: Data
    autonomy: Autonomy
    reach: int

    def __post_init__(self) -> None:
        if self.use not in USES:
            raise HurdlesError(f"There is no use {self.use!r}. Choose one of: {', '.join(USES)}.")
        if self.data not in ("profile", "persons", "companies"):
            raise HurdlesError(f"There is no data {self.data!r}. Choose profile, persons or companies.")
        if self.autonomy not in ("prepares", "advises", "decides"):
            raise HurdlesError(f"There is no autonomy {self.autonomy!r}. Choose prepares, advises or decides.")
        if self.reach < 0:
            raise HurdlesError(f"The reach is {self.reach}. Give a number of people a year, 0 or more.")

    @property
    def personal(self) -> bool:
        """Whether it is about natural persons."""
        return self.data != "companies"


def risk_class(system: System) -> RiskClass:
    """Return the strictest class that fits a system: the first rule that holds, from the top.

    Parameters
    ----------
    system : System
        What is to be used.

    Returns
    -------
    {"prohibited", "high", "transparency", "minimal"}
        "prohibited" for rating persons' conduct elsewhere (Art. 5(1)(c), shortened); "high" for scoring the
        creditworthiness of persons (Annex III 5(b)), except for a narrow preparing task without profiling (Art. 6(3));
        "transparency" for talking with people (Art. 50(1)); else "minimal". Spotting financial fraud is excepted from
        Annex III 5(b). Whether an officer looks on, and how many people are meant, changes nothing.
    """
    if system.use == "conduct" and system.personal:
        return "prohibited"
    if system.use == "credit" and system.personal and (system.autonomy != "prepares" or system.data == "profile"):
        return "high"
    return "transparency" if system.use == "chat" else "minimal"


@dataclass(frozen=True)
class Duty:
    """Something to do.

    Parameters
    ----------
    text : str
        In a few words.
    source : str
        Where it is written.
    """

    text: str
    source: str


DUTIES: Final[Mapping[str, Duty]] = MappingProxyType(
    {
        "stop": Duty("do not put it into use", "AI Act 5"),
        "manage": Duty("manage risks, govern data, document, log", "AI Act 9-12"),
        "oversee": Duty("oversight by people who can overrule", "AI Act 14, 26"),
        "assess": Duty("assess the impact on rights before use", "AI Act 27"),
        "explain": Duty("tell those affected; explain on request", "AI Act 26, 86"),
        "machine": Duty("say that one talks to a machine", "AI Act 50"),
        "lawful": Duty("lawful basis, information, correction", "GDPR 5-22"),
        "contest": Duty("a person on request, a way to contest", "GDPR 22"),
        "impact": Duty("data protection impact assessment", "GDPR 35"),
        "own": Duty("own card, datasheet, appeal, log", "NIST AI RMF"),
    }
)


def duties(system: System) -> dict[str, str]:
    """Return which duties a system brings, and what brings each.

    Parameters
    ----------
    system : System
        What is to be used.

    Returns
    -------
    dict of str to str
        Keys of `DUTIES` in their order; each with the property that brings it: "use", "data", "autonomy" or "reach".
        That a decision alone on credit counts as one by automated means (GDPR Art. 22), and that only large reach
        calls for an impact assessment where nobody is profiled for credit, are simplifications.
    """
    found = risk_class(system)
    if found == "prohibited":
        return {"stop": "use"}
    brought: dict[str, str] = {}
    if found == "high":
        brought |= dict.fromkeys(("manage", "oversee", "assess", "explain"), "use")
    if system.use == "chat":
        brought["machine"] = "use"
    if system.personal:
        brought["lawful"] = "data"
        if system.autonomy == "decides" and system.use in ("credit", "fraud"):
            brought["contest"] = "autonomy"
        if system.use == "credit" and system.data == "profile":
            brought["impact"] = "data"
        elif system.reach >= LARGE:
            brought["impact"] = "reach"
    brought["own"] = "own will"
    return {name: brought[name] for name in DUTIES if name in brought}


def overview(systems: Mapping[str, System]) -> pd.DataFrame:
    """Return class and number of duties of several systems, one row for each."""
    import pandas as pd

    rows = {
        name: {
            "use": USES[s.use],
            "about": {"profile": "persons, profiled", "persons": "persons", "companies": "companies"}[s.data],
            "it": s.autonomy,
            "class": risk_class(s),
            "duties": len(duties(s)),
        }
        for name, s in systems.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("system")


# The four functions of the framework, what each asks in one line, and the lessons whose results answer.
FUNCTIONS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "Govern": (
            "Who answers for it, by which rules?",
            "this lesson: owner on the card, decision log",
            "05-fairness/3-governance",
        ),
        "Map": (
            "What is it for, on whom, with which data?",
            "data faults and gaps; datasheet",
            "01-data/1-quality, 01-data/2-integration",
        ),
        "Measure": (
            "How well, for whom, how sure?",
            "reasons and their stability; rates by group",
            "03-interpretability/2-attribution, 05-fairness/1-audit",
        ),
        "Manage": (
            "What is done about it, and when is it stopped?",
            "threshold, mitigation, appeal",
            "03-interpretability/3-decisions, 05-fairness/2-mitigation",
        ),
    }
)

# Where the course asked for a decision: the lesson, and the name under which it keeps the answer.
EARLIER: Final[Sequence[tuple[str, str]]] = (
    ("01-data/1-quality", "raw-file"),
    ("01-data/2-integration", "doubtful-pairs"),
    ("01-data/3-enough", "rare-refusals"),
    ("03-interpretability/1-transparent", "model"),
    ("03-interpretability/2-attribution", "letters"),
    ("03-interpretability/3-decisions", "cut"),
    ("05-fairness/1-audit", "audit"),
    ("05-fairness/2-mitigation", "mitigation"),
)
