//! What is published stays, and what is not is not taken for it: tags that come alone, remotes that went back or that
//! somebody else wrote to, links in the branch's place.

use std::fs;
use std::path::Path;

use crate::hooks::{clone, served};
use crate::support::{Package, Said, Sandbox, run, text};

fn git(sandbox: &Sandbox, at: &Path, args: &[&str]) -> Said {
    run(&mut sandbox.program("git", at, args))
}

/// Commits, past all guards, the loss of a run and something in the place of a baseline; gives the commit.
fn lose(sandbox: &Sandbox, at: &Path, run: &str, baseline: &str) -> String {
    sandbox.git(at, &["checkout", "-q", "--detach"]);
    sandbox.git(at, &["rm", "-rq", &format!("runs/{run}")]);
    fs::create_dir_all(at.join("baselines")).expect("there is room");
    fs::write(at.join(format!("baselines/{baseline}.json")), "{\"evil\":1}\n").expect("there is room");
    sandbox.git(at, &["add", "baselines"]);
    sandbox.git(at, &["-c", "core.hooksPath=/dev/null", "commit", "-qm", "nothing to see"]);
    let tag = format!("baseline/{baseline}");
    sandbox.git(at, &["-c", "core.hooksPath=/dev/null", "tag", "-am", "x", &tag]);
    sandbox.git(at, &["rev-parse", "HEAD"])
}

#[test]
fn a_tag_that_comes_alone_brings_no_commits() {
    let (sandbox, server, ann) = served("sha1");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    lose(&sandbox, &ann, "r1", "v9");
    let said = git(&sandbox, &ann, &["push", "-q", "origin", "baseline/v9"]);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("R_BASELINE_TAG"), "{said:?}");
    assert_eq!(sandbox.git(&server, &["tag", "-l"]), "");
    // A host that has `update` only is asked for each reference by itself, and judges what the tag would bring.
    fs::rename(server.join("hooks/pre-receive"), server.join("hooks/update")).expect("it is installed");
    let said = git(&sandbox, &ann, &["push", "-q", "origin", "baseline/v9"]);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert_eq!(sandbox.git(&server, &["tag", "-l"]), "");
}

#[test]
fn tags_go_with_the_commit_that_they_name() {
    let (sandbox, server, ann) = served("sha1");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    sandbox.policy(&ann, "strict = false", "strict = true");
    sandbox.batool(&ann, &["baseline", "create", "v1", "r1"]).ends(0);
    // The server takes no change of the policy, so neither that nor what stands on it.
    assert_ne!(sandbox.batool(&ann, &["archive", "push"]).code, Some(0));
    assert_eq!(sandbox.git(&server, &["tag", "-l"]), "");
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    assert_eq!(sandbox.git(&server, &["tag", "-l"]), "baseline/v1");
}

#[test]
fn what_a_refused_pull_saw_is_not_believed() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    let good = sandbox.tip(&server);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    fs::remove_dir_all(server.join("hooks")).expect("there are some");
    let evil = lose(&sandbox, &bob, "r1", "v1");
    sandbox.git(&bob, &["push", "-q", "origin", &format!("{evil}:refs/heads/main"), "baseline/v1"]);
    sandbox.batool(&ann, &["archive", "pull"]).ends(74);
    assert_eq!(sandbox.git(&ann, &["rev-parse", "origin/main"]), good);
    assert_eq!(sandbox.git(&ann, &["tag", "-l"]), "");
    // Once the remote is mended all goes on.
    sandbox.git(&server, &["update-ref", "refs/heads/main", &good]);
    sandbox.git(&server, &["update-ref", "-d", "refs/tags/baseline/v1"]);
    sandbox.batool(&ann, &["archive", "pull"]).ends(0);
    sandbox.batool(&ann, &["baseline", "create", "v1", "r1"]).ends(0);
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    assert_eq!(sandbox.git(&server, &["tag", "-l"]), "baseline/v1");
}

#[test]
fn a_remote_that_lost_what_it_took_is_told() {
    let (sandbox, server, ann) = served("sha1");
    for name in ["r1", "r2"] {
        sandbox.add(&ann, name, &Package::documented(name, 1));
        sandbox.batool(&ann, &["archive", "push"]).ends(0);
    }
    sandbox.git(&server, &["update-ref", "refs/heads/main", "main~1"]);
    sandbox.git(&ann, &["fetch", "-q"]);
    sandbox.batool(&ann, &["archive", "verify"]).ends(2).says(&["R_CHECKPOINT", "origin"]);
    sandbox.git(&server, &["update-ref", "-d", "refs/heads/main"]);
    sandbox.git(&ann, &["fetch", "-q", "--prune"]);
    sandbox.batool(&ann, &["archive", "verify"]).ends(2).says(&["R_CHECKPOINT", "no refs/heads/main any more"]);
    let said = sandbox.batool(&ann, &["archive", "pull"]).ends(74);
    assert!(said.err.contains("error: cannot use what origin has"), "{said:?}");
    assert_eq!(sandbox.git(&server, &["for-each-ref"]), "");
}

#[test]
fn another_branch_of_a_remote_is_not_the_archives() {
    let (sandbox, server, ann) = served("sha1");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    for tip in ["main", "main~1"] {
        sandbox.git(&server, &["update-ref", "refs/heads/x/main", tip]);
        sandbox.git(&ann, &["fetch", "-q"]);
        sandbox.batool(&ann, &["archive", "verify"]).ends(0);
    }
    assert!(sandbox.git(&ann, &["for-each-ref"]).contains("refs/remotes/origin/x/main"));
}

#[test]
fn the_branch_is_never_a_link() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    sandbox.add(&archive, "r1", &Package::documented("r1", 1));
    sandbox.batool(&archive, &["hook", "install"]).ends(0);
    sandbox.git(&archive, &["branch", "evil", "main~1"]);
    let said = git(&sandbox, &archive, &["symbolic-ref", "refs/heads/main", "refs/heads/evil"]);
    assert_ne!(said.code, Some(0), "{said:?}");
    sandbox.git(&archive, &["switch", "-q", "-c", "mine"]);
    sandbox.git(&archive, &["switch", "-q", "main"]);
    sandbox.clean(&archive);
}

#[test]
fn a_pending_baseline_can_be_taken_back_and_made_again() {
    let (sandbox, server, ann) = served("sha1");
    let bob = clone(&sandbox, &server, "bob");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    sandbox.batool(&bob, &["hook", "install"]).ends(0);
    sandbox.batool(&bob, &["baseline", "create", "v1", "r1"]).ends(0);
    sandbox.add(&ann, "r2", &Package::documented("r2", 1));
    sandbox.batool(&ann, &["archive", "push"]).ends(0);
    sandbox.git(&bob, &["tag", "-d", "baseline/v1"]);
    sandbox.git(&bob, &["reset", "-q", "--keep", "HEAD~1"]);
    sandbox.batool(&bob, &["archive", "pull"]).ends(0);
    sandbox.batool(&bob, &["baseline", "create", "v1", "r1"]).ends(0);
    sandbox.batool(&bob, &["archive", "push"]).ends(0);
    // What is published is not taken back.
    assert_ne!(git(&sandbox, &bob, &["tag", "-d", "baseline/v1"]).code, Some(0));
    assert_ne!(git(&sandbox, &bob, &["reset", "-q", "--keep", "HEAD~1"]).code, Some(0));
}

#[test]
fn a_commit_of_many_faults_is_refused_without_telling_all() {
    let (sandbox, _, ann) = served("sha1");
    sandbox.add(&ann, "r1", &Package::documented("r1", 1));
    let message = sandbox.path("message");
    fs::write(&message, format!("x\n\n{}", "Batool-a:\n".repeat(100_000))).expect("there is room");
    sandbox.git(
        &ann,
        &["-c", "core.hooksPath=/dev/null", "commit", "-q", "--amend", "--cleanup=verbatim", "-F", &text(&message)],
    );
    let said = git(&sandbox, &ann, &["push", "-q", "origin", "main"]);
    assert_ne!(said.code, Some(0), "{said:?}");
    assert!(said.err.contains("R_TRAILER") && said.err.lines().count() < 200, "{} lines", said.err.lines().count());
}
