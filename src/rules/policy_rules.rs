//! R_POLICY_RULES: policy_rules.dl is not the text that the format fixes.

use super::policy_mode::mode_thing;
use super::{Page, Report, Rule};
use crate::finding::Place;
use crate::package::Package;
use crate::package::documents::fixed_policy_rules;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_POLICY_RULES",
    revision: 1,
    invariants: "D4",
    promoted: false,
    page: Page {
        title: "policy_rules.dl is not the text that the format fixes",
        means: "`policy/policy_rules.dl` is empty in mode `edb` and two fixed lines in mode `idb`. No digest covers it.",
        matters: "An engine runs these rules; other ones would derive other facts.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let (Some(manifest), Some(rules)) = (package.factgraph(), &package.policy_rules) else { return };
    let Some(mode) = manifest.policy_mode.as_deref() else { return };
    if rules != fixed_policy_rules(mode).as_bytes() {
        out.about(&[mode_thing()], &[])
            .at(Place::file("policy/policy_rules.dl"), || format!("is not the fixed text for mode {mode:?}"));
    }
}
