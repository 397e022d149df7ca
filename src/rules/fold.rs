//! Folding: a finding that only follows from another is counted under that one, and not told again.
//!
//! A rule says what a finding is about (an assertion, a decision, a run) and what else it upsets. Where a rule that it
//! follows has found something that is about the same thing or upsets it, the finding is a consequence. Nothing is lost:
//! the count of consequences is exact, by code, and a finding stands by itself when nothing explains it. Folding changes
//! no verdict, as violations only fold under violations.

use std::collections::BTreeMap;

use crate::digest::{Fingerprint, FingerprintMap};

/// The rules whose findings may follow from those of others, each with those others; they stand before it in the table.
static FOLLOWS: &[(&str, &[&str])] = &[
    ("R_CANDIDATE_LEDGER_MISMATCH", &["R_ACCEPT_WRITE_REPEATED", "R_ACCEPT_WRITE_MISMATCH", "R_DECISION_LOG_MISMATCH"]),
    (
        "R_DECISION_LOG_MISMATCH",
        &["R_ACCEPT_WRITE_REPEATED", "R_ACCEPT_WRITE_MISMATCH", "R_MAPPING_MISMATCH", "R_DECISION_REPEATED"],
    ),
    ("R_ACCEPT_FAILED_MISMATCH", &["R_MAPPING_MISMATCH", "R_DECISION_REPEATED", "R_DECISION_LOG_MISMATCH"]),
    ("R_MAPPING_LINKS", &["R_ACCEPT_WRITE_MISMATCH", "R_DECISION_REPEATED", "R_DECISION_LOG_MISMATCH"]),
    ("R_RUN_UNLISTED", LEDGERS),
    ("R_RUN_LEDGER_MISMATCH", ROWS),
    ("R_RUN_CLAIMS", ROWS),
];

/// What can upset the sums of a run.
const ROWS: &[&str] = &[
    "R_ACCEPT_WRITE_REPEATED",
    "R_ACCEPT_WRITE_MISMATCH",
    "R_MAPPING_MISMATCH",
    "R_DECISION_REPEATED",
    "R_DECISION_LOG_MISMATCH",
    "R_ACCEPT_FAILED_MISMATCH",
    "R_MAPPING_LINKS",
    "R_RUN_FACTS_MISMATCH",
    "R_RUN_UNLISTED",
];

/// What can name a run that there is not.
const LEDGERS: &[&str] = &[
    "R_ACCEPT_WRITE_MISMATCH",
    "R_DECISION_LOG_MISMATCH",
    "R_CANDIDATE_LEDGER_MISMATCH",
    "R_ACCEPT_FAILED_MISMATCH",
    "R_MAPPING_LINKS",
    "R_RUN_FACTS_MISMATCH",
];

/// The rules whose findings may explain those of a rule.
pub fn follows(code: &str) -> &'static [&'static str] {
    FOLLOWS.iter().find(|(follower, _)| *follower == code).map_or(&[], |(_, causes)| causes)
}

/// How many findings of each code follow from one.
pub(crate) type Consequences = BTreeMap<&'static str, u64>;

/// What was found so far, as far as other findings may follow from it.
#[derive(Default)]
pub(crate) struct Fold {
    /// By code: what its findings are about or upset, and the code under which each is told.
    told: BTreeMap<&'static str, FingerprintMap<&'static str>>,
    consequences: BTreeMap<&'static str, Consequences>,
}

impl Fold {
    /// Takes a finding; false if it follows from another, under which it is counted.
    pub(super) fn take(&mut self, code: &'static str, about: &[Fingerprint], upsets: &[Fingerprint]) -> bool {
        let causes: Vec<_> = follows(code).iter().filter_map(|cause| self.told.get(cause)).collect();
        let root = about.iter().find_map(|thing| causes.iter().find_map(|told| told.get(thing))).copied();
        if let Some(root) = root {
            *self.consequences.entry(root).or_default().entry(code).or_default() += 1;
        }
        if FOLLOWS.iter().any(|(_, causes)| causes.contains(&code)) {
            let told = self.told.entry(code).or_default();
            for thing in about.iter().chain(upsets) {
                told.entry(*thing).or_insert(root.unwrap_or(code));
            }
        }
        root.is_none()
    }

    /// What follows from the findings of a rule.
    pub(crate) fn of(&mut self, code: &str) -> Consequences {
        self.consequences.remove(code).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::PACKAGE;
    use super::*;
    use crate::finding::Weight;

    #[test]
    fn violations_follow_from_violations_that_are_asked_about_before() {
        let place = |code: &str| PACKAGE.iter().position(|rule| rule.code == code).expect("there is such a rule");
        for (code, causes) in FOLLOWS {
            assert_eq!(Weight::of_code(code), Weight::Violation);
            for cause in *causes {
                assert_eq!(Weight::of_code(cause), Weight::Violation);
                assert!(place(cause) < place(code), "{cause} is asked about after {code}");
            }
        }
    }

    #[test]
    fn a_consequence_is_counted_under_its_root_through_others() {
        let [write, decision, run, other] = [&b"w"[..], b"d", b"r", b"o"].map(Fingerprint::of);
        let mut fold = Fold::default();
        assert!(fold.take("R_ACCEPT_WRITE_MISMATCH", &[write], &[]));
        assert!(!fold.take("R_DECISION_LOG_MISMATCH", &[decision, write], &[run]));
        assert!(!fold.take("R_RUN_LEDGER_MISMATCH", &[run], &[]));
        assert!(fold.take("R_RUN_LEDGER_MISMATCH", &[other], &[]));
        let told = Consequences::from([("R_DECISION_LOG_MISMATCH", 1), ("R_RUN_LEDGER_MISMATCH", 1)]);
        assert_eq!(fold.of("R_ACCEPT_WRITE_MISMATCH"), told);
        assert!(fold.of("R_RUN_LEDGER_MISMATCH").is_empty());
    }

    #[test]
    fn what_a_finding_upsets_does_not_explain_it() {
        let [one, two, run] = [&b"1"[..], b"2", b"r"].map(Fingerprint::of);
        let mut fold = Fold::default();
        assert!(fold.take("R_ACCEPT_WRITE_MISMATCH", &[one], &[run]));
        assert!(fold.take("R_DECISION_LOG_MISMATCH", &[two], &[run]));
    }
}
