//! Spans that do not begin or do not end.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static START_MISSING: Rule<EventLog> = Rule {
    code: "U_START_MISSING",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an end without a beginning",
        means: "An END has no open START of the same kind, span and step in its stream.",
        matters: "The line of the START is gone, or the writer is broken; time in the span is not accounted.",
        innocent: "A log that was cut at the front.",
        next: "Look for the lines at the writer.",
    },
    check: |log, out| out.noticed(log, Fault::StartMissing),
};

pub(crate) static END_MISSING: Rule<EventLog> = Rule {
    code: "U_END_MISSING",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a span that never ends",
        means: "A START has no END up to the end of the log; the line is that of the START.",
        matters: "Whether it came to its end is not known.",
        innocent: "A run that crashed, or that is not over yet.",
        next: "Write FAILURE when a rank is known to be gone; wait for the run's end.",
    },
    check: |log, out| out.noticed(log, Fault::EndMissing),
};

pub(crate) static END_LOST: Rule<EventLog> = Rule {
    code: "U_END_LOST",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a span whose end was lost",
        means: "A span begins anew, or a step begins in another one, or a rank resumes, while the span is open; the line is that of the START.",
        matters: "The line of the END is gone, or the writer is broken.",
        innocent: "A crash without a FAILURE event.",
        next: "Write FAILURE before RESUME; pair every START.",
    },
    check: |log, out| out.noticed(log, Fault::EndLost),
};
