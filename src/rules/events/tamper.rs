//! Evidence that the log was changed after it was written.

use super::{Fault, Page, Rule, line};
use crate::events::EventLog;

pub(crate) static CHAIN_PARTIAL: Rule<EventLog> = Rule {
    code: "R_CHAIN_PARTIAL",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "hashes on some events of a stream only",
        means: "`prev` and `hash` stand on all events of a stream or on none.",
        matters: "Where hashes may be left out, they show nothing.",
        innocent: "A library that logs beside the main writer.",
        next: "Chain all events of the stream, or none.",
    },
    check: |log, out| out.noticed(log, Fault::ChainPartial),
};

pub(crate) static TAMPER_HASH: Rule<EventLog> = Rule {
    code: "R_TAMPER_HASH",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event does not have the digest that it states",
        means: "`hash` is not the SHA-256 of the event's canonical form without `hash`.",
        matters: "The event was changed after it was written.",
        innocent: "A writer whose canonical form differs, for example in sorting names.",
        next: "Compare with the log where it was written; what differs was changed on the way.",
    },
    check: |log, out| out.noticed(log, Fault::TamperHash),
};

pub(crate) static TAMPER_CHAIN: Rule<EventLog> = Rule {
    code: "R_TAMPER_CHAIN",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an event does not follow the one before it",
        means: "`prev` is not the `hash` of the stream's event before; of 64 zeros for the first.",
        matters: "An event was removed, inserted or moved.",
        innocent: "A process that was started again with a new chain under the same rank.",
        next: "Compare with the log where it was written; what differs was changed on the way.",
    },
    check: |log, out| out.noticed(log, Fault::TamperChain),
};

pub(crate) static TAMPER_SEAL: Rule<EventLog> = Rule {
    code: "R_TAMPER_SEAL",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "the log is not the one that was sealed",
        means: "`attrs.seal` of RUN END states another number of lines before it, or another digest over them.",
        matters: "Lines were changed, removed, inserted or moved after the run ended.",
        innocent: "Rank files that were merged in another order after the seal was made.",
        next: "Compare with the log where it was written; what differs was changed on the way.",
    },
    check: |log, out| {
        let Some(sealed) = &log.sealed else { return };
        let before = sealed.line - 1;
        if sealed.stated.events != before {
            let stated = sealed.stated.events;
            out.at(line(sealed.line), || format!("the seal is over {stated} lines, and {before} stand before it"));
        } else if sealed.digest != Some(sealed.stated.sha256) {
            out.at(line(sealed.line), || "the seal is over other lines than those before it".into());
        }
    },
};

pub(crate) static TAMPER_EXPECTED: Rule<EventLog> = Rule {
    code: "R_TAMPER_EXPECTED",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "the log does not have the digest that was expected",
        means: "The digest given with `--expect-digest` is not the log's.",
        matters: "It is another log, or it was changed since the digest was kept.",
        innocent: "The digest of another run, or of the bytes instead of the canonical lines.",
        next: "Compare with the log where it was written; what differs was changed on the way.",
    },
    check: |log, out| {
        if let Some(expected) = log.expected.filter(|expected| log.digest != Some(*expected)) {
            let seen =
                log.digest.map_or_else(|| "none, as a line cannot be read".to_owned(), |digest| digest.to_string());
            out.at(line(0), || format!("the log's digest is {seen}, and {expected} was expected"));
        }
    },
};
