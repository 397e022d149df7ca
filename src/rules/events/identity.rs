//! Events that do not belong into this log, or into this place of it.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static RUN_ID: Rule<EventLog> = Rule {
    code: "R_RUN_ID",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event of another run",
        means: "`run_id` is not that of the first event.",
        matters: "Two runs in one log can be made to look like one that went well.",
        innocent: "Logs appended to one file, run after run.",
        next: "Write one log a run.",
    },
    check: |log, out| out.noticed(log, Fault::RunId),
};

pub(crate) static DUP_EVENT_ID: Rule<EventLog> = Rule {
    code: "R_DUP_EVENT_ID",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event id that was there already",
        means: "Two events have the same `event_id`; the second one is not applied.",
        matters: "An event counted twice makes more of a run than there was.",
        innocent: "A writer that sends again what it is not sure of, or two writers with one counter.",
        next: "Have ids counted by each stream: `r<rank>.<seq>`.",
    },
    check: |log, out| out.noticed(log, Fault::DuplicateId),
};

pub(crate) static RUN_START_POSITION: Rule<EventLog> = Rule {
    code: "R_RUN_START_POSITION",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a second beginning of the run",
        means: "RUN START stands behind the first event.",
        matters: "It would change what was declared after events were judged by it.",
        innocent: "Every rank writes its own RUN START.",
        next: "Let one process write RUN START and RUN END.",
    },
    check: |log, out| out.noticed(log, Fault::RunStartPosition),
};

pub(crate) static AFTER_RUN_END: Rule<EventLog> = Rule {
    code: "R_AFTER_RUN_END",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event behind the end of the run",
        means: "RUN END is not the last event.",
        matters: "A log that goes on after its end and seal can say anything there.",
        innocent: "Rank files that were concatenated behind the run's own.",
        next: "Put RUN END last when files are merged.",
    },
    check: |log, out| out.noticed(log, Fault::AfterRunEnd),
};

pub(crate) static RANK_UNDECLARED: Rule<EventLog> = Rule {
    code: "R_RANK_UNDECLARED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event of a rank that nobody declared",
        means: "The rank is not below `world_size`, or not among `logged_ranks`.",
        matters: "Claims are about the ranks that were declared; another one is from another run, or was left out on purpose.",
        innocent: "A writer that counts ranks from one.",
        next: "Declare every rank that logs.",
    },
    check: |log, out| out.noticed(log, Fault::RankUndeclared),
};

pub(crate) static RUN_START_MISSING: Rule<EventLog> = Rule {
    code: "U_RUN_START_MISSING",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "the log does not begin with the run",
        means: "The first event is not RUN START.",
        matters: "Which ranks should be there, and what was promised, is not known.",
        innocent: "A log that was rotated or cut at the front.",
        next: "Put the parts together; let the process that starts first write RUN START.",
    },
    check: |log, out| out.noticed(log, Fault::RunStartMissing),
};
