//! R_STATED_DIGEST: a stated digest that is not that of its input.

use super::{Page, Report, Rule};
use crate::digest::Digest;
use crate::finding::Place;
use crate::package::Package;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_STATED_DIGEST",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a stated digest that is not that of its input",
        means: "A documented package states a digest in a form of factgraph's, all that it covers is in the package, and it is not the digest of that: of a support artifact, a candidate's key or id, a mapping key, the schema, policy, rules or outputs.",
        matters: "The input was edited after the digest was stated, or the digest.",
        innocent: "A writer that computes digests in another way under the same names.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let Some(books) = package.documented() else { return };
    out.tally(&books.wrong_digests);
    let Some(manifest) = &package.manifest else { return };
    let file = |path: &str| package.files.iter().find(|file| file.path == path).map(|file| file.digest);
    let rules = ["rules/idb.dl", "rules/view.dl"].iter().all(|path| package.has_file(path));
    let has_outputs =
        package.files.iter().any(|file| file.path.starts_with("outputs/") && file.path.ends_with(".out.facts"));
    let stated = |name: &str| manifest.stated_digests.get(name);
    let digests = [
        ("manifest.json", "/schema_digest", stated("schema_digest"), books.schema_digest),
        ("manifest.json", "/policy_digest", stated("policy_digest"), file("policy/policy_ir.json")),
        ("manifest.json", "/rules_digest", stated("rules_digest"), rules.then_some(package.rules_digest)),
        (
            "outputs/run_manifest.json",
            "/digests/outputs_digest",
            books.outputs_digest.as_ref(),
            has_outputs.then_some(package.outputs_digest),
        ),
    ];
    for (file, pointer, stated, actual) in digests {
        let (Some(stated), Some(actual)) = (stated, actual) else { continue };
        if Digest::is_token(stated.as_bytes()) && *stated != actual.token() {
            out.value(Place::member(file, pointer), || "is not the digest of what it covers".into());
        }
    }
}
