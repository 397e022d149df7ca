//! What no package can show by itself: never claimed, and always said.

use super::{Claim, Outcome};

/// The reasons of this file; they stand under every verdict.
pub(super) const REASONS: [&str; 6] =
    ["NC_NO_SIGNATURE", "NC_NOT_OBSERVED", "NC_NOT_COMPLETE", "NC_NOT_IN_FORMAT", "NC_NOT_RERUN", "NC_NOT_DERIVED"];

pub(super) static AUTHENTICITY: Claim = Claim {
    name: "authenticity",
    revision: 1,
    core: true,
    means: "Who wrote the package.",
    derive: |_| Outcome::Not("NC_NO_SIGNATURE"),
};

pub(super) static TRUTH: Claim = Claim {
    name: "truth_of_facts",
    revision: 1,
    core: false,
    means: "That the facts are true.",
    derive: |_| Outcome::Not("NC_NOT_OBSERVED"),
};

pub(super) static EVIDENCE: Claim = Claim {
    name: "completeness_of_evidence",
    revision: 1,
    core: false,
    means: "That everything on which candidates were accepted is in the package.",
    derive: |_| Outcome::Not("NC_NOT_COMPLETE"),
};

pub(super) static REPRODUCIBILITY: Claim = Claim {
    name: "reproducibility",
    revision: 1,
    core: false,
    means: "That a repeated run would end the same way.",
    derive: |_| Outcome::Not("NC_NOT_RERUN"),
};

pub(super) static VOLATILE: Claim = Claim {
    name: "volatile_fields",
    revision: 1,
    core: true,
    means: "That what the moment of the export alone decided is as it was: clocks, and names that nothing else in the package repeats.",
    derive: |_| Outcome::Not("NC_NOT_DERIVED"),
};
