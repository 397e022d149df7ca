//! Events that do not have the shape that the format prescribes.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static UNKNOWN_FIELD: Rule<EventLog> = Rule {
    code: "R_UNKNOWN_FIELD",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a member that no event has",
        means: "An event has a top-level member that the format does not know.",
        matters: "What no rule knows, no rule checks: an extra member can carry a second story past the review.",
        innocent: "A writer that adds what it knows at the top.",
        next: "Put it into `attrs`, which is free.",
    },
    check: |log, out| out.noticed(log, Fault::UnknownField),
};

pub(crate) static MISSING_FIELD: Rule<EventLog> = Rule {
    code: "R_MISSING_FIELD",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a member that every event has is not there",
        means: "An event lacks `event_id`, `run_id`, `ts_ns`, `kind` or `phase`.",
        matters: "Without it the event cannot be told from others, or put into order.",
        innocent: "A line of another log.",
        next: "Look at the line named, and at `docs/events.md` for what an event of this kind looks like; have the writer mended.",
    },
    check: |log, out| out.noticed(log, Fault::MissingField),
};

pub(crate) static TYPE: Rule<EventLog> = Rule {
    code: "R_TYPE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a member of the wrong type",
        means: "A member has the wrong type, is out of range, or is no id (1 to 128 letters, digits and `._:/@+-`). `null` is no way to leave a member out.",
        matters: "A time as a string or a rank as a float is read differently by different readers.",
        innocent: "A writer in a language without 64-bit integers.",
        next: "Look at the line named, and at `docs/events.md` for what an event of this kind looks like; have the writer mended.",
    },
    check: |log, out| out.noticed(log, Fault::Type),
};

pub(crate) static KIND: Rule<EventLog> = Rule {
    code: "R_KIND",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a kind that the format does not know",
        means: "`kind` is none of the format's kinds, and no extension `X_…`.",
        matters: "What the event stands for is not known, so neither is what the log says as a whole.",
        innocent: "A misspelt name, or a log of a later format.",
        next: "Name kinds of your own `X_…` in capitals.",
    },
    check: |log, out| out.noticed(log, Fault::Kind),
};

pub(crate) static PHASE: Rule<EventLog> = Rule {
    code: "R_PHASE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a phase that this kind does not have",
        means: "A span has START and END, a point POINT, and nothing else.",
        matters: "A span in one record would rewrite the past, and the sweep over time would not be exact.",
        innocent: "A writer that records spans when they end.",
        next: "Write a START when it begins and an END when it ends.",
    },
    check: |log, out| out.noticed(log, Fault::Phase),
};

pub(crate) static SCHEMA_VERSION: Rule<EventLog> = Rule {
    code: "R_SCHEMA_VERSION",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a run that does not begin as this format does",
        means: "RUN START does not say `\"schema\":\"batool.events/1\"` in its `attrs`.",
        matters: "By which rules the log is to be read is not known.",
        innocent: "A log of a later format, or of a writer that forgot.",
        next: "Upgrade batool, or mend the writer.",
    },
    check: |log, out| out.noticed(log, Fault::SchemaVersion),
};

pub(crate) static FIELD_RULE: Rule<EventLog> = Rule {
    code: "R_FIELD_RULE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event that breaks a rule of its kind",
        means: "A rank or step is missing where the kind needs one, stands where it must not, or `attrs` do not hold what the kind needs there.",
        matters: "The event cannot be counted, so nothing can be said about what it counts for.",
        innocent: "A writer that leaves out `rank` in runs of one process.",
        next: "Look at the line named, and at `docs/events.md` for what an event of this kind looks like; have the writer mended.",
    },
    check: |log, out| out.noticed(log, Fault::FieldRule),
};
