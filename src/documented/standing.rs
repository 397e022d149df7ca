//! How each candidate fares over all ledgers, and the one thing to say where they disagree.

use std::collections::{HashMap, HashSet};

use super::{CANDIDATES, DECISIONS, Decision, Facts, Outcome, WRITES};
use crate::digest::Fingerprint;
use crate::finding::Place;

/// What the ledgers say of one candidate.
#[derive(Default, Clone)]
pub(crate) struct Standing {
    /// Line in the candidate ledger, and whether its state is `accepted`.
    pub(crate) row: Option<(u32, Option<bool>)>,
    /// How many writes it has, and the line of the first.
    pub(crate) writes: u32,
    write: u32,
    accepted: u32,
    /// The line of the first decision that accepts it.
    accept: u32,
    pub(crate) declined: u32,
    /// Decisions that say neither.
    other: u32,
    pub(crate) failures: u32,
    /// A write of it names no assertion, or none that was written.
    loose: bool,
    /// What is said of another row explains why something is missing here: its decision names another candidate, or its
    /// write does.
    astray: bool,
}

/// What is wrong between the ledgers about a candidate; each is one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    DeclinedYetWritten,
    WriteWithoutDecision,
    AcceptedWithoutWrite,
    AcceptedWithoutDecision,
    State,
}

/// Every candidate that any ledger names.
pub(crate) struct Standings {
    of: HashMap<Fingerprint, Standing>,
    /// The candidate ledger can be asked for candidates.
    knows_candidates: bool,
    /// Decisions and writes can be asked for candidates.
    is_judged: bool,
}

impl Standing {
    /// How many decisions name it.
    pub(crate) fn decisions(&self) -> u32 {
        self.accepted + self.declined + self.other
    }
}

impl Standings {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut of: HashMap<Fingerprint, Standing> = HashMap::new();
        for candidate in &facts.candidates {
            of.entry(candidate.id).or_default().row.get_or_insert((candidate.line, candidate.is_accepted));
        }
        let knows_written = facts.knows_written();
        for write in &facts.writes {
            let Some(candidate) = write.candidate else { continue };
            let standing = of.entry(candidate).or_default();
            standing.writes += 1;
            standing.write = if standing.writes == 1 { write.line } else { standing.write };
            standing.loose |= write.assertion.is_none_or(|(_, id)| knows_written && !facts.written.contains(id));
        }
        for decision in &facts.decisions {
            let Some(candidate) = decision.candidate else { continue };
            let standing = of.entry(candidate).or_default();
            match decision.outcome {
                Outcome::Accepted => {
                    standing.accepted += 1;
                    standing.accept = if standing.accepted == 1 { decision.line } else { standing.accept };
                }
                Outcome::Declined => standing.declined += 1,
                Outcome::Other => standing.other += 1,
            }
        }
        for (candidate, _) in &facts.failures {
            of.entry(*candidate).or_default().failures += 1;
        }
        let mut standings = Self {
            of,
            knows_candidates: facts.knows(CANDIDATES),
            is_judged: facts.knows_decisions() && facts.knows(WRITES),
        };
        standings.follow_strays(facts);
        standings
    }

    /// Where a row names a candidate that is not there but an assertion that is another's, the fault is that row's.
    fn follow_strays(&mut self, facts: &Facts) {
        let stray = |candidate: Option<Fingerprint>| candidate.is_some_and(|candidate| !self.is_known(candidate));
        let decided: HashSet<_> =
            facts.decisions.iter().filter(|d| stray(d.candidate)).flat_map(|d| facts.decided(d)).copied().collect();
        let written: HashSet<_> =
            facts.writes.iter().filter(|w| stray(w.candidate)).filter_map(|w| Some(w.assertion?.1)).collect();
        for write in &facts.writes {
            let (Some(candidate), Some((_, assertion))) = (write.candidate, write.assertion) else { continue };
            if let Some(standing) = self.of.get_mut(&candidate).filter(|_| decided.contains(&assertion)) {
                standing.astray = true;
            }
        }
        for decision in &facts.decisions {
            let Some(standing) = decision.candidate.and_then(|candidate| self.of.get_mut(&candidate)) else { continue };
            standing.astray |= facts.decided(decision).iter().any(|assertion| written.contains(assertion));
        }
    }

    /// True if the candidate ledger has the candidate, or cannot be asked.
    pub(crate) fn is_known(&self, candidate: Fingerprint) -> bool {
        !self.knows_candidates || self.of.get(&candidate).is_some_and(|standing| standing.row.is_some())
    }

    /// What the ledgers say of a candidate.
    pub(crate) fn get(&self, candidate: Fingerprint) -> Option<&Standing> {
        self.of.get(&candidate)
    }

    /// Every candidate that the candidate ledger has.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (Fingerprint, &Standing)> {
        self.of
            .iter()
            .filter(|(_, standing)| standing.row.is_some())
            .map(|(candidate, standing)| (*candidate, standing))
    }

    /// Where this trouble is.
    pub(crate) fn places(&self, facts: &Facts, trouble: Trouble) -> Vec<Place> {
        let known = self.of.iter().filter(|(candidate, _)| self.is_judged && self.is_known(**candidate));
        let found = known.filter_map(|(_, standing)| trouble_of(standing, facts));
        found.filter(|(found, _)| *found == trouble).map(|(_, place)| place).collect()
    }

    /// True if the writes of a decision's candidate can be held against the decision, and nothing else is said of them.
    fn is_comparable(&self, facts: &Facts, decision: &Decision) -> bool {
        let Some(candidate) = decision.candidate.filter(|candidate| self.is_known(*candidate)) else { return false };
        let trouble = |standing| trouble_of(standing, facts).map(|(trouble, _)| trouble);
        self.of.get(&candidate).is_some_and(|standing| {
            let is_told = self.is_judged && !standing.loose && !standing.astray;
            is_told && matches!(trouble(standing), None | Some(Trouble::State))
        })
    }

    /// Decisions that name other assertions than those that were written, and what is wrong.
    pub(crate) fn contradicted<'f>(&self, facts: &'f Facts) -> Vec<(&'f Decision, &'static str)> {
        let mut writes: HashMap<Fingerprint, HashSet<Fingerprint>> = HashMap::new();
        for write in &facts.writes {
            if let (Some(candidate), Some((_, assertion))) = (write.candidate, write.assertion) {
                writes.entry(candidate).or_default().insert(assertion);
            }
        }
        let none = HashSet::new();
        let writes_of = |d: &Decision| d.candidate.and_then(|candidate| writes.get(&candidate)).unwrap_or(&none);
        let is_complete =
            |d: &Decision| !d.lists || facts.decided(d).iter().collect::<HashSet<_>>().len() == writes_of(d).len();
        let names_others = |d: &Decision| facts.decided(d).iter().any(|assertion| !writes_of(d).contains(assertion));
        let accepting = facts.decisions.iter().filter(|d| d.outcome == Outcome::Accepted);
        let told: HashSet<_> =
            accepting.filter(|d| !names_others(d) && is_complete(d)).filter_map(|d| d.candidate).collect();
        let mut found = Vec::new();
        for decision in facts.decisions.iter().filter(|d| d.lists && self.is_comparable(facts, d)) {
            match decision.outcome {
                Outcome::Accepted if names_others(decision) => {
                    found.push((decision, "an assertion is named that is no write of the candidate"));
                }
                Outcome::Accepted if decision.candidate.is_some_and(|candidate| !told.contains(&candidate)) => {
                    found.push((decision, "a write of the candidate is not named"));
                }
                Outcome::Declined if decision.named > 0 => {
                    found.push((decision, "a decision that declines names a write"));
                }
                _ => {}
            }
        }
        found
    }
}

/// The one thing to say of a candidate, and where.
fn trouble_of(standing: &Standing, facts: &Facts) -> Option<(Trouble, Place)> {
    if standing.astray {
        return None;
    }
    let is_written = standing.writes > 0;
    let write = || facts.place(WRITES, standing.write).with("/candidate_id");
    let row = |pointer: &str| standing.row.map(|(line, _)| facts.place(CANDIDATES, line).with(pointer));
    let state = standing.row.and_then(|(_, is_accepted)| is_accepted);
    // A decision that says neither is a gap of its own; it could be the one that is missed.
    let is_open = standing.accepted == 0 && standing.other > 0;
    match (is_written, standing.accepted > 0) {
        (_, false) if is_open => None,
        (true, false) if standing.declined > 0 => Some((Trouble::DeclinedYetWritten, write())),
        (true, false) => Some((Trouble::WriteWithoutDecision, write())),
        (true, true) if state == Some(false) => Some((Trouble::State, row("/state")?)),
        (true, true) => None,
        (false, true) if state == Some(true) => Some((Trouble::AcceptedWithoutWrite, row("/state")?)),
        // What was to be written and could not be is told by the failure.
        (false, true) if standing.failures > 0 => None,
        (false, true) => {
            Some((Trouble::AcceptedWithoutWrite, facts.place(DECISIONS, standing.accept).with("/candidate_id")))
        }
        (false, false) if state != Some(true) => None,
        (false, false) if standing.declined > 0 => Some((Trouble::State, row("/state")?)),
        (false, false) => Some((Trouble::AcceptedWithoutDecision, row("/state")?)),
    }
}
