//! The codes that are about drift, and their pages.

use crate::rules::Page;

/// A code about drift.
pub struct DriftCode {
    /// The code by name.
    pub code: &'static str,
    /// What `batool explain` prints.
    pub page: Page,
}

pub(super) const ACCEPTANCE: &str = "R_DRIFT_ACCEPTANCE";
pub(super) const OUTCOME: &str = "R_DRIFT_OUTCOME";
pub(super) const SCHEMA: &str = "R_DRIFT_SCHEMA";
pub(super) const POLICY: &str = "R_DRIFT_POLICY";
pub(super) const RULES: &str = "R_DRIFT_RULES";
pub(super) const ADDED: &str = "R_DRIFT_ADDED";
pub(super) const REMOVED: &str = "R_DRIFT_REMOVED";
pub(super) const CHANGED: &str = "R_DRIFT_CHANGED";
pub(super) const CLAIM: &str = "R_DRIFT_CLAIM";
pub(super) const KIND: &str = "R_DRIFT_KIND";
pub(super) const REJECTED: &str = "R_DRIFT_REJECTED";
pub(super) const STEP_FLOOR: &str = "R_DRIFT_STEP_FLOOR";
pub(super) const TAIL_LATENCY: &str = "R_DRIFT_TAIL_LATENCY";
pub(super) const DOMINANT: &str = "R_DRIFT_DOMINANT";
pub(super) const UNDECIDABLE: &str = "U_DRIFT_UNDECIDABLE";
pub(super) const UNREAD: &str = "U_DRIFT_UNREAD";
pub(super) const UNPAIRED: &str = "U_DRIFT_UNPAIRED";

/// What to do about most drift.
const NEXT: &str = "See what differs with `batool diff run:BASELINE-RUN SOURCE`. If it is meant, make a new baseline, or one with a drift policy that allows it.";

/// Every code about drift.
pub static DRIFT_CODES: &[DriftCode] = &[
    DriftCode {
        code: ACCEPTANCE,
        page: Page {
            title: "something that was accepted is not accepted any more",
            means: "A write or a candidate that the baseline's run accepted is not there, or is there and not accepted. No drift policy allows that.",
            matters: "What users relied on is gone from the results.",
            innocent: "An input that was left out on purpose.",
            next: NEXT,
        },
    },
    DriftCode {
        code: OUTCOME,
        page: Page {
            title: "a decision has another outcome",
            means: "The same decision in both runs says something else.",
            matters: "Who decides, or on what, has changed.",
            innocent: "A reviewer who changed their mind.",
            next: NEXT,
        },
    },
    DriftCode {
        code: SCHEMA,
        page: Page {
            title: "the schema is another one",
            means: "Parts of the schema, or the manifest's digest of it, differ from the baseline's.",
            matters: "Equal facts may mean something else.",
            innocent: "A release that extends the schema.",
            next: NEXT,
        },
    },
    DriftCode {
        code: POLICY,
        page: Page {
            title: "the package's policy is another one",
            means: "The policy document of the package, or the manifest's digest of it, differs from the baseline's.",
            matters: "What is accepted is decided by it.",
            innocent: "A release that changes the policy.",
            next: NEXT,
        },
    },
    DriftCode {
        code: RULES,
        page: Page {
            title: "the rules are others",
            means: "Files of rules, their versions or the manifest's digest of them differ from the baseline's.",
            matters: "What is derived follows from them.",
            innocent: "A release that changes rules.",
            next: NEXT,
        },
    },
    DriftCode {
        code: ADDED,
        page: Page {
            title: "more records were added than the policy allows",
            means: "The run has records that the baseline's has not, and their number is over the budget of the ledger.",
            matters: "The run did more than what was measured.",
            innocent: "More input.",
            next: NEXT,
        },
    },
    DriftCode {
        code: REMOVED,
        page: Page {
            title: "more records are gone than the policy allows",
            means: "Records of the baseline's run have no counterpart, and their number is over the budget of the ledger.",
            matters: "The run did less than what was measured.",
            innocent: "Less input.",
            next: NEXT,
        },
    },
    DriftCode {
        code: CHANGED,
        page: Page {
            title: "more records changed than the policy allows",
            means: "Records that are in both runs differ in fields that may not change freely, and their number is over the budget of the ledger. Ids, clocks and order are no difference.",
            matters: "The same things are said otherwise.",
            innocent: "Input that was corrected.",
            next: NEXT,
        },
    },
    DriftCode {
        code: CLAIM,
        page: Page {
            title: "a claim of the baseline's certificate does not stand",
            means: "The run's certificate makes fewer claims.",
            matters: "Less is shown about the run than about the released one.",
            innocent: "An export without facts or evidence; a log of fewer steps or ranks.",
            next: "Compare both certificates: `batool archive show RUN` and `batool verify SOURCE`.",
        },
    },
    DriftCode {
        code: KIND,
        page: Page {
            title: "another kind of package than the baseline's",
            means: "Kind, dialect or shape differ.",
            matters: "What can be compared is less than what was measured.",
            innocent: "Another exporter, or other options of it.",
            next: "Export the run as the baseline's was.",
        },
    },
    DriftCode {
        code: REJECTED,
        page: Page {
            title: "the run is rejected",
            means: "The verdict on the run is REJECT.",
            matters: "It is no evidence of anything, whatever it resembles.",
            innocent: "A transfer that broke off.",
            next: "`batool verify SOURCE`.",
        },
    },
    DriftCode {
        code: STEP_FLOOR,
        page: Page {
            title: "fewer useful steps than the policy allows",
            means: "The floor of useful steps in the certificate fell by more than the budget.",
            matters: "The training run did less than the released one.",
            innocent: "A shorter run.",
            next: NEXT,
        },
    },
    DriftCode {
        code: TAIL_LATENCY,
        page: Page {
            title: "steps took longer than the policy allows",
            means: "The 95th or 99th percentile of step durations rose by more than the budget.",
            matters: "The slowest steps decide how long a run takes.",
            innocent: "Other hardware, or a busy machine.",
            next: NEXT,
        },
    },
    DriftCode {
        code: DOMINANT,
        page: Page {
            title: "another component takes most of the time",
            means: "The certificate's claim names another dominant component than the baseline's.",
            matters: "The bottleneck moved.",
            innocent: "Other hardware.",
            next: NEXT,
        },
    },
    DriftCode {
        code: UNDECIDABLE,
        page: Page {
            title: "the run is undecidable, and the baseline's was verified",
            means: "The verdict on the run is UNDECIDABLE.",
            matters: "Something that is needed for an answer is missing.",
            innocent: "An export of another version.",
            next: "`batool verify SOURCE`.",
        },
    },
    DriftCode {
        code: UNREAD,
        page: Page {
            title: "something could not be compared",
            means: "Parts of a side could not be read or matched, or a claim that is compared is not made.",
            matters: "What is not compared may have drifted.",
            innocent: "Exports of different dialects; a log of few steps.",
            next: "`batool diff run:BASELINE-RUN SOURCE` tells what was left out.",
        },
    },
    DriftCode {
        code: UNPAIRED,
        page: Page {
            title: "a run without a counterpart",
            means: "A run of the baseline has no source of its name, or a source belongs to no run of the baseline. A single run pairs with a single source; else names are compared, whole or by their last part.",
            matters: "A run that did not come cannot be measured.",
            innocent: "A job that has not ended yet; a source in a folder of another name.",
            next: "Name a source for every run, in a folder that is called as the run.",
        },
    },
];
