//! R_VIEW_RULES: the view rules are not those that the schema generates.

use super::policy_mode::mode_thing;
use super::{Page, Report, Rule, schema_thing};
use crate::finding::Place;
use crate::package::Package;
use crate::package::view::PATH;

pub(super) static RULE: Rule<Package> = Rule {
    code: "R_VIEW_RULES",
    revision: 1,
    invariants: "D17",
    promoted: false,
    page: Page {
        title: "the view rules are not those that the schema generates",
        means: "`rules/view.dl` tells an engine how to read claims as relations. It is generated from the schema and the policy mode, byte for byte; generated again, another text comes out.",
        matters: "An engine that runs these rules sees other facts than the schema says, such as a value that was replaced long ago.",
        innocent: "Never from the producer of this version.",
        next: "Ask the producer for the package again, byte for byte as it was exported, and verify that.",
    },
    check,
};

fn check(package: &Package, out: &mut Report<'_>) {
    let (Some(manifest), Some(view)) = (package.factgraph(), &package.view) else { return };
    let is_readable = package.schema.as_ref().is_some_and(|schema| schema.predicates.is_some());
    let Some(plain) = view.plain.as_ref().filter(|_| is_readable) else { return };
    let has_query = manifest.outputs_map.iter().any(|(name, _)| name == "__query__");
    let differs = match &view.witnessed {
        None if has_query => return,
        Some(witnessed) if has_query && witnessed.line > plain.line => witnessed,
        _ => plain,
    };
    let text = |line: &Option<String>| line.as_ref().map_or_else(|| "the end".to_owned(), |line| format!("{line:?}"));
    out.about(&[schema_thing(), mode_thing()], &[]).at(Place::row(PATH, differs.line), || {
        format!("is {} and should be {}", text(&differs.seen), text(&differs.expected))
    });
}
