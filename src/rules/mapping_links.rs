//! R_MAPPING_LINKS: a mapping decision that names other runs, candidates or times than its claims have.

use super::{Page, Report, Rule};
use crate::digest::{Fingerprint, FingerprintSet};
use crate::finding::Place;
use crate::ledger::{AcceptWrite, Decision, DecisionBody, Links};
use crate::package::{Package, Shape};
use crate::spill::{Index, List};

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_MAPPING_LINKS",
    revision: 1,
    invariants: "X6",
    promoted: false,
    page: Page {
        title: "a mapping decision that names other runs, candidates or times than its claims have",
        means: "A mapping row of the decision log names the runs and candidates of the claims that it is about, and the time of the latest. The facts say otherwise; in an audit-only package, where they are absent, the accept-write ledger does.",
        matters: "These links tell which runs and candidates an outcome hangs on. Without them a run is not asked for a conflict that it caused.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let tables = ["facts/claim.facts", "facts/meta_str.facts", "facts/meta_time.facts"];
    let has_facts = package.shape == Shape::Full;
    if !package.has_ledgers()
        || !package.is_whole("decision_log")
        || !package.is_whole("accept_write_ledger")
        || (has_facts && !package.has_tables(&tables))
    {
        return;
    }
    let mappings = package.ledgers.decisions.iter().filter(|decision| decision.sound);
    let mut mappings = mappings.filter_map(|decision| match decision.body {
        DecisionBody::Mapping { links, .. } => Some((decision, links)),
        DecisionBody::Accept(..) => None,
    });
    let Some(first) = mappings.next() else { return };
    let writes = Writes::of(package);
    for (decision, links) in std::iter::once(first).chain(mappings) {
        let Some(links) = Links::read(&package.ledgers.links.get(links)) else { continue };
        let wanted = if has_facts { of_facts(package, &writes, &links) } else { of_writes(package, &writes, &links) };
        compare(&decision, &links, wanted, out);
    }
}

/// Accepted writes by their claims.
struct Writes<'a> {
    all: &'a List<AcceptWrite>,
    of_claims: Index<AcceptWrite>,
}

impl<'a> Writes<'a> {
    fn of(package: &'a Package) -> Self {
        let all = &package.ledgers.accept_writes;
        Self { all, of_claims: Index::of_lasts(&package.memory, all, AcceptWrite::by_assertion, |_, _| {}) }
    }

    fn get(&self, assertion: Fingerprint) -> Option<AcceptWrite> {
        self.all.get(self.of_claims.find(self.all, assertion)?)
    }
}

/// What is known of the claims of an outcome.
#[derive(Default)]
struct Known {
    candidates: FingerprintSet,
    runs: FingerprintSet,
    latest: Option<i64>,
    /// There may be runs and times that are not known.
    is_partial: bool,
}

fn of_facts(package: &Package, writes: &Writes<'_>, links: &Links) -> Known {
    let mut known = Known::default();
    for assertion in &links.assertions {
        known.candidates.extend(writes.get(*assertion).map(|write| write.candidate));
        if let Some(claim) = package.facts.claim(*assertion) {
            known.runs.extend(package.facts.runs.of_claim(&claim));
            known.latest = known.latest.max(claim.ingested_at());
        }
    }
    known
}

fn of_writes(package: &Package, writes: &Writes<'_>, links: &Links) -> Known {
    let mut known = Known::default();
    for assertion in &links.assertions {
        let Some(write) = writes.get(*assertion) else {
            known.is_partial = true;
            continue;
        };
        known.candidates.insert(write.candidate);
        known.runs.extend(package.ledgers.told.id(write.run));
        known.latest = known.latest.max(write.ingested.get());
    }
    known
}

fn compare(decision: &Decision, links: &Links, known: Known, out: &mut Report<'_>) {
    let place = |pointer: String| Place::row("audit/decision_log.jsonl", decision.line.into()).with(pointer);
    let about = [&[decision.id], links.assertions.as_slice()].concat();
    let upset: Vec<_> = links.runs.iter().chain(&known.runs).copied().collect();
    let lists = [
        ("candidate_ids", &links.candidates, known.candidates, false),
        ("run_ids", &links.runs, known.runs, known.is_partial),
    ];
    for (member, listed, mut missing, is_partial) in lists {
        for (n, id) in listed.iter().enumerate() {
            if !missing.remove(id) && !is_partial {
                out.about(&about, &upset)
                    .value(place(format!("/{member}/{n}")), || "no claim of the outcome has this".into());
            }
        }
        if !missing.is_empty() {
            out.about(&about, &upset).value(place(format!("/{member}")), || {
                format!("lacks {} that claims of the outcome have", missing.len())
            });
        }
    }
    let is_right = links.event_ts == known.latest || (known.is_partial && links.event_ts > known.latest);
    if !is_right {
        out.about(&about, &upset).value(place("/event_ts".into()), || {
            let least = if known.is_partial { "at least " } else { "" };
            let latest = known.latest.map_or_else(|| "null".to_owned(), |time| time.to_string());
            format!("should be {least}{latest}, when the latest claim was ingested")
        });
    }
}
