//! `mappings_recorded`: every mapping outcome has its decision, every conflict and error its failure.

use super::{Claim, Outcome, facts};
use crate::package::{Dialect, Package, Shape};

pub(super) static CLAIM: Claim = Claim {
    name: "mappings_recorded",
    revision: 1,
    core: false,
    means: "Every outcome in the mapping resolution has exactly its row in the decision log, and every conflict and error its row among the failures; none contradicts \
            itself. In a full package the outcomes were also resolved again from schema and facts, and are the same.",
    derive,
};

fn derive(package: &Package) -> Outcome {
    match (package.dialect, &package.mapping) {
        (Dialect::FactGraph, _) if !package.has_ledgers() => Outcome::Not("NC_NO_LEDGERS"),
        (Dialect::FactGraph, Some(mapping)) if mapping.resolved + mapping.conflicts + mapping.errors == 0 => {
            Outcome::Not("NC_NO_MAPPINGS")
        }
        (Dialect::FactGraph, Some(mapping)) => {
            let (resolved, conflicts, errors) = (mapping.resolved, mapping.conflicts, mapping.errors);
            let again = package.shape == Shape::Full;
            let how = if again { "resolved again from schema and facts" } else { "as recorded" };
            let text = format!("{resolved} predicates resolved, {conflicts} in conflict, {errors} in error; {how}");
            let events = mapping.events.len();
            Outcome::Stands(
                text,
                facts([
                    ("conflicts", conflicts.into()),
                    ("errors", errors.into()),
                    ("outcomes", events.into()),
                    ("resolved_again", again.into()),
                    ("resolved", resolved.into()),
                ]),
            )
        }
        _ => Outcome::Not("NC_NOT_JUDGED"),
    }
}
