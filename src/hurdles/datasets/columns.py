"""What the columns of the mortgage data mean, in whose units, and when they are written.

The texts start from the labels that come with the data. Where a label and the values disagree, the text says so:
a data dictionary is data too, and may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["MORTGAGE_COLUMNS", "Column"]

Kind = Literal["number", "flag", "code"]
Written = Literal["applying", "deciding", "after"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        As in the data.
    meaning : str
        In a sentence's half.
    kind : str
        ``number``; ``flag``, which is 0 or 1; or ``code``, whose numbers are names.
    unit : str
        Unit of a number; empty for flags and codes.
    written : str
        When the value comes into being: when the applicant applies (credit reports included), while the lender
        decides, or after the decision.
    sensitive : bool
        Whether it describes the applicant or the neighbours in a way that may not be used against them.
    """

    name: str
    meaning: str
    kind: Kind
    unit: str = ""
    written: Written = "applying"
    sensitive: bool = False


_THOUSANDS: Final = "$1000"
_MONTHLY: Final = "$ a month"
_PERCENT: Final = "% of income"

MORTGAGE_COLUMNS: Final[tuple[Column, ...]] = (
    Column("occ", "occupancy: 1 for most; the codes are not documented", "code"),
    Column("loanamt", "amount of the loan", "number", _THOUSANDS),
    Column("action", "what the lender did: 1 or 2 approved, 3 refused", "code", written="after"),
    Column("msa", "metropolitan area of the property: the same everywhere", "code"),
    Column("suffolk", "property in Suffolk County", "flag"),
    Column(
        "appinc",
        "yearly income; labelled the applicant's, it mostly equals twelve times atotinc and cototinc together",
        "number",
        _THOUSANDS,
    ),
    Column("typur", "type of purchaser to whom the loan was sold on; 0 if it was not", "code", written="after"),
    Column("unit", "dwellings in the property", "number", "dwellings"),
    Column("married", "applicant married", "flag", sensitive=True),
    Column("dep", "dependents", "number", "people", sensitive=True),
    Column("emp", "labelled years in this line of work; holds only 0, 1, 6 and 9, which look like codes", "code"),
    Column("yjob", "labelled years at this job; mostly 0 and 1, which look like codes", "code"),
    Column("self", "applicant self-employed", "flag"),
    Column("atotinc", "applicant's monthly income", "number", _MONTHLY),
    Column("cototinc", "co-applicant's monthly income; 0 where there is none", "number", _MONTHLY),
    Column("hexp", "proposed housing expense", "number", _MONTHLY),
    Column("price", "purchase price", "number", _THOUSANDS),
    Column("other", "other financing", "number", _THOUSANDS),
    Column("liq", "liquid assets", "number", _THOUSANDS),
    Column("rep", "credit reports obtained", "number", "reports"),
    Column("gdlin", "credit history meets the lender's guidelines, in the lender's own judgement", "flag"),
    Column("lines", "credit lines on the reports", "number", "lines"),
    Column("mortg", "mortgage payment history, 1 to 4: see mortno, mortperf, mortlat1 and mortlat2", "code"),
    Column("cons", "consumer credit history, 1 (best) to 6", "code"),
    Column("pubrec", "public record of bankruptcy", "flag"),
    Column("hrat", "housing expense as a share of income", "number", _PERCENT),
    Column("obrat", "all obligations, housing included, as a share of income", "number", _PERCENT),
    Column("fixadj", "fixed or adjustable rate; which is which is not documented", "flag"),
    Column("term", "term of the loan", "number", "months"),
    Column("apr", "appraised value of the property", "number", _THOUSANDS),
    Column("prop", "type of property; the codes are not documented", "code"),
    Column("inss", "mortgage insurance sought", "flag"),
    Column(
        "inson",
        "labelled mortgage insurance approved; nearly all such applications were refused, so it may mean denied",
        "flag",
        written="deciding",
    ),
    Column("gift", "gift as part of the down payment", "flag"),
    Column("cosign", "there is a co-signer", "flag"),
    Column("unver", "information that could not be verified", "flag"),
    Column("review", "times the application was reviewed", "number", "reviews", written="deciding"),
    Column("netw", "net worth", "number", _THOUSANDS),
    Column("unem", "unemployment rate in the applicant's industry", "number", "%"),
    Column("min30", "more than 30 % of the tract's people belong to a minority", "flag", sensitive=True),
    Column("bd", "tract has more boarded-up homes than the area's median", "flag"),
    Column("mi", "tract's income above the area's median", "flag"),
    Column("old", "applicant older than the area's median", "flag", sensitive=True),
    Column("vr", "tract's vacancy rate above the area's median", "flag"),
    Column("sch", "more than twelve years of schooling", "flag"),
    Column("black", "applicant Black", "flag", sensitive=True),
    Column("hispan", "applicant Hispanic", "flag", sensitive=True),
    Column("male", "applicant male", "flag", sensitive=True),
    Column("reject", "application refused: action is 3", "flag", written="after"),
    Column("approve", "application approved: action is 1 or 2", "flag", written="after"),
    Column("mortno", "labelled no mortgage history (mortg is 1)", "flag"),
    Column("mortperf", "labelled no late mortgage payments (mortg is 2)", "flag"),
    Column("mortlat1", "one or two late mortgage payments (mortg is 3)", "flag"),
    Column("mortlat2", "more than two late mortgage payments (mortg is 4)", "flag"),
    Column("chist", "0 if an account was delinquent for 60 days or more", "flag"),
    Column("multi", "two dwellings or more", "flag"),
    Column("loanprc", "loan as a share of the price", "number", "share"),
    Column("thick", "more than two credit reports", "flag"),
    Column("white", "applicant white", "flag", sensitive=True),
)
