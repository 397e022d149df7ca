//! Folding: a finding that only follows from another is counted under that one, and not told again.
//!
//! A finding is about things: an assertion, a decision, a run, the row or member where it stands. It may upset others. Where
//! a rule that it may follow from has found something that is about the same thing or upsets it, the finding is a
//! consequence. Nothing is lost: the count of consequences is exact, by code, and a finding stands by itself when nothing
//! explains it. Folding changes no verdict, as violations only fold under violations.

use std::collections::BTreeMap;

use crate::digest::{Fingerprint, FingerprintMap};
use crate::finding::{Place, lost, thing};

/// The rules about bytes and shapes: whatever else is wrong with a row or member that they object to may follow, and what
/// is lacking in the file.
const READING: &[&str] = &[
    "R_ENCODING",
    "R_JSON",
    "R_DEPTH",
    "R_SURROGATE",
    "R_DUP_KEY",
    "R_LINE_END",
    "R_ROW_REPEATED",
    "R_TSV_CELLS",
    "R_TSV_ESCAPE",
    "R_CELL_VALUE",
    "R_MISSING_FIELD",
    "R_UNKNOWN_FIELD",
    "R_TYPE",
    "R_FILE_MISSING",
];

/// The rules about single claims, in order: each may follow from those before it.
const CLAIMS: &[&str] = &[
    "R_CLAIM_REPEATED",
    "R_CLAIM_ARGUMENTS",
    "R_ARGUMENT_VALUE",
    "R_TUPLE_DIGEST",
    "R_ENTITY_REFERENCE",
    "R_CLAIM_SEQUENCE",
    "R_META_UNKNOWN",
    "R_META_REPEATED",
    "R_INGESTED_AT",
    "R_REVOCATION",
    "R_INGEST_KEY",
    "R_KEY_TUPLE_DIGEST",
    "R_CANDIDATE_KEY_DIGEST",
    "R_CANDIDATE_KEY",
    "R_CANDIDATE_ID",
    "R_ASSERTION_DIGEST",
];

/// The rules that hold something against claims.
const ON_CLAIMS: &[&str] = &[
    "R_ACCEPT_WRITE_MISMATCH",
    "R_MAPPING_MISMATCH",
    "R_RUN_FACTS_MISMATCH",
    "R_FACTS_DIGEST",
    "R_SUPPORT_WITNESS",
    "R_TRACE_WITNESS",
    "R_ANNOTATION_UNKNOWN",
    "R_ANNOTATION_COPY",
];

/// What stands by itself whatever else is wrong: it tells whose rules a package is judged by.
const ALONE: &str = "R_DIALECT_MIXED";

/// The rules whose findings may follow from those of others, each with those others; they stand before it in the table.
static FOLLOWS: &[(&str, &[&str])] = &[
    ("R_LINE_END", &["R_ENCODING", "R_JSON"]),
    ("R_UNKNOWN_FIELD", &["R_MISSING_FIELD"]),
    ("R_TYPE", &["R_ROW_REPEATED", "R_MISSING_FIELD"]),
    ("R_LEDGER_UNLISTED", &["R_MANIFEST_PATH"]),
    ("R_FILE_UNLISTED", &["R_MANIFEST_PATH", "R_LEDGER_UNLISTED"]),
    ("R_SCHEMA_DIGEST", &["R_SCHEMA_SHAPE"]),
    ("R_PROTOCOL_VERSION", &["R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST"]),
    ("R_ENTRYPOINTS", &["R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST"]),
    ("R_OUTPUTS_MAP", &["R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST", "R_ENTRYPOINTS"]),
    (
        "R_POLICY_CONTENT",
        &["R_NOT_CANONICAL", "R_POLICY_MODE", "R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST", "R_PROTOCOL_VERSION"],
    ),
    ("R_POLICY_RULES", &["R_POLICY_MODE"]),
    ("R_POLICY_DIGEST", &["R_POLICY_CONTENT"]),
    ("R_OUTPUTS_LIST", &["R_OUTPUTS_DIGEST"]),
    ("R_ACCEPT_WRITE_MISMATCH", &["R_ACCEPT_WRITE_REPEATED"]),
    ("R_MAPPING_MISMATCH", &["R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST"]),
    ("R_MAPPING_CONTRADICTION", &["R_MAPPING_MISMATCH"]),
    (
        "R_DECISION_LOG_MISMATCH",
        &[
            "R_ACCEPT_WRITE_REPEATED",
            "R_ACCEPT_WRITE_MISMATCH",
            "R_MAPPING_MISMATCH",
            "R_MAPPING_CONTRADICTION",
            "R_DECISION_REPEATED",
        ],
    ),
    ("R_CANDIDATE_LEDGER_MISMATCH", &["R_ACCEPT_WRITE_REPEATED", "R_ACCEPT_WRITE_MISMATCH", "R_DECISION_LOG_MISMATCH"]),
    (
        "R_ACCEPT_FAILED_MISMATCH",
        &["R_MAPPING_MISMATCH", "R_MAPPING_CONTRADICTION", "R_DECISION_REPEATED", "R_DECISION_LOG_MISMATCH"],
    ),
    ("R_MAPPING_LINKS", &["R_ACCEPT_WRITE_MISMATCH", "R_DECISION_REPEATED", "R_DECISION_LOG_MISMATCH"]),
    ("R_SUPPORT_WITNESS", &["R_SUPPORT_DIGEST"]),
    ("R_RUN_FACTS_MISMATCH", &["R_MAPPING_LINKS"]),
    ("R_RUN_UNLISTED", LEDGERS),
    ("R_RUN_LEDGER_MISMATCH", ROWS),
    ("R_RUN_CLAIMS", ROWS),
    ("R_FACTS_DIGEST", &["R_ROW_ORDER", "R_ACCEPT_WRITE_MISMATCH", "R_MAPPING_MISMATCH", "R_RUN_FACTS_MISMATCH"]),
    ("R_VIEW_RULES", &["R_SCHEMA_SHAPE", "R_SCHEMA_DIGEST", "R_POLICY_MODE", "R_OUTPUTS_MAP"]),
    ("R_RULES_DIGEST", &["R_IDB_RULES", "R_VIEW_RULES"]),
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

/// The rules whose findings may explain those of a rule, but for those about bytes and shapes.
pub fn follows(code: &str) -> Vec<&'static str> {
    let own = FOLLOWS.iter().find(|(follower, _)| *follower == code).map_or(&[][..], |(_, causes)| causes);
    let before = match CLAIMS.iter().position(|other| *other == code) {
        Some(at) => &CLAIMS[..at],
        None if ON_CLAIMS.contains(&code) => CLAIMS,
        None => &[],
    };
    own.iter().chain(before).copied().collect()
}

fn may_explain(code: &str) -> bool {
    [READING, CLAIMS].iter().any(|codes| codes.contains(&code))
        || FOLLOWS.iter().any(|(_, causes)| causes.contains(&code))
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
    /// What follows from the findings of a rule.
    pub(crate) fn of(&mut self, code: &str) -> Consequences {
        self.consequences.remove(code).unwrap_or_default()
    }
}

/// Folding for one rule.
pub(super) struct Folding<'a> {
    code: &'static str,
    causes: Vec<&'static str>,
    may_explain: bool,
    fold: &'a mut Fold,
}

impl<'a> Folding<'a> {
    pub(super) fn new(code: &'static str, fold: &'a mut Fold) -> Self {
        Self { code, causes: follows(code), may_explain: may_explain(code), fold }
    }

    /// Takes a finding, made so many times; gives the code under which it is counted if it follows from another.
    pub(super) fn root(
        &mut self,
        place: &Place,
        about: &[Fingerprint],
        upsets: &[Fingerprint],
        times: u64,
    ) -> Option<&'static str> {
        let root = self.explained(place, about);
        if let Some(root) = root {
            self.count(root, times);
        }
        if self.may_explain {
            let told = self.fold.told.entry(self.code).or_default();
            let lost = READING.contains(&self.code).then(|| lost(&place.file));
            for thing in about.iter().chain(upsets).copied().chain(around(place)).chain(lost) {
                told.entry(thing).or_insert(root.unwrap_or(self.code));
            }
        }
        root
    }

    /// Counts consequences of a finding.
    pub(super) fn count(&mut self, root: &'static str, times: u64) {
        if times > 0 {
            *self.fold.consequences.entry(root).or_default().entry(self.code).or_default() += times;
        }
    }

    fn explained(&self, place: &Place, about: &[Fingerprint]) -> Option<&'static str> {
        if self.fold.told.is_empty() || !self.code.starts_with("R_") || self.code == ALONE {
            return None;
        }
        let fold = &*self.fold;
        let told = |cause: &&'static str| fold.told.get(*cause);
        let find = |thing: &Fingerprint| self.causes.iter().filter_map(told).find_map(|told| told.get(thing)).copied();
        about.iter().find_map(find).or_else(|| {
            let is_reading = READING.contains(&self.code);
            let reading = READING.iter().filter(|cause| !is_reading || self.causes.contains(cause)).filter_map(told);
            let things: Vec<_> = std::iter::once(stand(place)).chain(about.iter().copied()).collect();
            reading.into_iter().find_map(|told| things.iter().find_map(|thing| told.get(thing))).copied()
        })
    }
}

/// The folder of the facts, which is upset where ledgers and facts disagree.
pub(super) const FACTS: &str = "facts";

/// The schema as a thing.
pub(super) fn schema_thing() -> Fingerprint {
    thing("schema/schema_ir.json", 0, "")
}

/// What stands at a place: a row is one thing, and so is each member of a document.
fn stand(place: &Place) -> Fingerprint {
    thing(&place.file, place.line, if place.line > 0 { "" } else { &place.pointer })
}

/// What a place is part of: the file, the row, and members around it.
fn around(place: &Place) -> impl Iterator<Item = Fingerprint> {
    let ends = place.pointer.match_indices('/').map(|(at, _)| at).chain([place.pointer.len()]);
    let inner = ends.map(|end| thing(&place.file, place.line, &place.pointer[..end]));
    std::iter::once(thing(&place.file, 0, "")).chain(inner)
}

#[cfg(test)]
mod tests {
    use super::super::PACKAGE;
    use super::*;
    use crate::finding::Weight;

    #[test]
    fn violations_follow_from_violations_that_are_asked_about_before() {
        let place = |code: &str| PACKAGE.iter().position(|rule| rule.code == code).expect("there is such a rule");
        let codes = FOLLOWS.iter().map(|(code, _)| code).chain(CLAIMS).chain(ON_CLAIMS);
        for code in codes {
            assert_eq!(Weight::of_code(code), Weight::Violation);
            for cause in follows(code) {
                assert_eq!(Weight::of_code(cause), Weight::Violation);
                assert!(place(cause) < place(code), "{cause} is asked about after {code}");
            }
        }
        for cause in READING {
            assert_eq!(Weight::of_code(cause), Weight::Violation);
            assert!(CLAIMS.iter().chain(ON_CLAIMS).all(|code| place(cause) < place(code)));
        }
    }

    fn take(fold: &mut Fold, code: &'static str, about: &[Fingerprint], upsets: &[Fingerprint]) -> bool {
        Folding::new(code, fold).root(&Place::package(), about, upsets, 1).is_none()
    }

    #[test]
    fn a_consequence_is_counted_under_its_root_through_others() {
        let [write, decision, run, other] = [&b"w"[..], b"d", b"r", b"o"].map(Fingerprint::of);
        let mut fold = Fold::default();
        assert!(take(&mut fold, "R_ACCEPT_WRITE_MISMATCH", &[write], &[]));
        assert!(!take(&mut fold, "R_DECISION_LOG_MISMATCH", &[decision, write], &[run]));
        assert!(!take(&mut fold, "R_RUN_LEDGER_MISMATCH", &[run], &[]));
        assert!(take(&mut fold, "R_RUN_LEDGER_MISMATCH", &[other], &[]));
        let told = Consequences::from([("R_DECISION_LOG_MISMATCH", 1), ("R_RUN_LEDGER_MISMATCH", 1)]);
        assert_eq!(fold.of("R_ACCEPT_WRITE_MISMATCH"), told);
        assert!(fold.of("R_RUN_LEDGER_MISMATCH").is_empty());
    }

    #[test]
    fn what_a_finding_upsets_does_not_explain_it() {
        let [one, two, run] = [&b"1"[..], b"2", b"r"].map(Fingerprint::of);
        let mut fold = Fold::default();
        assert!(take(&mut fold, "R_ACCEPT_WRITE_MISMATCH", &[one], &[run]));
        assert!(take(&mut fold, "R_DECISION_LOG_MISMATCH", &[two], &[run]));
    }

    #[test]
    fn what_else_is_wrong_with_a_row_or_member_that_misses_its_shape_follows() {
        let mut fold = Fold::default();
        let mut root = |code, place: Place| Folding::new(code, &mut fold).root(&place, &[], &[], 1);
        assert_eq!(root("R_TYPE", Place::row("a", 7).with("/x")), None);
        assert_eq!(root("R_TYPE", Place::member("b", "/x/0")), None);
        assert_eq!(root("R_TUPLE_DIGEST", Place::row("a", 7).with("/y")), Some("R_TYPE"));
        assert_eq!(root("R_TUPLE_DIGEST", Place::row("a", 8)), None);
        assert_eq!(root("R_ENTRYPOINTS", Place::member("b", "/x")), Some("R_TYPE"));
        assert_eq!(root("R_ENTRYPOINTS", Place::member("b", "/x/1")), None);
        assert_eq!(root("N_MAPPING_CLOCK", Place::row("a", 7)), None);
    }
}
