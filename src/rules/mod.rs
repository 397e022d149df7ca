//! The rules: each a question about facts, in a file of its own, under a code that is never reused.

mod expected;

mod accept_failed_mismatch;
mod accept_write_repeated;
mod accepted_without_decision;
mod accepted_without_write;
mod assertion_repeated;
mod authoring_legacy;
mod candidate_ledger_mismatch;
mod candidate_repeated;
mod candidate_state;
mod cell_value;
mod container;
mod decision_log_mismatch;
mod decision_repeated;
mod decision_without_candidate;
mod decision_writes;
mod declined_yet_written;
mod depth;
mod dialect_mixed;
mod dup_key;
mod encoding;
mod entry_kind;
mod entrypoints;
mod export_version;
mod facts_digest;
mod failure_without_candidate;
mod field_type;
mod file_missing;
mod file_unexplained;
mod file_unlisted;
mod graph_candidate;
mod graph_cycle;
mod graph_loose_end;
mod graph_repeated;
mod graph_shape;
mod json_syntax;
mod kind_unknown;
mod ledger_empty;
mod ledger_unlisted;
mod line_end;
mod listed_file_missing;
mod manifest_path;
mod manifest_run;
mod manifest_run_unlisted;
mod mapping_clock;
mod missing_field;
mod no_identity;
mod not_canonical;
mod outcome_unknown;
mod outputs_digest;
mod outputs_list;
mod outputs_map;
mod package_kind;
mod path_collision;
mod path_unsafe;
mod policy_content;
mod policy_digest;
mod policy_mode;
mod policy_rules;
mod protocol_version;
mod resource_limit;
mod row_order;
mod row_repeated;
mod rules_digest;
mod run_reference;
mod run_unlisted;
mod schema_digest;
mod stated_digest;
mod support_digest;
mod surrogate;
mod tsv_cells;
mod tsv_escape;
mod unknown_field;
mod write_without_assertion;
mod write_without_candidate;
mod write_without_decision;

use crate::finding::{Place, Quote, Tally, Weight};
use crate::package::Package;
use crate::package::faults::FaultKind;

/// A question about facts `F`, and what to know when it is answered badly.
pub struct Rule<F: 'static> {
    /// The code by name; its prefix is its weight: `R_` violation, `U_` gap, `N_` note.
    pub code: &'static str,
    /// Rises with every change of behaviour.
    pub revision: u32,
    /// The invariants of the format that it checks, as the format's description numbers them.
    pub invariants: &'static str,
    /// A gap that strict mode turns into a violation.
    pub promoted: bool,
    /// What `batool explain` prints.
    pub page: Page,
    pub(crate) check: fn(&F, &mut Report<'_>),
}

/// What a code means to a reader.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The finding in a few words.
    pub title: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it matters to an audit.
    pub matters: &'static str,
    /// How it can arise innocently.
    pub innocent: &'static str,
    /// What to do.
    pub next: &'static str,
}

impl<F> Rule<F> {
    /// How much its findings weigh.
    pub fn weight(&self) -> Weight {
        Weight::of_code(self.code)
    }

    /// Everything it has to say about the facts.
    pub(crate) fn run(&self, facts: &F) -> Tally {
        let mut tally = Tally::default();
        (self.check)(facts, &mut Report { tally: &mut tally });
        tally
    }
}

/// Where a rule says what it found.
pub(crate) struct Report<'a> {
    tally: &'a mut Tally,
}

impl Report<'_> {
    /// Says one thing about one place; the text is only asked for when it will be shown.
    pub(crate) fn at(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.tally.add(place, text);
    }

    /// Says one thing about one value, which will be quoted.
    pub(crate) fn value(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.tally.add_quoted(place, Quote { expected: None }, text);
    }

    /// Says that a value is not the one at another place; both will be quoted.
    pub(crate) fn differs(&mut self, place: Place, expected: Option<Place>, text: impl FnOnce() -> String) {
        self.tally.add_quoted(place, Quote { expected }, text);
    }

    /// Repeats what was said while rows were read.
    pub(crate) fn tally(&mut self, tally: &Tally) {
        self.tally.merge(tally);
    }

    /// Repeats what the reader noticed.
    pub(crate) fn faults(&mut self, package: &Package, kind: FaultKind) {
        if let Some(tally) = package.faults.of(kind) {
            self.tally.merge(tally);
        }
    }
}

/// The rules for audit packages.
pub static PACKAGE: &[&Rule<Package>] = &[
    &path_unsafe::RULE,
    &path_collision::RULE,
    &entry_kind::RULE,
    &container::RULE,
    &kind_unknown::RULE,
    &resource_limit::RULE,
    &encoding::RULE,
    &json_syntax::RULE,
    &depth::RULE,
    &surrogate::RULE,
    &dup_key::RULE,
    &not_canonical::RULE,
    &line_end::RULE,
    &row_order::RULE,
    &row_repeated::RULE,
    &tsv_cells::RULE,
    &tsv_escape::RULE,
    &cell_value::RULE,
    &missing_field::RULE,
    &unknown_field::RULE,
    &field_type::RULE,
    &dialect_mixed::RULE,
    &export_version::RULE,
    &package_kind::RULE,
    &manifest_path::RULE,
    &ledger_unlisted::RULE,
    &ledger_empty::RULE,
    &file_missing::RULE,
    &listed_file_missing::RULE,
    &file_unlisted::RULE,
    &file_unexplained::RULE,
    &policy_mode::RULE,
    &protocol_version::RULE,
    &mapping_clock::RULE,
    &manifest_run::RULE,
    &manifest_run_unlisted::RULE,
    &entrypoints::RULE,
    &outputs_map::RULE,
    &schema_digest::RULE,
    &policy_digest::RULE,
    &facts_digest::RULE,
    &rules_digest::RULE,
    &policy_content::RULE,
    &policy_rules::RULE,
    &outputs_digest::RULE,
    &outputs_list::RULE,
    &support_digest::RULE,
    &accept_write_repeated::RULE,
    &candidate_ledger_mismatch::RULE,
    &decision_repeated::RULE,
    &decision_log_mismatch::RULE,
    &accept_failed_mismatch::RULE,
    &run_unlisted::RULE,
    &run_reference::RULE,
    &authoring_legacy::RULE,
    &no_identity::RULE,
    &outcome_unknown::RULE,
    &candidate_repeated::RULE,
    &assertion_repeated::RULE,
    &write_without_candidate::RULE,
    &decision_without_candidate::RULE,
    &failure_without_candidate::RULE,
    &write_without_assertion::RULE,
    &declined_yet_written::RULE,
    &write_without_decision::RULE,
    &accepted_without_write::RULE,
    &accepted_without_decision::RULE,
    &candidate_state::RULE,
    &decision_writes::RULE,
    &graph_shape::RULE,
    &graph_cycle::RULE,
    &graph_loose_end::RULE,
    &graph_repeated::RULE,
    &graph_candidate::RULE,
    &stated_digest::RULE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_pages_are_written() {
        for (n, rule) in PACKAGE.iter().enumerate() {
            assert!(PACKAGE[..n].iter().all(|other| other.code != rule.code), "{} stands twice", rule.code);
            for text in [rule.page.title, rule.page.means, rule.page.matters, rule.page.innocent, rule.page.next] {
                assert!(text.len() > 10, "{} has a page with a gap", rule.code);
            }
        }
    }
}
