//! An answer and the sides it is about, ready to be told in any form.

use std::io::Write;

use super::answer::{Answer, Change, Ledger, Totals};
use super::review::{Topic, review};
use super::standing::{self, Standing};
use crate::error::{Doing as _, Result};

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

/// Tells a report in some form.
pub type Form = fn(&Report, Extent, &mut dyn Write) -> Result<()>;

impl Report {
    /// True if neither records nor verdicts differ. How long things took is no difference.
    pub fn is_same(&self) -> bool {
        self.answer.is_same() && self.standing_topics().is_empty()
    }

    /// Keeps these kinds of records only, and the topics that follow from them.
    ///
    /// # Errors
    /// When a temporary file cannot be read.
    pub fn keep(&mut self, ledgers: &[String]) -> Result<()> {
        self.answer.ledgers.retain(|ledger| ledgers.iter().any(|name| name == ledger.name));
        self.answer.review = review(&self.answer.ledgers)?;
        Ok(())
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

    /// Gives the changes that are shown, each with its ledger.
    pub(super) fn shown(&self, extent: Extent, mut each: impl FnMut(&Ledger, &Change) -> Result<()>) -> Result<()> {
        let mut left = extent.limit;
        for ledger in &self.answer.ledgers {
            for change in ledger.changes.read()?.take(usize::try_from(left).unwrap_or(usize::MAX)) {
                each(ledger, &change?)?;
            }
            left = left.saturating_sub(ledger.changes.len());
        }
        Ok(())
    }

    /// The word that a cut answer ends with; none if nothing was left out.
    pub(super) fn cut(&self, extent: Extent) -> Option<String> {
        let all = self.answer.totals().differences();
        (all > extent.limit)
            .then(|| format!("{} more changes are not shown (--limit {})", all - extent.limit, extent.limit))
    }
}

/// Writes a part of an answer.
pub(super) fn tell(out: &mut dyn Write, text: &str) -> Result<()> {
    out.write_all(text.as_bytes()).doing(|| "cannot write an answer".into())
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
