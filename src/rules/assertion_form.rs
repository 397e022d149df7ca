//! N_ASSERTION_FORM: a claim whose id is not of the usual form.

use super::{Page, Report, Rule};
use crate::facts::FactFault;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "N_ASSERTION_FORM",
    revision: 1,
    invariants: "F1",
    promoted: false,
    page: Page {
        title: "a claim whose id is not of the usual form",
        means: "The producer makes ids of 32 hex digits, with or without `asrt:` before them; this one was chosen by a caller.",
        matters: "Usually nothing: callers may choose ids.",
        innocent: "A system that names its assertions itself.",
        next: "Nothing, if that system is known to do so.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    if let Some(found) = package.facts.found(FactFault::AssertionForm) {
        out.tally(found);
    }
}
