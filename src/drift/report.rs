//! All runs of a baseline, each with what drifted.

use super::codes::UNPAIRED;
use crate::finding::{Finding, Place, Tally, Weight};
use crate::verdict::Verdict;

/// What a check of a baseline came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// The baseline.
    pub baseline: String,
    /// Its runs by name; then sources that belong to none.
    pub runs: Vec<Held>,
}

/// One run and what was held against it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The baseline's run.
    pub run: Option<String>,
    /// What a user called the source.
    pub source: Option<String>,
    /// What was found, by code.
    pub findings: Vec<Finding>,
}

/// Gives a report as text of some form.
pub type Form = fn(&Report) -> String;

impl Report {
    /// The worst of all runs.
    pub fn verdict(&self) -> Verdict {
        self.runs.iter().map(Held::verdict).max().unwrap_or(Verdict::Verified)
    }
}

impl Held {
    /// A run or a source without a counterpart.
    pub fn unpaired(run: Option<String>, source: Option<String>) -> Self {
        let mut tally = Tally::default();
        let text = if run.is_some() { "no source is of this name" } else { "no run of the baseline is of this name" };
        tally.add(Place::file(run.as_deref().or(source.as_deref()).unwrap_or_default()), || text.to_owned());
        Self { run, source, findings: vec![Finding::new(UNPAIRED, tally)] }
    }

    /// VERIFIED without drift, UNDECIDABLE if nobody can tell, else REJECT.
    pub fn verdict(&self) -> Verdict {
        match self.findings.iter().map(|finding| finding.weight).max() {
            Some(Weight::Violation) => Verdict::Reject,
            Some(Weight::Gap) => Verdict::Undecidable,
            _ => Verdict::Verified,
        }
    }

    /// The run's name, or the source's where it belongs to none.
    pub fn name(&self) -> &str {
        self.run.as_deref().or(self.source.as_deref()).unwrap_or_default()
    }
}
