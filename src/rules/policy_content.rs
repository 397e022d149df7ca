//! R_POLICY_CONTENT: the policy is not the one that the format fixes.

use super::policy_mode::mode_thing;
use super::{Page, Report, Rule, schema_thing, thing};
use crate::finding::Place;
use crate::package::Package;
use crate::package::documents::fixed_policy;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_POLICY_CONTENT",
    revision: 1,
    invariants: "D2",
    promoted: false,
    page: Page {
        title: "the policy is not the one that the format fixes",
        means: "`policy/policy_ir.json` is a constant of the format, but for the mode and the protocol versions.",
        matters: "Another policy would choose other facts; the producer has no other.",
        innocent: "Never from the producer.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

const POLICY: &str = "policy/policy_ir.json";

fn check(package: &Package, out: &mut Report<'_>) {
    let (Some(manifest), Some(schema), Some(policy)) = (package.factgraph(), &package.schema, &package.policy) else {
        return;
    };
    let Some(mode) = manifest.policy_mode.as_deref().filter(|mode| matches!(*mode, "edb" | "idb")) else { return };
    if schema.digest.is_some() && *policy != fixed_policy(mode, &schema.protocol_version) {
        let about =
            [thing(POLICY, 0, ""), mode_thing(), schema_thing(), thing("manifest.json", 0, "/protocol_version")];
        out.about(&about, &[]).at(Place::file(POLICY), || format!("is not the fixed policy for mode {mode:?}"));
    }
}
