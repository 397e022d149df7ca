//! The rules: each a question about facts, in a file of its own, under a code that is never reused.

mod accept_failed_mismatch;
mod accept_write_mismatch;
mod accept_write_repeated;
mod accepted_without_decision;
mod accepted_without_write;
mod annotation_copy;
mod annotation_differs;
mod annotation_repeated;
mod annotation_unknown;
mod annotation_value;
mod argument_value;
mod assertion_digest;
mod assertion_digest_open;
mod assertion_form;
mod assertion_repeated;
mod authoring_legacy;
mod candidate_id;
mod candidate_key;
mod candidate_key_digest;
mod candidate_key_open;
mod candidate_ledger_mismatch;
pub(crate) mod candidate_not_accepted;
mod candidate_repeated;
mod candidate_state;
mod cell_value;
mod claim_arguments;
mod claim_repeated;
mod claim_sequence;
mod claim_undeclared;
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
mod entity_reference;
mod entry_kind;
mod entrypoints;
pub(crate) mod events;
mod evidence_graph;
mod expected;
mod export_version;
mod facts_digest;
mod failure_without_candidate;
mod field_type;
mod file_missing;
mod file_unexplained;
mod file_unlisted;
mod fold;
pub(crate) mod frame_support_absent;
mod graph_alias;
mod graph_candidate;
mod graph_cycle;
mod graph_join;
mod graph_loose_end;
mod graph_repeated;
mod graph_shape;
mod idb_rules;
mod ingest_key;
mod ingest_key_open;
mod ingested_at;
mod json_syntax;
mod key_tuple_digest;
mod kind_unknown;
mod ledger_empty;
mod ledger_unlisted;
mod line_end;
mod listed_file_missing;
mod manifest_path;
mod manifest_run;
mod manifest_run_unlisted;
mod mapping_clock;
mod mapping_contradiction;
mod mapping_links;
mod mapping_mismatch;
mod meta_repeated;
mod meta_unknown;
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
mod payload_candidate;
mod policy_content;
mod policy_digest;
mod policy_mode;
mod policy_rules;
mod proof_frame;
mod protocol_version;
mod resource_limit;
mod revocation;
mod round_final;
mod round_sequence;
mod round_start;
mod round_time;
mod round_unfinished;
mod row_order;
mod row_repeated;
mod rules_digest;
mod run_claims;
mod run_facts_mismatch;
mod run_ledger_mismatch;
mod run_lists;
mod run_unlisted;
mod schema_differs;
mod schema_digest;
mod schema_shape;
mod stated;
mod stated_digest;
pub(crate) mod support_absent;
mod support_child;
mod support_digest;
mod support_unexpected;
mod support_witness;
mod surrogate;
mod system_claim;
mod timeline;
mod trace_binding;
mod trace_calls;
mod trace_invocations;
mod trace_memo;
mod trace_root;
mod trace_witness;
mod tsv_cells;
mod tsv_escape;
mod tuple_digest;
mod unknown_field;
mod view_rules;
mod write_without_assertion;
mod write_without_candidate;
mod write_without_decision;

pub use events::EVENTS;
pub use fold::follows;
pub(crate) use fold::{Consequences, Fold};
use fold::{FACTS, Folding, schema_thing};

use crate::digest::Fingerprint;
use crate::finding::{Place, Quote, Tally, Weight, lost, thing};
use crate::ledger::flaws::Flaw;
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
    ///
    /// Rules are asked in the order of their table, so that findings can be folded under those that explain them.
    pub(crate) fn run(&self, facts: &F, fold: &mut Fold) -> Tally {
        let mut tally = Tally::default();
        let fold = Folding::new(self.code, fold);
        (self.check)(facts, &mut Report { tally: &mut tally, fold });
        tally
    }
}

/// Where a rule says what it found; what follows from the finding of another rule is counted under that one.
pub(crate) struct Report<'a> {
    tally: &'a mut Tally,
    fold: Folding<'a>,
}

/// Where a rule says one thing that it knows the subject of.
pub(crate) struct About<'r, 'a> {
    report: &'r mut Report<'a>,
    about: &'r [Fingerprint],
    upsets: &'r [Fingerprint],
}

impl About<'_, '_> {
    /// Says it about one place.
    pub(crate) fn at(mut self, place: Place, text: impl FnOnce() -> String) {
        if self.stands_alone(&place) {
            self.report.tally.add(place, text);
        }
    }

    /// Says it about one value, which will be quoted.
    pub(crate) fn value(self, place: Place, text: impl FnOnce() -> String) {
        self.differs(place, None, text);
    }

    /// Says that a value is not the one at another place; both will be quoted.
    pub(crate) fn differs(mut self, place: Place, expected: Option<Place>, text: impl FnOnce() -> String) {
        if self.stands_alone(&place) {
            self.report.tally.add_quoted(&[], place, Quote { expected }, text);
        }
    }

    fn stands_alone(&mut self, place: &Place) -> bool {
        self.report.fold.root(place, self.about, self.upsets, 1).is_none()
    }
}

impl<'a> Report<'a> {
    /// Begins to say one thing: what it is about, and what else it upsets.
    pub(crate) fn about<'r>(&'r mut self, about: &'r [Fingerprint], upsets: &'r [Fingerprint]) -> About<'r, 'a> {
        About { report: self, about, upsets }
    }

    /// Says one thing about one place; the text is only asked for when it will be shown.
    pub(crate) fn at(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.about(&[], &[]).at(place, text);
    }

    /// Says one thing about one value, which will be quoted.
    pub(crate) fn value(&mut self, place: Place, text: impl FnOnce() -> String) {
        self.about(&[], &[]).value(place, text);
    }

    /// Repeats what was said while rows were read. What no place was kept of goes with the last that there is one of.
    pub(crate) fn tally(&mut self, tally: &Tally) {
        let (kept, more) = tally.kept();
        let mut root = None;
        for (place, said) in kept {
            root = self.fold.root(place, &said.about, &[], said.times);
            if root.is_none() {
                self.tally.repeat(place, said);
            }
        }
        match root {
            Some(root) => self.fold.count(root, more),
            None => self.tally.add_uncited(more),
        }
    }

    /// Repeats what the reader noticed.
    pub(crate) fn faults(&mut self, package: &Package, kind: FaultKind) {
        if let Some(tally) = package.faults.of(kind) {
            self.tally(tally);
        }
    }

    /// Repeats what ledgers noticed inside their rows.
    pub(crate) fn flaws(&mut self, package: &Package, kind: Flaw) {
        if let Some(tally) = package.ledgers.flaws.of(kind) {
            self.tally(tally);
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
    &schema_shape::RULE,
    &schema_digest::RULE,
    &schema_differs::RULE,
    &policy_mode::RULE,
    &protocol_version::RULE,
    &mapping_clock::RULE,
    &manifest_run::RULE,
    &manifest_run_unlisted::RULE,
    &entrypoints::RULE,
    &outputs_map::RULE,
    &policy_content::RULE,
    &policy_rules::RULE,
    &policy_digest::RULE,
    &outputs_digest::RULE,
    &outputs_list::RULE,
    &support_digest::RULE,
    &claim_repeated::RULE,
    &system_claim::RULE,
    &assertion_form::RULE,
    &claim_arguments::RULE,
    &argument_value::RULE,
    &tuple_digest::RULE,
    &claim_undeclared::RULE,
    &entity_reference::RULE,
    &claim_sequence::RULE,
    &meta_unknown::RULE,
    &meta_repeated::RULE,
    &ingested_at::RULE,
    &revocation::RULE,
    &ingest_key::RULE,
    &ingest_key_open::RULE,
    &key_tuple_digest::RULE,
    &candidate_key_digest::RULE,
    &candidate_key::RULE,
    &candidate_key_open::RULE,
    &candidate_id::RULE,
    &assertion_digest::RULE,
    &assertion_digest_open::RULE,
    &accept_write_repeated::RULE,
    &accept_write_mismatch::RULE,
    &mapping_mismatch::RULE,
    &mapping_contradiction::RULE,
    &decision_repeated::RULE,
    &decision_log_mismatch::RULE,
    &candidate_ledger_mismatch::RULE,
    &accept_failed_mismatch::RULE,
    &mapping_links::RULE,
    &run_facts_mismatch::RULE,
    &run_unlisted::RULE,
    &run_ledger_mismatch::RULE,
    &run_claims::RULE,
    &facts_digest::RULE,
    &support_child::RULE,
    &support_witness::RULE,
    &support_absent::RULE,
    &support_unexpected::RULE,
    &trace_invocations::RULE,
    &trace_calls::RULE,
    &trace_memo::RULE,
    &trace_root::RULE,
    &trace_binding::RULE,
    &trace_witness::RULE,
    &round_sequence::RULE,
    &round_start::RULE,
    &round_final::RULE,
    &round_time::RULE,
    &round_unfinished::RULE,
    &proof_frame::RULE,
    &frame_support_absent::RULE,
    &evidence_graph::RULE,
    &graph_join::RULE,
    &graph_alias::RULE,
    &timeline::RULE,
    &payload_candidate::RULE,
    &candidate_not_accepted::RULE,
    &annotation_value::RULE,
    &annotation_repeated::RULE,
    &annotation_unknown::RULE,
    &annotation_copy::RULE,
    &annotation_differs::RULE,
    &authoring_legacy::RULE,
    &idb_rules::RULE,
    &view_rules::RULE,
    &rules_digest::RULE,
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
        let pages = |code: &'static str, page: &'static Page| (code, page);
        let tables = [
            PACKAGE.iter().map(|rule| pages(rule.code, &rule.page)).collect::<Vec<_>>(),
            EVENTS.iter().map(|rule| pages(rule.code, &rule.page)).collect(),
        ];
        for table in tables {
            for (n, (code, page)) in table.iter().enumerate() {
                assert!(table[..n].iter().all(|(other, _)| other != code), "{code} stands twice");
                for text in [page.title, page.means, page.matters, page.innocent, page.next] {
                    assert!(text.len() > 10, "{code} has a page with a gap");
                }
            }
        }
    }
}
