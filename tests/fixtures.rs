//! Good packages are found good; for every rule there is a package that is good but for the fault it asks about.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use batool::assess::{Assessment, assess};
use batool::certificate::rules_digest;
use batool::digest::Digest;
use batool::judge::{Judgement, Options, Verdict};
use batool::rules;
use batool::source::{Limits, open_path};
use support::recipes::{Recipe, fixtures, recipes};

fn judged(path: &Path, limits: Limits) -> Judgement {
    assessed(path, limits).judgement
}

fn assessed(path: &Path, limits: Limits) -> Assessment {
    let mut source = open_path(path, limits).expect("it can be opened");
    assess(&mut *source, &mut (), limits, Options::default()).expect("it can be read")
}

fn told(judgement: &Judgement) -> String {
    let lines = judgement.findings.iter().map(|finding| {
        let places = finding.tally.places().map(|(place, text)| format!("\n      {place}: {text}"));
        format!("\n    {}{}", finding.code, places.collect::<String>())
    });
    lines.collect()
}

#[test]
fn every_good_package_is_verified_and_nothing_more_is_said() {
    let mut seen = 0;
    for entry in fs::read_dir(fixtures().join("packages")).unwrap() {
        let path = entry.unwrap().path();
        let judgement = judged(&path, Limits::default());
        assert_eq!(judgement.verdict, Verdict::Verified, "{}{}", path.display(), told(&judgement));
        // A note was changed after it was first written, and that is said.
        let noted: &[&str] = if path.ends_with("ok-amended") { &["N_ANNOTATION_DIFFERS"] } else { &[] };
        let found: Vec<_> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(found, noted, "{}{}", path.display(), told(&judgement));
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
    let followed = finding.consequences.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
    if !recipe.consequences.is_empty() && recipe.consequences != followed {
        return complain(format!("it is followed by {followed:?} instead of {:?}", recipe.consequences));
    }
    let place = finding.tally.places().next().map(|(place, _)| place.to_string());
    if place.as_deref() != Some(&recipe.place) {
        return complain(format!("found at {place:?} instead of {:?}", recipe.place));
    }
    let rule = rules::PACKAGE.iter().find(|rule| rule.code == recipe.code)?;
    (finding.weight != rule.weight()).then_some(()).and_then(|()| complain("it has the wrong weight".into()))
}

/// `fixtures/certificates.json`: for each digest of the rule table, the digest of every fixture's certificate.
///
/// A change of behaviour must raise a revision, and so the table's digest: then `BATOOL_BLESS=1` adds a column. Bytes that
/// changed under a digest that is there are never blessed.
#[test]
fn equal_rules_give_equal_certificates() {
    type Certificates = BTreeMap<String, BTreeMap<String, String>>;
    let path = fixtures().join("certificates.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|_| "{}".into());
    let mut known: Certificates = serde_json::from_str(&text).unwrap();
    let mut now = BTreeMap::new();
    for entry in fs::read_dir(fixtures().join("packages")).unwrap() {
        let entry = entry.unwrap();
        now.insert(entry.file_name().into_string().unwrap(), certificate(&entry.path(), Limits::default()));
    }
    for recipe in recipes() {
        let (_kept, path) = recipe.cook();
        now.insert(recipe.name.clone(), certificate(&path, recipe.limits()));
    }
    let rules = rules_digest().to_string();
    if !known.contains_key(&rules) && std::env::var_os("BATOOL_BLESS").is_some() {
        known.insert(rules.clone(), now.clone());
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&known).unwrap())).unwrap();
    }
    let before = known.get(&rules).expect("the rules are new: run with BATOOL_BLESS=1");
    for (name, digest) in &now {
        assert_eq!(before.get(name), Some(digest), "the certificate of {name} changed, and no revision rose");
    }
}

fn certificate(path: &Path, limits: Limits) -> String {
    Digest::of(&assessed(path, limits).certificate().to_bytes().unwrap()).token()
}
