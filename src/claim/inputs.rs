//! `inputs_pinned`: which schema, policy, rules and facts the package stands on.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package};

pub(super) static CLAIM: Claim = Claim {
    name: "inputs_pinned",
    revision: 2,
    core: false,
    means: "The schema, policy, rules and facts in the package have the digests that the manifest states; these are they.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    if package.documented().is_some() {
        return Outcome::Not("NC_NOTHING_BOUND");
    }
    let Some(manifest) = package.manifest.as_ref().filter(|_| package.dialect == Dialect::FactGraph) else {
        return Outcome::Not("NC_NOT_JUDGED");
    };
    if !package.has_inputs() {
        return Outcome::Not("NC_NO_INPUTS");
    }
    let digest = |name: &str| manifest.digests.get(name).cloned().unwrap_or_default();
    let short = |name: &str| digest(name).chars().take("sha256:".len() + 12).collect::<String>();
    let text = format!(
        "schema {}, policy {}, rules {}, facts {}",
        short("schema_digest"),
        short("policy_digest"),
        short("rules_digest"),
        short("edb_digest"),
    );
    Outcome::Stands(
        text,
        facts([
            ("facts_digest", digest("edb_digest").into()),
            ("policy_digest", digest("policy_digest").into()),
            ("rules_digest", digest("rules_digest").into()),
            ("schema_digest", digest("schema_digest").into()),
        ]),
    )
}
