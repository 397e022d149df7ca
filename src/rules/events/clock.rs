//! Clocks that contradict themselves or each other.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static CLOCK_DECREASE: Rule<EventLog> = Rule {
    code: "U_CLOCK_DECREASE",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a clock goes back",
        means: "A time is smaller than one before it in the stream, by more than the tolerance; in strict mode, by anything.",
        matters: "Durations around it are not what they seem.",
        innocent: "A clock that was set while the run was on; threads that take a time before they wait for the lock.",
        next: "Use a monotonic source for a stream; see `--skew-tolerance-ns` for noise that is known.",
    },
    check: |log, out| out.noticed(log, Fault::ClockDecrease),
};

pub(crate) static CLOCK_DOMAIN: Rule<EventLog> = Rule {
    code: "U_CLOCK_DOMAIN",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "a stream changes its clock",
        means: "`clock` is not the one that the stream had so far.",
        matters: "Times of two clocks cannot be compared.",
        innocent: "A process that was started again on another host.",
        next: "Give each clock its own stream, or log by one clock.",
    },
    check: |log, out| out.noticed(log, Fault::ClockDomain),
};

pub(crate) static CLOCK_SKEW: Rule<EventLog> = Rule {
    code: "U_CLOCK_SKEW",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "clocks of two ranks contradict each other",
        means: "By their times, one rank left a collective before another had entered it; nobody can. The clocks are apart by more than the tolerance.",
        matters: "Durations of different ranks cannot be compared.",
        innocent: "Hosts whose clocks are not synchronised; process groups that share a `span` id.",
        next: "Synchronise clocks (PTP, NTP); give every process group its own `span` ids.",
    },
    check: |log, out| out.noticed(log, Fault::ClockSkew),
};
