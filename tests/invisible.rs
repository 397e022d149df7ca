//! What no rule and no digest in a package judges: each of these edits leaves it VERIFIED, with nothing said.
//!
//! And what rules do judge: every re-derivation is shown by an edit that is consistent but for what its rule looks at.
//! `docs/threat-model.md` has both tables; `BATOOL_BLESS=1` writes them, a plain run compares.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use batool::assess::assess;
use batool::judge::{Judgement, Options, Verdict};
use batool::rules;
use batool::source::open_path;

mod support;
use support::recipes::{Recipe, recipes, recipes_in};

fn judged(recipe: &Recipe) -> Judgement {
    let (_kept, path) = recipe.cook();
    let mut source = open_path(&path, recipe.limits()).unwrap();
    assess(&mut *source, &mut (), recipe.limits(), Options::default()).unwrap().judgement
}

#[test]
fn what_nothing_judges_is_listed_and_stays_verified() {
    let mut table = String::from("| where | what | base |\n|---|---|---|\n");
    let mut wrong = Vec::new();
    for recipe in recipes_in("invisible") {
        let judgement = judged(&recipe);
        let found: Vec<_> = judgement.findings.iter().map(|finding| (finding.code.as_str(), finding.text())).collect();
        if judgement.verdict != Verdict::Verified || !found.is_empty() {
            wrong.push(format!("{}: {:?} {found:?}", recipe.name, judgement.verdict));
        }
        writeln!(table, "| `{}` | {} | `{}` |", recipe.place, recipe.why, recipe.base).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare("invisible", &table);
}

/// The invariants that are derived again, and those about facts, as the format's description numbers them.
const DERIVED: &[&str] = &[
    "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D15", "D16", "D17", "D18", "F2", "F3", "F4", "F5", "F6", "F7",
    "L1", "X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8", "X9", "X10", "X11", "X12", "X13", "X14", "O1", "O2", "O3",
    "O5", "O6", "O7",
];

#[test]
fn every_invariant_that_is_derived_again_has_an_attack_that_only_its_rule_notices() {
    let all = recipes();
    let mut attacks = BTreeMap::new();
    for rule in rules::PACKAGE.iter().filter(|rule| !rule.code.starts_with("U_")) {
        let invariants: Vec<&str> = rule.invariants.split([' ', ',']).filter(|name| !name.is_empty()).collect();
        // The recipe's own test holds that nothing else is found.
        for recipe in all
            .iter()
            .filter(|recipe| recipe.code == rule.code && recipe.also.iter().all(|also| also.starts_with("N_")))
        {
            for name in &invariants {
                let is_elsewhere = recipe.shows.as_deref() != Some(*name);
                let is_note = rule.code.starts_with("N_");
                let rank = (is_elsewhere, is_note, invariants.len(), !recipe.consequences.is_empty(), &recipe.name);
                let best = attacks.entry(*name).or_insert((rank, rule.code, &recipe.why));
                if rank < best.0 {
                    *best = (rank, rule.code, &recipe.why);
                }
            }
        }
    }
    let mut table = String::from("| invariant | attack | noticed by |\n|---|---|---|\n");
    let mut missing = Vec::new();
    for invariant in DERIVED {
        match attacks.get(invariant) {
            Some((_, code, why)) => writeln!(table, "| {invariant} | {why} | `{code}` |").unwrap(),
            None => missing.push(*invariant),
        }
    }
    assert_eq!(missing, [""; 0], "without an attack");
    compare("invariants", &table);
}

/// Compares a table with the one that stands between its marks, or writes it.
fn compare(name: &str, table: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
    let (begin, end) = (format!("<!-- {name}: written by tests/invisible.rs -->\n"), format!("<!-- {name}: end -->"));
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(&begin).expect("the page has the place");
    let (there, after) = rest.split_once(&end).expect("the page has the place");
    if std::env::var_os("BATOOL_BLESS").is_some() {
        fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(there, table, "docs/threat-model.md is not up to date; run with BATOOL_BLESS=1");
}
