//! The page that goes with a certificate: its commands are run, and they tell good from bad.

use std::fs;
use std::path::Path;

use crate::support::{Package, Sandbox, run, text};

/// The commands of a page and what is said to come of each: blocks of `sh`, each with the block of `text` behind it.
fn commands(page: &str) -> Vec<(String, Option<String>)> {
    let mut out: Vec<(String, Option<String>)> = Vec::new();
    for block in page.split("\n```").collect::<Vec<_>>().chunks(2).filter_map(|pair| pair.get(1)) {
        if let Some(shell) = block.strip_prefix("sh\n") {
            out.push((shell.to_owned(), None));
        } else if let (Some(said), Some(last)) = (block.strip_prefix("text\n"), out.last_mut()) {
            last.1.get_or_insert(said.to_owned());
        }
    }
    out
}

fn shell(sandbox: &Sandbox, at: &Path, script: &str) -> String {
    let said = run(&mut sandbox.program("sh", at, &["-c", script]));
    said.out.trim_end_matches('\n').to_owned()
}

fn exported(sandbox: &Sandbox, archive: &Path, to: &str) -> std::path::PathBuf {
    let at = sandbox.path(to);
    sandbox.batool(archive, &["export", "nightly/run-7", "--to", &text(&at), "--with-certificate"]).ends(0);
    at
}

#[test]
fn the_commands_of_the_page_say_what_the_page_says() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let archive = sandbox.archive("a", true, format);
        let package = Package::documented("x", 2).with_empty("outputs/.work").with(".hidden", "1\n");
        sandbox.add(&archive, "nightly/run-7", &package);
        let at = exported(&sandbox, &archive, "out");
        let page = fs::read_to_string(at.join("README.md")).expect("it is there");
        let commands = commands(&page);
        assert_eq!(commands.len(), 3, "{page}");
        for (script, wanted) in &commands {
            assert_eq!(&shell(&sandbox, &at, script), wanted.as_deref().unwrap_or_default(), "{script}");
        }
        let in_archive = page.split('`').find(|code| code.starts_with("git rev-parse ")).expect("it says so");
        let tree = commands[2].1.as_deref();
        assert_eq!(Some(shell(&sandbox, &archive, in_archive).as_str()), tree);
        let there = page.split("```text\n").find(|block| block.starts_with("git show")).expect("it says so");
        let there = there.split("\n```").next().expect("a block ends");
        let ours = shell(&sandbox, &at, "sha256sum < certificate.json");
        assert_eq!(shell(&sandbox, &archive, there), ours);
        assert!(page.lines().count() < 70, "one page");

        // And they notice.
        fs::write(at.join("package/.hidden"), "2\n").expect("it is there");
        fs::remove_dir(at.join("package/outputs/.work")).expect("it is there");
        for (script, wanted) in &commands {
            assert_ne!(&shell(&sandbox, &at, script), wanted.as_deref().unwrap_or_default(), "{script}");
        }
    }
}

#[test]
fn the_proof_beside_a_package_is_one() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "nightly/run-6", &Package::documented("w", 2));
    sandbox.add(&archive, "nightly/run-7", &Package::documented("x", 2));
    let kept = sandbox.path("kept");
    fs::write(&kept, sandbox.batool(&archive, &["archive", "checkpoint"]).ends(0).out).expect("there is room");
    let at = exported(&sandbox, &archive, "out");
    let proof = text(&at.join("inclusion.tlog-proof"));
    let package = text(&at.join("package"));
    sandbox.batool(&at, &["verify-proof", &proof, "--checkpoint", &text(&kept), &package]).ends(0);
    let tar = text(&sandbox.path("x.tar.gz"));
    sandbox.batool(&archive, &["export", "nightly/run-7", "--to", &tar, "--with-certificate"]).ends(0);
    let listed = run(&mut sandbox.program("tar", &archive, &["-tzf", &tar])).ends(0).out;
    assert!(listed.lines().any(|line| line == "run-7/certificate.json"), "{listed}");
    assert!(listed.lines().any(|line| line == "run-7/package/manifest.json"), "{listed}");
}

#[test]
fn a_certificate_that_is_not_the_package_s_is_not_given_out() {
    let sandbox = Sandbox::new();
    let archive = sandbox.bare();
    sandbox.add(&archive, "nightly/run-7", &Package::documented("x", 2));
    sandbox.edit(&archive, &[("runs/nightly/run-7/package/outputs/more.bin", Some(b"new"))]);
    let at = text(&sandbox.path("out"));
    let said = sandbox.batool(&archive, &["export", "nightly/run-7", "--to", &at, "--with-certificate"]);
    said.fails(&["not the one that its certificate names", "batool archive verify"]);
    assert!(!Path::new(&at).exists());
    sandbox.edit(&archive, &[("runs/nightly/run-7/certificate.json", Some(b"{}\n"))]);
    let said = sandbox.batool(&archive, &["export", "nightly/run-7", "--to", &at, "--with-certificate"]);
    said.fails(&["its leaf in the log names another certificate"]);
}
