//! Numbers that tell whether events are missing or were put in.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static SEQ_REPEAT: Rule<EventLog> = Rule {
    code: "R_SEQ_REPEAT",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a number that was there already",
        means: "`seq` is smaller than the next number of its stream.",
        matters: "An event was inserted or repeated.",
        innocent: "Two writers of one rank.",
        next: "Let one process count the events of a stream.",
    },
    check: |log, out| out.noticed(log, Fault::SeqRepeat),
};

pub(crate) static SEQ_PARTIAL: Rule<EventLog> = Rule {
    code: "R_SEQ_PARTIAL",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "numbers on some events of a stream only",
        means: "The first event of a stream decides whether the stream counts its events; this one differs.",
        matters: "Where numbers may be left out, they show nothing.",
        innocent: "A library that logs beside the main writer.",
        next: "Number all events of the stream, or none.",
    },
    check: |log, out| out.noticed(log, Fault::SeqPartial),
};

pub(crate) static SEQ_GAP: Rule<EventLog> = Rule {
    code: "U_SEQ_GAP",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "numbers are missing",
        means: "`seq` is larger than the next number of its stream.",
        matters: "Lines are gone from the middle; they may have said anything.",
        innocent: "A crash between buffer and disk, a full disk, a filter.",
        next: "Look for the lines at the writer; without them only bounds can be told.",
    },
    check: |log, out| out.noticed(log, Fault::SeqGap),
};
