//! Every reason why something is not claimed of a package is shown by one; `tests/events` does so for logs.
//!
//! `fixtures/non_claims.txt` lists, for each claim and reason, the first input that shows them; `BATOOL_BLESS=1` writes it.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use batool::assess::assess;
use batool::claim;
use batool::digest::Digest;
use batool::judge::{Options, Verdict};
use batool::source::{Limits, open_path};
use serde_json::Value;

mod support;
use support::copy;
use support::recipes::{fixtures, recipes};

type Shown = BTreeMap<(String, String), String>;

/// Notes which claims the input does not make, and why.
fn look(path: &Path, limits: Limits, name: &str, shown: &mut Shown) -> Verdict {
    let mut source = open_path(path, limits).unwrap();
    let judgement = assess(&mut *source, &mut (), limits, Options::default()).unwrap().judgement;
    for non_claim in judgement.non_claims {
        for reason in non_claim.reasons.into_iter().filter(|reason| reason.starts_with("NC_")) {
            shown.entry((non_claim.name.to_owned(), reason)).or_insert_with(|| name.to_owned());
        }
    }
    judgement.verdict
}

/// Good packages that hold less than those among the fixtures.
fn bare(shown: &mut Shown) {
    let place = tempfile::tempdir().unwrap();
    let made = |base: &str, name: &str, edit: &dyn Fn(&Path, &mut Value)| {
        let root = place.path().join(name);
        copy(&fixtures().join("packages").join(base), &root);
        let manifest = root.join("manifest.json");
        let mut stated = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        edit(&root, &mut stated);
        fs::write(&manifest, serde_json::to_vec(&stated).unwrap()).unwrap();
        root
    };
    let unversioned = made("ok-documented", "documented without a schema version", &|_, manifest| {
        manifest.as_object_mut().unwrap().remove("schema_version");
    });
    let bare = made("ok-documented", "documented without evidence", &|root, manifest| {
        fs::remove_dir_all(root.join("audit/evidence_graphs")).unwrap();
        manifest["paths"].as_object_mut().unwrap().remove("evidence_graphs");
    });
    let empty = made("ok-full", "full without claims", &|root, manifest| {
        let mut tables = Vec::new();
        for entry in fs::read_dir(root.join("facts")).unwrap() {
            fs::write(entry.unwrap().path(), "").unwrap();
        }
        for name in [
            "claim",
            "claim_arg",
            "claim_seq",
            "meta_bool",
            "meta_float",
            "meta_int",
            "meta_str",
            "meta_time",
            "revokes",
        ] {
            tables.extend(format!("facts/{name}.facts\0").bytes());
        }
        manifest["digests"]["edb_digest"] = Digest::of(&tables).token().into();
        manifest["run_id"] = Value::Null;
        for (name, path) in manifest["paths"]["audit_files"].clone().as_object().unwrap() {
            let file = root.join(path.as_str().unwrap());
            match name.as_str() {
                "mapping_resolution" => {}
                "assertion_annotations" => {
                    fs::remove_file(file).unwrap();
                    manifest["paths"]["audit_files"].as_object_mut().unwrap().remove(name);
                }
                _ => fs::write(file, "").unwrap(),
            }
        }
    });
    for path in [unversioned, bare, empty] {
        assert_eq!(
            look(&path, Limits::default(), path.file_name().unwrap().to_str().unwrap(), shown),
            Verdict::Verified
        );
    }
}

/// The reasons that claims about packages give, as the source has them.
fn reasons() -> BTreeSet<&'static str> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/claim")).unwrap();
    let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file() && !path.ends_with("mod.rs"));
    let text: String = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let codes = claim::REASONS.iter().map(|reason| reason.code);
    codes.filter(|code| text.contains(&format!("\"{code}\"")) || *code == "NC_REJECTED").collect()
}

#[test]
fn every_reason_is_shown() {
    let mut shown = Shown::new();
    let packages = fs::read_dir(fixtures().join("packages")).unwrap().map(|entry| entry.unwrap().path());
    let packages: BTreeSet<PathBuf> = packages.collect();
    for path in packages {
        look(&path, Limits::default(), path.file_name().unwrap().to_str().unwrap(), &mut shown);
    }
    for recipe in recipes() {
        let (_kept, path) = recipe.cook();
        look(&path, recipe.limits(), &recipe.name, &mut shown);
    }
    bare(&mut shown);
    let mut table = String::new();
    for ((claim, reason), name) in &shown {
        writeln!(table, "{claim} {reason} {name}").unwrap();
    }
    let path = fixtures().join("non_claims.txt");
    if std::env::var_os("BATOOL_BLESS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let reached: BTreeSet<&str> = shown.keys().map(|(_, reason)| reason.as_str()).collect();
    let reasons = reasons();
    assert_eq!(reasons.difference(&reached).collect::<Vec<_>>(), Vec::<&&str>::new(), "reasons that nothing shows");
    assert_eq!(reached.difference(&reasons).collect::<Vec<_>>(), Vec::<&&str>::new(), "reasons without a page");
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), table, "run with BATOOL_BLESS=1 and read what changed");
}
