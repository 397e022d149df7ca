//! The summary: a certificate for people. A pure function of the certificate's bytes.

use std::fmt::Write as _;

use serde_json::Value;

use crate::certificate::EVENT_LOG;
use crate::error::{Doing, Result};
use crate::finding::printable;

/// Longest text taken over from a certificate into one line.
const MAX_TEXT: usize = 400;

/// Renders the summary of a certificate.
///
/// # Errors
/// When the bytes are not a certificate's JSON.
pub fn render(certificate: &[u8]) -> Result<String> {
    let certificate: Value = serde_json::from_slice(certificate).doing(|| "cannot read the certificate".into())?;
    let predicate = &certificate["predicate"];
    let text = |value: &Value| printable(value.as_str().unwrap_or_default(), MAX_TEXT);
    let list = |name: &str| predicate[name].as_array().cloned().unwrap_or_default();
    let mut out = String::from("BATool Verification Summary\n");
    let run = predicate["runId"].as_str().map_or_else(|| "unknown".to_owned(), |run| printable(run, MAX_TEXT));
    let is_log = predicate["kind"] == EVENT_LOG;
    let (algorithm, digest) = match &predicate["input"]["digest"]["hex"] {
        Value::Null if is_log => ("KEYSORT_UTF8", "none".to_owned()),
        hex if is_log => ("KEYSORT_UTF8", text(hex)),
        _ => ("dirHash", text(&certificate["subject"][0]["digest"]["dirHash"])),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "Verdict: {}\nRun ID: {run}\nInput Digest (sha256, {algorithm}): {digest}\n\nClaims:\n",
        text(&predicate["verdict"])
    );
    for claim in list("claims") {
        let _ = writeln!(out, "- {}: {}", text(&claim["claim"]), text(&claim["text"]));
    }
    if list("claims").is_empty() {
        out.push_str("- none\n");
    }
    out.push_str("\nNon-claims:\n");
    for non_claim in list("nonClaims") {
        let reasons: Vec<String> = non_claim["reasons"].as_array().into_iter().flatten().map(text).collect();
        let _ = writeln!(out, "- {}: {}", text(&non_claim["claim"]), reasons.join(", "));
    }
    if list("nonClaims").is_empty() {
        out.push_str("- none\n");
    }
    let findings = list("findings");
    if !findings.is_empty() {
        out.push_str("\nFindings:\n");
    }
    for finding in findings {
        let (code, count, first) = (text(&finding["code"]), &finding["count"], &finding["first"]);
        let first = if is_log { format!("line {}", first["line"]) } else { place(first) };
        let consequences = match finding["consequences"].as_u64() {
            None => String::new(),
            Some(1) => " (and 1 consequence)".to_owned(),
            Some(n) => format!(" (and {n} consequences)"),
        };
        let _ = writeln!(out, "- {code} x{count} (first {first}){consequences}");
    }
    Ok(out)
}

/// A place as `file:line`, as far as it is known.
fn place(place: &Value) -> String {
    let file = printable(place["file"].as_str().unwrap_or("the package"), MAX_TEXT);
    match place["line"].as_u64() {
        Some(line) => format!("{file}:{line}"),
        None => file,
    }
}
