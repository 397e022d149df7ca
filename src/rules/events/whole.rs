//! The log as a whole.

use super::{Fault, Page, Rule, line};
use crate::events::EventLog;

pub(crate) static EMPTY: Rule<EventLog> = Rule {
    code: "U_EMPTY",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an empty log",
        means: "There is not one byte.",
        matters: "Nothing is said, so nothing can be shown.",
        innocent: "A run that never started, a path to the wrong file.",
        next: "Look whether the writer could write.",
    },
    check: |log, out| {
        if log.bytes == 0 {
            out.at(line(0), || "there is nothing in it".into());
        }
    },
};

pub(crate) static RANK_MISSING: Rule<EventLog> = Rule {
    code: "U_RANK_MISSING",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "ranks that log nothing",
        means: "RUN START declares ranks of which there is no event; counted rank by rank.",
        matters: "What they did is not known, and claims are about all ranks.",
        innocent: "Rank files that were not collected; a log of rank 0 only.",
        next: "Collect all files, or declare `logged_ranks`.",
    },
    check: |log, out| {
        let first = log.first_missing.unwrap_or_default();
        (0..log.missing_ranks).for_each(|_| out.at(line(0), || format!("the first rank without an event is {first}")));
    },
};

pub(crate) static RESOURCE_LIMIT: Rule<EventLog> = Rule {
    code: "U_RESOURCE_LIMIT",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "more than the bounds allow",
        means: "More is open or has to be remembered at a time than the bounds allow: 4,096 spans of a stream, about a million collectives, checkpoints or steps not ok; or the log is larger than `max_package_bytes`.",
        matters: "From there on not everything was looked at, so nothing can be said about the whole.",
        innocent: "Spans that are never ended; a very large run.",
        next: "End spans; split the run; in an archive, raise the bound in `batool.toml`.",
    },
    check: |log, out| out.noticed(log, Fault::ResourceLimit),
};

/// Said by the judge, who alone knows which claims stand.
pub(crate) static NO_CLAIMS: Rule<EventLog> = Rule {
    code: "U_NO_CLAIMS",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "nothing can be claimed",
        means: "Neither a floor of useful steps nor a dominant component can be claimed.",
        matters: "A verdict that stands for nothing should not read as VERIFIED.",
        innocent: "A log without steps and components, or too short to tell.",
        next: "Log STEP and the components of each rank; see the reasons of the non-claims.",
    },
    check: |_, _| {},
};
