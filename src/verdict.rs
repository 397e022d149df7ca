//! Words about answers: the three verdicts, and the options under which one is reached.

use serde::{Deserialize, Serialize};

/// The answer, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// No violation, no gap, and at least one claim.
    Verified,
    /// Something needed for an answer is missing or ambiguous.
    Undecidable,
    /// The input is wrong.
    Reject,
}

impl Verdict {
    /// The word that certificates and summaries use.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Verified => "VERIFIED",
            Verdict::Undecidable => "UNDECIDABLE",
            Verdict::Reject => "REJECT",
        }
    }

    /// The verdict that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Verdict::Verified, Verdict::Undecidable, Verdict::Reject].into_iter().find(|verdict| verdict.word() == word)
    }
}

/// How many claims are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Integrity and what the manifest binds.
    Core,
    /// All claims.
    Full,
}

impl Profile {
    /// The word that options and certificates use.
    pub fn word(self) -> &'static str {
        match self {
            Profile::Core => "core",
            Profile::Full => "full",
        }
    }
}

/// How to judge; part of every certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Options {
    /// Turns certain gaps into violations.
    pub strict: bool,
    /// How many claims are made.
    pub profile: Profile,
}

impl Default for Options {
    fn default() -> Self {
        Self { strict: false, profile: Profile::Full }
    }
}
