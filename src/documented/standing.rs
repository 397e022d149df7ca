//! How each candidate fares over all ledgers, and the one thing to say where they disagree.

use super::{CANDIDATES, DECISIONS, Decision, Facts, Outcome, WRITES};
use crate::digest::{Fingerprint, FingerprintSet};
use crate::finding::Place;
use crate::spill::{Table, record};

/// What the ledgers say of one candidate.
#[derive(Default, Clone, Copy)]
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

record!(Standing {
    row: Option<(u32, Option<bool>)>,
    writes: u32,
    write: u32,
    accepted: u32,
    accept: u32,
    declined: u32,
    other: u32,
    failures: u32,
    loose: bool,
    astray: bool,
});

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
    of: Table<Standing>,
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
        let mut of: Table<Standing> = Table::new(&facts.memory);
        for candidate in facts.candidates.iter() {
            of.change(candidate.id, |standing| {
                standing.row.get_or_insert((candidate.line, candidate.is_accepted));
            });
        }
        let knows_written = facts.knows_written();
        for write in facts.writes.iter() {
            let Some(candidate) = write.candidate else { continue };
            of.change(candidate, |standing| {
                standing.writes += 1;
                standing.write = if standing.writes == 1 { write.line } else { standing.write };
                standing.loose |= write.assertion.is_none_or(|id| knows_written && !facts.written.contains(id));
            });
        }
        for decision in facts.decisions.iter() {
            let Some(candidate) = decision.candidate else { continue };
            of.change(candidate, |standing| match decision.outcome {
                Outcome::Accepted => {
                    standing.accepted += 1;
                    standing.accept = if standing.accepted == 1 { decision.line } else { standing.accept };
                }
                Outcome::Declined => standing.declined += 1,
                Outcome::Other => standing.other += 1,
            });
        }
        for (candidate, _) in facts.failures.iter() {
            of.change(candidate, |standing| standing.failures += 1);
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
        let (mut decided, mut written) = (Table::new(&facts.memory), Table::new(&facts.memory));
        let is_stray = |candidate: Option<Fingerprint>| candidate.is_some_and(|candidate| !self.is_known(candidate));
        for decision in facts.decisions.iter().filter(|decision| is_stray(decision.candidate)) {
            facts.decided(&decision).for_each(|assertion| _ = decided.insert(assertion, ()));
        }
        for write in facts.writes.iter().filter(|write| is_stray(write.candidate)) {
            write.assertion.map(|assertion| written.insert(assertion, ()));
        }
        if !decided.is_empty() {
            for write in facts.writes.iter() {
                let (Some(candidate), Some(assertion)) = (write.candidate, write.assertion) else { continue };
                if decided.get(assertion).is_some() {
                    self.of.change(candidate, |standing| standing.astray = true);
                }
            }
        }
        if !written.is_empty() {
            for decision in facts.decisions.iter() {
                let Some(candidate) = decision.candidate else { continue };
                if facts.decided(&decision).any(|assertion| written.get(assertion).is_some()) {
                    self.of.change(candidate, |standing| standing.astray = true);
                }
            }
        }
    }

    /// True if the candidate ledger has the candidate, or cannot be asked.
    pub(crate) fn is_known(&self, candidate: Fingerprint) -> bool {
        !self.knows_candidates || self.of.get(candidate).is_some_and(|standing| standing.row.is_some())
    }

    /// What the ledgers say of a candidate.
    pub(crate) fn get(&self, candidate: Fingerprint) -> Option<Standing> {
        self.of.get(candidate)
    }

    /// Gives every candidate that the candidate ledger has.
    pub(crate) fn candidates(&self, mut each: impl FnMut(Fingerprint, Standing)) {
        self.of.each(|candidate, standing| {
            if standing.row.is_some() {
                each(candidate, standing);
            }
        });
    }

    /// Gives every place where this trouble is.
    pub(crate) fn places(&self, facts: &Facts, trouble: Trouble, mut each: impl FnMut(Place)) {
        if !self.is_judged {
            return;
        }
        self.of.each(|_, standing| {
            if !self.knows_candidates || standing.row.is_some() {
                trouble_of(&standing, facts)
                    .filter(|(found, _)| *found == trouble)
                    .into_iter()
                    .for_each(|(_, at)| each(at));
            }
        });
    }

    /// True if the writes of a decision's candidate can be held against the decision, and nothing else is said of them.
    fn is_comparable(&self, facts: &Facts, decision: &Decision) -> bool {
        let Some(candidate) = decision.candidate.filter(|candidate| self.is_known(*candidate)) else { return false };
        self.of.get(candidate).is_some_and(|standing| {
            let is_told = self.is_judged && !standing.loose && !standing.astray;
            let trouble = trouble_of(&standing, facts).map(|(trouble, _)| trouble);
            is_told && matches!(trouble, None | Some(Trouble::State))
        })
    }

    /// Gives every decision that names other assertions than those that were written, and what is wrong.
    pub(crate) fn contradicted(&self, facts: &Facts, mut each: impl FnMut(Decision, &'static str)) {
        let writes = Writes::of(facts);
        let is_accepting = |decision: &Decision| decision.outcome == Outcome::Accepted;
        let mut told = Table::new(&facts.memory);
        for decision in facts.decisions.iter().filter(is_accepting) {
            if let Some(candidate) = decision.candidate
                && !writes.lack_any(facts, &decision)
                && writes.are_all(facts, &decision)
            {
                told.insert(candidate, ());
            }
        }
        for decision in facts.decisions.iter().filter(|d| d.lists && self.is_comparable(facts, d)) {
            match decision.outcome {
                Outcome::Accepted if writes.lack_any(facts, &decision) => {
                    each(decision, "an assertion is named that is no write of the candidate");
                }
                Outcome::Accepted if decision.candidate.is_some_and(|candidate| told.get(candidate).is_none()) => {
                    each(decision, "a write of the candidate is not named");
                }
                Outcome::Declined if decision.named > 0 => {
                    each(decision, "a decision that declines names a write");
                }
                _ => {}
            }
        }
    }
}

/// The assertions that were written for each candidate.
struct Writes {
    /// Candidates and assertions as one.
    pairs: Table<()>,
    /// How many of them a candidate has.
    counts: Table<u32>,
}

impl Writes {
    fn of(facts: &Facts) -> Self {
        let mut writes = Self { pairs: Table::new(&facts.memory), counts: Table::new(&facts.memory) };
        for write in facts.writes.iter() {
            if let (Some(candidate), Some(assertion)) = (write.candidate, write.assertion)
                && writes.pairs.insert(pair(candidate, assertion), ()).is_none()
            {
                writes.counts.change(candidate, |count| *count += 1);
            }
        }
        writes
    }

    /// True if a decision names an assertion that is no write of its candidate.
    fn lack_any(&self, facts: &Facts, decision: &Decision) -> bool {
        let has = |candidate, assertion| self.pairs.get(pair(candidate, assertion)).is_some();
        facts.decided(decision).any(|assertion| decision.candidate.is_none_or(|candidate| !has(candidate, assertion)))
    }

    /// True if a decision names as many assertions as its candidate has, or says nothing of them.
    fn are_all(&self, facts: &Facts, decision: &Decision) -> bool {
        let count = decision.candidate.and_then(|candidate| self.counts.get(candidate)).unwrap_or_default();
        !decision.lists || facts.decided(decision).collect::<FingerprintSet>().len() == count as usize
    }
}

fn pair(candidate: Fingerprint, assertion: Fingerprint) -> Fingerprint {
    Fingerprint::of_parts(&[&candidate.to_bytes(), &assertion.to_bytes()])
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
