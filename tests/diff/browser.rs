//! The form for a browser, as a browser reads it. Skipped where there is no Chromium.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::{Sandbox, edit};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A Chromium of this machine.
#[expect(clippy::print_stderr, reason = "a skipped test should say so")]
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    let found = found.into_iter().find(|program| program.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium on the PATH");
    }
    found
}

/// What a browser makes of a page: its document, written out.
fn document(chromium: &PathBuf, sandbox: &Sandbox, page: &str) -> String {
    let profile = sandbox.path("profile");
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"]);
    command.args(["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command.arg(format!("file://{}", sandbox.path(page).display())).stdin(Stdio::null());
    let output = command.output().expect("the browser runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_browser_shows_every_change_and_runs_nothing() {
    let Some(chromium) = chromium() else { return };
    let sandbox = Sandbox::new();
    sandbox.copy("ok-full", "a");
    let b = sandbox.copy("ok-full", "b");
    let hostile = "</code></details><script>document.title='run'</script><img src=x onerror=document.title='run'>";
    let escaped = serde_json::to_string(hostile).expect("a text is JSON");
    edit(&b, "audit/accept_write_ledger.jsonl", "\"note\":\"yearly check\"", &format!("\"note\":{escaped}"));
    let path = b.join("audit/candidate_ledger.jsonl");
    let ledger = fs::read_to_string(&path).expect("it can be read");
    let more = |n: usize| format!("{{\"cand_key_digest\":\"{n}\",\"pred_id\":\"pump:safe\",\"state\":\"accepted\"}}\n");
    fs::write(path, ledger + &(0..10_000).map(more).collect::<String>()).expect("there is room");
    let said = sandbox.batool(&["diff", "a", "b", "--format", "html", "--no-verify"]).out;
    fs::write(sandbox.path("page.html"), &said).expect("there is room");
    let seen = document(&chromium, &sandbox, "page.html");
    let changes = said.matches("<details class=\"change\"").count();
    assert!(changes > 10_000, "{changes}");
    assert_eq!(seen.matches("<details class=\"change\"").count(), changes, "the browser nests none and drops none");
    assert!(seen.contains("<title>a → b</title>"), "nothing ran");
    assert!(!seen.contains("<script") && !seen.contains("<img"), "what stands in a record is text");
    assert!(seen.trim_end().ends_with("</html>"));
}
