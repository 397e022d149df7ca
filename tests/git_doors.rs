//! The doors into git: the same package as a tree and as staged.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use batool::git::Repo;
use batool::source::{FaultKind, IndexSource, Limits, PackageSource, TreeSource};

fn git(at: &Path, args: &[&str]) {
    let mut git = Command::new("git");
    git.arg("-C").arg(at).args(args).env_clear().env("PATH", std::env::var_os("PATH").expect("there is one"));
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", at);
    for role in ["AUTHOR", "COMMITTER"] {
        git.env(format!("GIT_{role}_NAME"), "a").env(format!("GIT_{role}_EMAIL"), "a@example.com");
    }
    assert!(git.status().expect("git runs").success(), "git {args:?}");
}

fn everything(source: &mut dyn PackageSource) -> BTreeMap<String, Vec<u8>> {
    let paths = source.listing().files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    paths
        .into_iter()
        .map(|path| {
            let mut bytes = Vec::new();
            source.open(&path).expect("opened").read_to_end(&mut bytes).expect("read");
            (path, bytes)
        })
        .collect()
}

#[test]
fn a_tree_and_the_index_show_the_same_package() {
    let place = tempfile::tempdir().expect("a directory");
    let at = place.path();
    git(at, &["init", "-q"]);
    fs::create_dir_all(at.join("runs/x/package/audit")).expect("made");
    for (path, text) in [("manifest.json", "{}"), ("audit/run_ledger.jsonl", "{\"a\":1}\n"), ("tool.sh", "#!/bin/sh\n")]
    {
        fs::write(at.join("runs/x/package").join(path), text).expect("written");
    }
    fs::write(at.join("runs/x/summary.txt"), "beside it").expect("written");
    git(at, &["add", "."]);
    git(at, &["update-index", "--chmod=+x", "runs/x/package/tool.sh"]);
    git(at, &["commit", "-qm", "one"]);
    let repo = Repo::open(at).expect("opened");
    let tree = repo.resolve("HEAD:runs/x/package").expect("found");
    let mut tree = TreeSource::new(&repo, tree, "HEAD:runs/x/package".into(), Limits::default()).expect("listed");
    let mut index = IndexSource::new(&repo, "runs/x/package", Limits::default()).expect("listed");
    assert_eq!(tree.listing(), index.listing());
    assert_eq!(tree.listing().faults, []);
    assert_eq!(index.describe(), "index:runs/x/package");
    let all = everything(&mut tree);
    assert_eq!(all, everything(&mut index));
    assert_eq!(all["manifest.json"], b"{}");
    assert_eq!(all.len(), 3);
    assert!(tree.open("summary.txt").is_err());

    // What is staged counts, not what lies in the work tree; and links are faults.
    fs::write(at.join("runs/x/package/manifest.json"), "changed").expect("written");
    std::os::unix::fs::symlink("tool.sh", at.join("runs/x/package/link")).expect("made");
    git(at, &["add", "runs/x/package/link"]);
    let repo = Repo::open(at).expect("opened");
    let mut index = IndexSource::new(&repo, "runs/x/package/", Limits::default()).expect("listed");
    assert_eq!(everything(&mut index), all);
    let faults = index.listing().faults.iter().map(|fault| (fault.kind, fault.path.as_str())).collect::<Vec<_>>();
    assert_eq!(faults, [(FaultKind::Kind, "link")]);
}
