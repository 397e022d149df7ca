//! Hooks in hostile surroundings: whatever the environment of `git commit` says, what is about to be committed is judged.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Package, Said, Sandbox, run, text};

/// A work tree with one run and this hook alone.
fn guarded_by(hook: &str) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "x", &Package::documented("x", 1));
    sandbox.batool(&archive, &["hook", "install"]).ends(0);
    for other in ["pre-commit", "pre-merge-commit", "reference-transaction"] {
        if other != hook {
            fs::remove_file(archive.join(".git/hooks").join(other)).expect("it was installed");
        }
    }
    (sandbox, archive)
}

fn commit(sandbox: &Sandbox, at: &Path, env: &[(&str, &str)], args: &[&str]) -> Said {
    let mut git = sandbox.program("git", at, &[&["commit", "-q", "-am", "mine"], args].concat());
    run(git.envs(env.iter().copied()))
}

/// What somebody may set who would like a hook to look elsewhere, or nowhere. `{}` is another archive, of the same branch.
const HOSTILE: &[&[(&str, &str)]] = &[
    &[],
    &[("BATOOL_ARCHIVE", "{}")],
    &[("BATOOL_ARCHIVE", "/nowhere"), ("BATOOL_LOG_KEY", "/nowhere"), ("BATOOL_BLESS", "1")],
    &[("GIT_NAMESPACE", "elsewhere")],
    &[("GIT_PREFIX", "elsewhere/")],
    &[("GIT_CEILING_DIRECTORIES", "/:{}")],
    &[("GIT_REPLACE_REF_BASE", "refs/heads/")],
    &[("GIT_GRAFT_FILE", "{}/HEAD"), ("GIT_NO_REPLACE_OBJECTS", "0")],
    &[("GIT_ALTERNATE_OBJECT_DIRECTORIES", "{}/.git/objects")],
    &[("GIT_OBJECT_DIRECTORY", "{}/.git/objects"), ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "{here}/.git/objects")],
    &[("GIT_CONFIG", "/dev/null")],
    &[("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "batool.branch"), ("GIT_CONFIG_VALUE_0", "elsewhere")],
    &[("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "batool.program"), ("GIT_CONFIG_VALUE_0", "/bin/true")],
    &[("GIT_CONFIG_PARAMETERS", "'batool.program=/bin/true' 'batool.branch=elsewhere'")],
    &[("GIT_CONFIG_GLOBAL", "{config}"), ("GIT_CONFIG_SYSTEM", "{config}"), ("GIT_CONFIG_NOSYSTEM", "0")],
    &[("GIT_DEFAULT_HASH", "sha256"), ("GIT_ATTR_SOURCE", "HEAD~1"), ("GIT_OPTIONAL_LOCKS", "0")],
    &[("HOME", "/nowhere"), ("XDG_CACHE_HOME", "/nowhere"), ("XDG_CONFIG_HOME", "/nowhere"), ("TMPDIR", "{}")],
    &[("GIT_DIR", "{here}/.git")],
    &[("GIT_DIR", ".git"), ("GIT_WORK_TREE", ".")],
    &[("GIT_INDEX_FILE", "{here}/.git/index")],
    &[("GIT_INDEX_FILE", ".git/index"), ("GIT_LITERAL_PATHSPECS", "1")],
];

/// Nothing of it keeps a hook from refusing what it would refuse without.
fn is_refused_everywhere(hook: &str, args: &[&str]) {
    let (sandbox, archive) = guarded_by(hook);
    let other = sandbox.archive("other", false, "sha1");
    sandbox.add(&other, "o", &Package::documented("o", 1));
    let config = sandbox.path("config");
    fs::write(&config, "[batool]\n\tbranch = elsewhere\n\tprogram = /bin/true\n[safe]\n\tdirectory = *\n")
        .expect("there is room");
    let (here, other, config) = (text(&archive), text(&other), text(&config));
    let tip = sandbox.tip(&archive);
    fs::write(archive.join("runs/x/summary.txt"), "fine\n").expect("there is room");
    for hostile in HOSTILE {
        let fill = |value: &str| value.replace("{here}", &here).replace("{config}", &config).replace("{}", &other);
        let filled: Vec<(&str, String)> = hostile.iter().map(|(name, value)| (*name, fill(value))).collect();
        let env: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let said = commit(&sandbox, &archive, &env, args);
        assert_eq!(sandbox.tip(&archive), tip, "{env:?}: {said:?}");
        // With `GIT_CONFIG` git does not say where the program is, and then nothing passes.
        let why =
            if env.first().is_some_and(|(name, _)| *name == "GIT_CONFIG") { "not found" } else { "R_HISTORY_CHANGED" };
        assert!(said.code != Some(0) && said.err.contains(why), "{env:?}: {said:?}");
    }
    sandbox.git(&archive, &["reset", "-q", "--hard"]);
    sandbox.clean(&archive);
    sandbox.clean(Path::new(&other));
}

#[test]
fn pre_commit_looks_at_what_is_committed_whatever_the_environment_says() {
    is_refused_everywhere("pre-commit", &[]);
}

#[test]
fn reference_transaction_looks_at_the_branch_whatever_the_environment_says() {
    is_refused_everywhere("reference-transaction", &["--no-verify"]);
}

#[test]
fn another_index_is_the_one_that_is_judged() {
    let (sandbox, archive) = guarded_by("pre-commit");
    let tip = sandbox.tip(&archive);
    // In git's own index nothing is changed; in the one that is committed a run is gone.
    let index = text(&sandbox.path("aside.index"));
    let git = |args: &[&str]| run(sandbox.program("git", &archive, args).env("GIT_INDEX_FILE", &index));
    git(&["read-tree", "main"]).ends(0);
    git(&["rm", "-rq", "--cached", "runs/x"]).ends(0);
    let said = git(&["commit", "-q", "-m", "mine"]);
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CHANGED runs/x"), "{said:?}");
    assert_eq!(sandbox.tip(&archive), tip);
    // And the other way round: what lies in git's own is none of this commit's business.
    git(&["read-tree", "main"]).ends(0);
    sandbox.git(&archive, &["rm", "-rq", "--cached", "runs/x"]);
    git(&["commit", "-q", "--allow-empty", "-m", "mine"]).ends(0);
}

#[test]
fn from_elsewhere_the_repository_that_git_names_is_judged() {
    let (sandbox, archive) = guarded_by("pre-commit");
    let tip = sandbox.tip(&archive);
    let other = sandbox.archive("other", false, "sha1");
    fs::write(archive.join("runs/x/summary.txt"), "fine\n").expect("there is room");
    let (dir, tree) = (text(&archive.join(".git")), text(&archive));
    for env in [&[("GIT_DIR", dir.as_str()), ("GIT_WORK_TREE", &tree)][..], &[]] {
        let args = if env.is_empty() { vec!["--git-dir", &dir, "--work-tree", &tree] } else { Vec::new() };
        let mut git = sandbox.program("git", &other, &[&args[..], &["commit", "-qam", "mine"]].concat());
        let said = run(git.envs(env.iter().copied()));
        assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CHANGED"), "{env:?}: {said:?}");
        assert_eq!(sandbox.tip(&archive), tip);
    }
}
