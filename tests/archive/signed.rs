//! Signed checkpoints: who may add is not thereby one who may vouch for the log.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::hooks::{clone, refused};
use crate::support::{Package, Said, Sandbox, run, text};

/// Adds with a key, or without.
fn add(sandbox: &Sandbox, archive: &Path, name: &str, key: Option<&Path>) -> Said {
    let folder = sandbox.folder("given", &Package::documented(name, 1));
    let mut command = sandbox.command(archive, &["archive", "add", &folder, "--as", name]);
    if let Some(key) = key {
        command.env("BATOOL_LOG_KEY", key);
    }
    run(&mut command)
}

/// An archive with signed checkpoints that takes the documented dialect: where it is, and its private and public key.
fn signed(sandbox: &Sandbox, bare: bool) -> (PathBuf, PathBuf, String) {
    let key = sandbox.path("log.key");
    let mut args = vec!["archive", "init", "a", "--log-key", key.to_str().expect("it is ours"), "--format", "json"];
    args.extend(bare.then_some("--bare"));
    let said = sandbox.batool(&sandbox.path(""), &args).ends(0).json();
    let archive = sandbox.path("a");
    sandbox.policy(&archive, r#"dialects = ["factgraph-0.3"]"#, r#"dialects = ["factgraph-0.3", "documented"]"#);
    (archive, key, said["logKey"].as_str().expect("it is told").to_owned())
}

#[test]
fn checkpoints_are_signed_and_checked_by_whoever_has_the_public_key() {
    for bare in [false, true] {
        let sandbox = Sandbox::new();
        let (archive, key, public) = signed(&sandbox, bare);
        assert_eq!(fs::metadata(&key).expect("it was made").permissions().mode() & 0o777, 0o600);
        add(&sandbox, &archive, "a", None).fails(&["cannot sign", &public, "BATOOL_LOG_KEY"]);
        let other = sandbox.path("other.key");
        let another = sandbox.batool(&archive, &["archive", "keygen", &text(&other)]).ends(0).out;
        add(&sandbox, &archive, "a", Some(&other)).fails(&["the key here is", another.trim()]);
        add(&sandbox, &archive, "a", Some(&sandbox.path("nothing"))).fails(&["cannot use the key in"]);
        assert!(!sandbox.git(&archive, &["ls-tree", "--name-only", "main"]).contains("runs"));
        for name in ["a", "b"] {
            add(&sandbox, &archive, name, Some(&key)).ends(0);
        }
        sandbox.clean(&archive);
        sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
        let kept = sandbox.path("kept");
        let note = sandbox.batool(&archive, &["archive", "checkpoint"]).ends(0).out;
        assert!(note.contains("\n2\n") && note.contains("\n\n\u{2014} batool/"), "{note}");
        fs::write(&kept, &note).expect("there is room");
        fs::write(sandbox.path("public"), format!("{public}\n")).expect("there is room");
        let proof = text(&sandbox.path("proof"));
        sandbox.batool(&archive, &["archive", "prove", "a", "--to", &proof]).ends(0);
        assert!(fs::read_to_string(&proof).expect("it was made").ends_with(&note));
        let folder = sandbox.folder("a-again", &Package::documented("a", 1));
        let check = |file: &str, public: &str, code: i32| {
            let kept = ["--checkpoint", file, "--key", public];
            let said = sandbox.batool(&archive, &[&["archive", "verify"], kept.as_slice()].concat()).ends(code);
            assert_eq!(said.out.contains("R_LOG_SIGNATURE"), code != 0, "{said:?}");
            sandbox.batool(&archive, &[&["verify-proof", &proof], kept.as_slice(), &[&folder]].concat()).ends(code);
        };
        check(&text(&kept), &public, 0);
        check(&text(&kept), &text(&sandbox.path("public")), 0);
        check(&text(&kept), another.trim(), 2);
        fs::write(&kept, note.split_once("\n\n").expect("it is signed").0.to_owned() + "\n").expect("there is room");
        check(&text(&kept), &public, 2);
        sandbox.batool(&archive, &["archive", "verify", "--checkpoint", &text(&kept)]).ends(0);
        sandbox
            .batool(&archive, &["archive", "verify", "--checkpoint", &text(&kept), "--key", "no+key"])
            .fails(&["public key"]);
        let searched = run(&mut sandbox.program("git", &archive, &["grep", "-q", "PRIVATE.KEY", "main"]));
        assert_eq!(searched.code, Some(1), "the private key is not in the archive");
    }
}

#[test]
fn a_checkpoint_without_its_signature_is_a_violation_wherever_it_is_looked_at() {
    let sandbox = Sandbox::new();
    let (archive, key, _) = signed(&sandbox, false);
    add(&sandbox, &archive, "a", Some(&key)).ends(0);
    let server = sandbox.path("server.git");
    sandbox.git(&archive, &["clone", "-q", "--bare", &format!("file://{}", text(&archive)), &text(&server)]);
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
    let clone = clone(&sandbox, &server, "clone");
    add(&sandbox, &clone, "b", Some(&key)).ends(0);
    // The same commit, but for the signature.
    let tip = sandbox.tip(&clone);
    let bare = sandbox.git(&clone, &["show", "main:log/checkpoint"]);
    let unsigned = bare.split_once("\n\n").expect("it is signed").0.to_owned() + "\n";
    let forge = |text: &str| {
        sandbox.edit(&clone, &[("log/checkpoint", Some(text.as_bytes()))]);
        let tree = sandbox.git(&clone, &["rev-parse", "main^{tree}"]);
        let commit = sandbox.git(&clone, &["commit-tree", "-p", &format!("{tip}~1"), "-m", "b", &tree]);
        sandbox.git(&clone, &["reset", "-q", "--hard", &commit]);
    };
    let other = sandbox.path("other.key");
    sandbox.batool(&clone, &["archive", "keygen", &text(&other)]).ends(0);
    let first = sandbox.git(&clone, &["show", "main~1:log/checkpoint"]);
    let of_the_first = format!("{unsigned}\n{}\n", first.split_once("\n\n").expect("it is signed").1);
    let twice = format!("{bare}\n{}\n", bare.split_once("\n\n").expect("it is signed").1);
    for forged in [unsigned.as_str(), &of_the_first, &twice, &format!("{bare}\nmore\n")] {
        forge(forged);
        sandbox.batool(&clone, &["archive", "verify"]).ends(2).says(&["R_LOG_SIGNATURE", "log/checkpoint"]);
        sandbox.batool(&clone, &["archive", "verify", "--history"]).ends(2).says(&["R_LOG_SIGNATURE"]);
        refused(&sandbox, &clone, &server, &["main"], &["R_LOG_SIGNATURE", "log/checkpoint"]);
    }
    // A guard in front of a commit sees it too: staged with a key, recovered without.
    sandbox.git(&clone, &["reset", "-q", "--hard", &tip]);
    sandbox.git(&clone, &["push", "-q", "origin", "main"]);
    sandbox.batool(&clone, &["hook", "install"]).ends(0);
    let folder = sandbox.folder("c", &Package::documented("c", 1));
    run(sandbox.command(&clone, &["archive", "add", &folder, "--stage"]).env("BATOOL_LOG_KEY", &key)).ends(0);
    let staged = sandbox.git(&clone, &["show", ":log/checkpoint"]);
    fs::write(clone.join("log/checkpoint"), staged.split_once("\n\n").expect("it is signed").0.to_owned() + "\n")
        .expect("there is room");
    let said = run(&mut sandbox.program("git", &clone, &["commit", "-q", "-a", "-m", "c"]));
    assert!(said.code == Some(1) && said.err.contains("R_LOG_SIGNATURE"), "{said:?}");
    sandbox.git(&clone, &["checkout", "-q", "--", "log"]);
    sandbox.git(&clone, &["commit", "-q", "-m", "c"]);
    sandbox.batool(&clone, &["archive", "verify", "--full"]).ends(0);
}

#[test]
fn a_key_comes_later_and_another_one_after_it() {
    let sandbox = Sandbox::new();
    let archive = sandbox.tree();
    add(&sandbox, &archive, "a", None).ends(0);
    sandbox.batool(&archive, &["archive", "keygen", &text(&archive.join("log.key"))]).fails(&["in the archive"]);
    let keys = ["one.key", "two.key"].map(|name| sandbox.path(name));
    let mut last = "require_claims = []".to_owned();
    for key in &keys {
        let public = sandbox.batool(&archive, &["archive", "keygen", &text(key)]).ends(0).out;
        sandbox.batool(&archive, &["archive", "keygen", &text(key)]).fails(&["cannot write a private key"]);
        let origin = sandbox.git(&archive, &["show", "main:log/checkpoint"]);
        assert!(public.starts_with(&format!("{}+", origin.lines().next().expect("it has lines"))), "{public}");
        let next = format!("log_key = {:?}", public.trim());
        sandbox.policy(
            &archive,
            &last,
            &if last.starts_with("log") { next.clone() } else { format!("{last}\n{next}") },
        );
        last = next;
        let name = key.file_stem().and_then(|name| name.to_str()).expect("it has one");
        add(&sandbox, &archive, name, None).fails(&["cannot sign"]);
        add(&sandbox, &archive, name, Some(key)).ends(0);
        sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
    }
    // Without a key again the next add is unsigned; what was signed stays so.
    sandbox.policy(&archive, &format!("{last}\n"), "");
    sandbox.batool(&archive, &["archive", "verify", "--history"]).ends(0);
    add(&sandbox, &archive, "plain", Some(&keys[1])).ends(0);
    sandbox.batool(&archive, &["archive", "verify", "--full"]).ends(0);
    sandbox.clean(&archive);
    sandbox.policy(&archive, "strict = false", "strict = false\nlog_key = \"nonsense\"");
    sandbox.batool(&archive, &["archive", "list"]).fails(&["`log_key` is no key"]);
}

#[test]
fn a_servers_floor_asks_for_signatures_too() {
    let sandbox = Sandbox::new();
    let (archive, key, public) = signed(&sandbox, false);
    let server = sandbox.path("server.git");
    sandbox.git(&archive, &["clone", "-q", "--bare", &format!("file://{}", text(&archive)), &text(&server)]);
    sandbox.batool(&server, &["hook", "install", "--server"]).ends(0);
    sandbox.batool(&server, &["hook", "status"]).ends(0).says(&[&public]);
    sandbox.git(&server, &["config", "batool.allowConfigChange", "true"]);
    let clone = clone(&sandbox, &server, "clone");
    sandbox.policy(&clone, &format!("log_key = {public:?}\n"), "");
    sandbox.git(&clone, &["push", "-q", "origin", "main"]);
    add(&sandbox, &clone, "a", None).ends(0);
    refused(&sandbox, &clone, &server, &["main"], &["R_LOG_SIGNATURE", "server's floor"]);
    // What is pending is signed anew when it is brought over.
    sandbox.git(&clone, &["reset", "-q", "--hard", "main~1"]);
    sandbox.policy(&clone, "strict = false", &format!("strict = false\nlog_key = {public:?}"));
    sandbox.git(&clone, &["push", "-q", "origin", "main"]);
    let other = crate::hooks::clone(&sandbox, &server, "other");
    for (at, name) in [(&clone, "a"), (&other, "b")] {
        add(&sandbox, at, name, Some(&key)).ends(0);
        if name == "b" {
            sandbox.batool(at, &["archive", "push"]).fails(&["cannot sign", "BATOOL_LOG_KEY"]);
        }
        run(sandbox.command(at, &["archive", "push"]).env("BATOOL_LOG_KEY", &key)).ends(0);
    }
    sandbox.batool(&server, &["archive", "verify", "--full"]).ends(0).says(&["re-read 2 of 2"]);
}

#[test]
fn chosen_runs_cannot_be_signed_for_in_another_archive_and_the_whole_one_goes() {
    let sandbox = Sandbox::new();
    let (archive, key, public) = signed(&sandbox, true);
    add(&sandbox, &archive, "a", Some(&key)).ends(0);
    let to = text(&sandbox.path("chosen.bundle"));
    let said = sandbox.batool(&archive, &["archive", "bundle", "a", "--to", &to]);
    said.fails(&["a key that names this archive", "leave the runs out", "batool export"]);
    assert!(!sandbox.path("chosen.bundle").exists());
    sandbox.batool(&archive, &["archive", "bundle", "--to", &to]).ends(0);
    let far = sandbox.path("far");
    sandbox.git(&sandbox.path(""), &["clone", "-q", "-b", "main", &to, &text(&far)]);
    let kept = sandbox.path("kept");
    let said = sandbox.batool(&archive, &["archive", "checkpoint"]).ends(0);
    fs::write(&kept, said.out).expect("there is room");
    let args = ["archive", "verify", "--checkpoint", &text(&kept), "--key", &public];
    sandbox.batool(&far, &args).ends(0);
}
