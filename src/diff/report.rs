//! An answer and the sides it is about, ready to be told in any form.

use super::answer::{Answer, Change, Ledger, Totals};
use super::review::{Topic, review};
use super::standing::{self, Standing};

/// Everything that a form tells.
pub struct Report {
    /// What a user calls the sides.
    pub names: [String; 2],
    /// What was said of each side, if it was judged.
    pub standings: [Option<Standing>; 2],
    /// What differs.
    pub answer: Answer,
}

/// How much a form tells.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// How many changes are shown; all counts stay exact.
    pub limit: u64,
}

/// Gives a report as text of some form.
pub type Form = fn(&Report, Extent) -> String;

impl Report {
    /// True if neither records nor verdicts differ. How long things took is no difference.
    pub fn is_same(&self) -> bool {
        self.answer.is_same() && self.standing_topics().is_empty()
    }

    /// Keeps these kinds of records only, and the topics that follow from them.
    pub fn keep(&mut self, ledgers: &[String]) {
        self.answer.ledgers.retain(|ledger| ledgers.iter().any(|name| name == ledger.name));
        self.answer.review = review(&self.answer.ledgers);
    }

    /// What a reader has to know before anything else.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (side, standing) in ["a", "b"].into_iter().zip(&self.standings) {
            match standing {
                None => warnings.push(format!("{side} was not verified")),
                Some(standing) if standing.verdict != crate::verdict::Verdict::Verified => {
                    warnings.push(format!("{side} is {}; it is compared all the same", standing.verdict.word()));
                }
                Some(_) => {}
            }
        }
        warnings.extend(self.answer.notes.iter().cloned());
        for (side, unread) in ["a", "b"].into_iter().zip(&self.answer.unread) {
            warnings.extend(unread.iter().map(|note| format!("{side}: {note}")));
        }
        warnings
    }

    /// What a reviewer asks first: about the verdicts, then about the records.
    pub fn topics(&self) -> Vec<Topic> {
        let mut topics = self.standing_topics();
        if let [Some(a), Some(b)] = &self.standings {
            topics.extend(standing::measures(a, b));
        }
        topics.extend(self.answer.review.0.iter().cloned());
        topics
    }

    fn standing_topics(&self) -> Vec<Topic> {
        match &self.standings {
            [Some(a), Some(b)] => standing::topics(a, b),
            _ => Vec::new(),
        }
    }

    /// The changes that are shown, and how many there are in all.
    pub(super) fn shown(&self, extent: Extent) -> (impl Iterator<Item = (&Ledger, &Change)>, u64) {
        let all =
            self.answer.ledgers.iter().flat_map(|ledger| ledger.changes.iter().map(move |change| (ledger, change)));
        let limit = usize::try_from(extent.limit).unwrap_or(usize::MAX);
        (all.take(limit), self.answer.totals().differences())
    }

    /// The word that a cut answer ends with; none if nothing was left out.
    pub(super) fn cut(&self, extent: Extent) -> Option<String> {
        let all = self.answer.totals().differences();
        (all > extent.limit)
            .then(|| format!("{} more changes are not shown (--limit {})", all - extent.limit, extent.limit))
    }
}

/// The columns of a table of totals, each with its heading.
pub(super) fn columns(totals: &Totals) -> [(&'static str, u64); 6] {
    [
        ("added", totals.added),
        ("removed", totals.removed),
        ("changed", totals.changed),
        ("renamed", totals.renamed),
        ("reordered", totals.reordered),
        ("unchanged", totals.unchanged),
    ]
}
