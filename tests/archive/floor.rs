//! The server's floor, with real pushes: no member of a policy can be lowered in one push and profited from in the next.

use std::fs;

use crate::hooks::{clone, push, refused, served};
use crate::support::{Package, Sandbox, run, text};

/// A policy file in the sandbox.
pub(crate) fn policy(sandbox: &Sandbox, members: &str) -> String {
    let path = sandbox.path("policy.toml");
    fs::write(&path, format!("[policy]\ndialects = [\"factgraph-0.3\", \"documented\"]\n{members}\n"))
        .expect("there is room");
    text(&path)
}

#[test]
fn every_member_of_the_floor_holds_whatever_the_archives_policy_says() {
    let (sandbox, server, clone) = served("sha1");
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    // One push earlier, by somebody who may.
    sandbox.policy(&clone, "accept = \"VERIFIED\"", "accept = \"UNDECIDABLE\"");
    push(&sandbox, &clone, &["main"]).ends(0);
    sandbox.add(&clone, "good", &Package::documented("good", 1));
    let members = [
        ("strict = true\nrequire_claims = [\"ledgers_follow_from_facts\"]", "the claim ledgers_follow_from_facts"),
        ("kinds = [\"event-log\"]", "does not accept audit packages"),
        ("max_package_bytes = 100", "the verdict is UNDECIDABLE, and the archive accepts VERIFIED"),
        ("max_row_bytes = 10", "the verdict is"),
    ];
    for (members, words) in members {
        let file = policy(&sandbox, members);
        sandbox.batool(&server, &["hook", "install", "--server", "--policy", &file]).ends(0);
        refused(&sandbox, &clone, &server, &["main"], &["R_NOT_ACCEPTED runs/good", "server's floor", words]);
    }
    // Installed again the floor stays; with another file it is that.
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
    let said = sandbox.batool(&server, &["hook", "status", "--format", "json"]).ends(0).json();
    assert_eq!(
        (said["floor"]["maxRowBytes"].as_str(), said["floor"]["accept"].as_str()),
        (Some("10"), Some("VERIFIED"))
    );
    let file = policy(&sandbox, "");
    sandbox.batool(&server, &["hook", "install", "--server", "--policy", &file, "--max-push", "1m"]).ends(0);
    assert_eq!(sandbox.git(&server, &["config", "receive.maxInputSize"]), "1048576");
    push(&sandbox, &clone, &["main"]).ends(0);
    sandbox.add(&clone, "unclear", &Package::undecidable("unclear"));
    refused(&sandbox, &clone, &server, &["main"], &["R_NOT_ACCEPTED runs/unclear", "server's floor"]);
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0);
}

#[test]
fn a_first_push_may_be_stricter_than_the_floor_and_not_weaker() {
    let sandbox = Sandbox::new();
    let archive = sandbox.path("strict");
    sandbox.batool(&sandbox.path(""), &["archive", "init", "strict"]).ends(0);
    for (members, weaker) in [("strict = true\naccept = \"UNDECIDABLE\"", Some("`strict` is weaker")), ("", None)] {
        let server = sandbox.path("empty.git");
        let _ = fs::remove_dir_all(&server);
        run(&mut sandbox.program("git", &sandbox.path(""), &["init", "-q", "--bare", "-b", "main", "empty.git"]))
            .ends(0);
        let file = policy(&sandbox, members);
        sandbox.batool(&server, &["hook", "install", "--server", "--policy", &file]).ends(0);
        let url = text(&server);
        let push = || run(&mut sandbox.program("git", &archive, &["push", "-q", &url, "main"]));
        if let Some(words) = weaker {
            let said = push();
            assert!(said.code == Some(1) && said.err.contains(words), "{said:?}");
            assert!(said.err.contains("batool.allowConfigChange") && !said.err.contains("`accept`"), "{said:?}");
            sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
        }
        push().ends(0);
    }
}

#[test]
fn a_floor_that_cannot_be_read_lets_nothing_in() {
    let (sandbox, server, clone) = served("sha1");
    sandbox.add(&clone, "good", &Package::documented("good", 1));
    for (key, value, words) in [
        ("batool.policy.acept", "VERIFIED", "batool.policy.acept is unknown"),
        ("batool.policy.accept", "ALL", "it is no policy"),
        ("batool.policy.requireClaims", "integritty", "is no claim"),
    ] {
        let was = fs::read(server.join("config")).expect("it is there");
        sandbox.git(&server, &["config", key, value]);
        refused(&sandbox, &clone, &server, &["main"], &["cannot read the server's floor", words]);
        sandbox.batool(&server, &["hook", "status"]).fails(&["cannot read the server's floor", words]);
        fs::write(server.join("config"), was).expect("there is room");
    }
    sandbox.git(&server, &["config", "--unset", "batool.policy.strict"]);
    refused(&sandbox, &clone, &server, &["main"], &["batool.policy.strict is not set"]);
}

#[test]
fn what_a_pusher_puts_into_the_environment_moves_no_guard() {
    let (sandbox, server, clone) = served("sha1");
    let other = clone_of_another(&sandbox);
    sandbox.add(&clone, "unclear-not", &Package::documented("fine", 1));
    sandbox.edit(&clone, &[("runs/first/summary.txt", Some(b"fine\n"))]);
    let tip = sandbox.tip(&server);
    let lax = sandbox.path("lax.config");
    let settings = "[batool]\n\tbranch = elsewhere\n\tallowConfigChange = true\n\tprogram = /bin/true\n\
                    [batool \"policy\"]\n\taccept = UNDECIDABLE\n[receive]\n\tfsckObjects = false\n";
    fs::write(&lax, settings).expect("there is room");
    let hostile: [&[(&str, &str)]; 4] = [
        &[("GIT_CONFIG_GLOBAL", &text(&lax))],
        &[
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "batool.branch"),
            ("GIT_CONFIG_VALUE_0", "elsewhere"),
            ("GIT_CONFIG_KEY_1", "batool.program"),
            ("GIT_CONFIG_VALUE_1", "/bin/true"),
        ],
        &[("GIT_CONFIG_PARAMETERS", "'batool.branch'='elsewhere' 'batool.allowconfigchange'='true'")],
        &[("GIT_NAMESPACE", "elsewhere"), ("GIT_REPLACE_REF_BASE", "refs/heads/"), ("GIT_NO_REPLACE_OBJECTS", "")],
    ];
    for variables in hostile {
        // As over ssh with a server that lets variables through: git clears them for its own helpers otherwise.
        let pack = format!("env {} git-receive-pack", words(variables));
        let said = run(&mut sandbox.program("git", &clone, &["push", "-q", "--receive-pack", &pack, "origin", "main"]));
        assert!(said.code != Some(0), "{variables:?}: {said:?}");
        assert_eq!(sandbox.tip(&server), tip, "{variables:?}");
    }
    // Variables that point to another repository are for git, which sets its own for hooks.
    let git_dir = text(&other.join(".git"));
    let said = run(sandbox
        .program("git", &clone, &["-C", &text(&clone), "push", "-q", &text(&server), "main"])
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", format!("{git_dir}/objects")));
    assert!(said.code == Some(1) && said.err.contains("R_HISTORY_CHANGED"), "{said:?}");
    // And batool looks where it is told to, wherever they point.
    let said = run(sandbox
        .command(&clone, &["archive", "verify", "--archive", &text(&server)])
        .envs([("GIT_DIR", git_dir.as_str()), ("GIT_WORK_TREE", "/"), ("GIT_OBJECT_DIRECTORY", "/nowhere")])
        .env("GIT_INDEX_FILE", "/nowhere/index"));
    said.ends(0).says(&["re-read 1 of 1"]);
}

fn words(variables: &[(&str, &str)]) -> String {
    variables.iter().map(|(name, value)| format!("\"{name}={value}\" ")).collect()
}

/// A clone of an archive that has nothing to do with the first.
fn clone_of_another(sandbox: &Sandbox) -> std::path::PathBuf {
    let server = sandbox.archive("another.git", true, "sha1");
    clone(sandbox, &server, "another")
}
