//! Good packages are found good; for every rule there is a package that is good but for the fault it asks about.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use batool::judge::{Judgement, Options, Verdict, judge};
use batool::source::{Limits, open_path};
use batool::{package, rules};
use support::{Recipe, fixtures, recipes};

fn judged(path: &Path, limits: Limits) -> Judgement {
    let mut source = open_path(path, limits).expect("it can be opened");
    let package = package::read(&mut *source, &mut (), limits).expect("it can be read");
    judge(&package, Options::default())
}

fn told(judgement: &Judgement) -> String {
    let lines = judgement.findings.iter().map(|finding| {
        let places = finding.tally.places().map(|(place, text)| format!("\n      {place}: {text}"));
        format!("\n    {}{}", finding.code, places.collect::<String>())
    });
    lines.collect()
}

#[test]
fn every_good_package_is_verified_without_a_finding() {
    let mut seen = 0;
    for entry in fs::read_dir(fixtures().join("packages")).unwrap() {
        let path = entry.unwrap().path();
        let judgement = judged(&path, Limits::default());
        assert_eq!(judgement.verdict, Verdict::Verified, "{}{}", path.display(), told(&judgement));
        assert_eq!(judgement.findings, [], "{}", path.display());
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn every_rule_has_a_recipe_and_every_recipe_a_rule() {
    let rules: BTreeSet<&str> = rules::PACKAGE.iter().map(|rule| rule.code).collect();
    let recipes = recipes();
    let recipes: BTreeSet<&str> = recipes.iter().map(|recipe| recipe.code.as_str()).collect();
    assert_eq!(rules.difference(&recipes).collect::<Vec<_>>(), Vec::<&&str>::new(), "rules without a recipe");
    assert_eq!(recipes.difference(&rules).collect::<Vec<_>>(), Vec::<&&str>::new(), "recipes without a rule");
}

#[test]
fn every_fault_is_found_at_its_place_and_nothing_else_is() {
    let wrong: Vec<String> = recipes().iter().filter_map(complaint).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not as the recipe says.
fn complaint(recipe: &Recipe) -> Option<String> {
    let (_kept, path) = recipe.cook();
    let judgement = judged(&path, recipe.limits());
    let complain = |what: String| Some(format!("{} ({}): {what}{}", recipe.code, recipe.why, told(&judgement)));

    let found: BTreeSet<&str> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
    let wanted: BTreeSet<&str> = recipe.also.iter().map(String::as_str).chain([recipe.code.as_str()]).collect();
    if found != wanted {
        return complain(format!("found {found:?} instead of {wanted:?}"));
    }
    if recipe.also.is_empty() != recipe.also_because.is_none() {
        return complain("`also` and `also_because` belong together".into());
    }
    let finding = judgement.findings.iter().find(|finding| finding.code == recipe.code)?;
    let place = finding.tally.places().next().map(|(place, _)| place.to_string());
    if place.as_deref() != Some(&recipe.place) {
        return complain(format!("found at {place:?} instead of {:?}", recipe.place));
    }
    let rule = rules::PACKAGE.iter().find(|rule| rule.code == recipe.code)?;
    (finding.weight != rule.weight()).then_some(()).and_then(|()| complain("it has the wrong weight".into()))
}
