//! R_ANNOTATION_VALUE: an annotation whose value does not fit its kind.

use super::{Page, Rule};
use crate::ledger::flaws::Flaw;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_ANNOTATION_VALUE",
    revision: 1,
    invariants: "O6",
    promoted: false,
    page: Page {
        title: "an annotation whose value does not fit its kind",
        means: "The value of an annotation is not of the type that its `kind` states.",
        matters: "Readers that go by the kind stumble over it or see another value.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check: |package, out| out.flaws(package, Flaw::AnnotationValue),
};
