//! A claim as it is put together from the tables of facts, and its JSON text.

use std::collections::BTreeMap;

use crate::json::push_string;
use crate::package::tables::unescape;

/// The cells of rows behind the id, by the cell after it.
type Cells = BTreeMap<String, Vec<Vec<String>>>;

fn insert(into: &mut Cells, cells: &[String]) {
    let name = cells.get(1).cloned().unwrap_or_default();
    into.entry(name).or_default().push(cells.get(2..).unwrap_or_default().to_vec());
}

/// A claim, as far as its rows were seen.
#[derive(Default)]
pub(super) struct Claim {
    cells: Vec<String>,
    arguments: Cells,
    metas: BTreeMap<&'static str, Cells>,
    /// Cells of the revocation.
    revoked: Option<Vec<String>>,
    revocation: BTreeMap<&'static str, Cells>,
}

impl Claim {
    /// Takes a row of the table at a path that is about the claim itself, or about its revocation.
    pub(super) fn take(&mut self, path: &'static str, is_revocation: bool, text: &[u8]) {
        let table = path.trim_start_matches("facts/").trim_end_matches(".facts");
        let text = String::from_utf8_lossy(text);
        let cells: Vec<String> = text.split('\t').map(unescape).collect();
        match (is_revocation, table) {
            (_, "claim") => self.cells = cells,
            (_, "revokes") => self.revoked = Some(cells),
            (false, "claim_arg") => insert(&mut self.arguments, &cells),
            (false, _) => insert(self.metas.entry(table).or_default(), &cells),
            (true, _) => insert(self.revocation.entry(table).or_default(), &cells),
        }
    }

    /// Canonical JSON: `args` by place, metadata by table, `revoked` where it is.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let member = |out: &mut Vec<u8>, name: &str, place: usize| {
            out.extend_from_slice(format!("\"{name}\":").as_bytes());
            push_string(out, self.cells.get(place).map_or("", String::as_str));
        };
        let mut out = b"{\"args\":".to_vec();
        push_cells(&mut out, &self.arguments, |out, cells| {
            out.extend_from_slice(b"{\"tag\":");
            push_string(out, cells.get(1).map_or("", String::as_str));
            out.extend_from_slice(b",\"value\":");
            push_string(out, cells.first().map_or("", String::as_str));
            out.push(b'}');
        });
        out.push(b',');
        member(&mut out, "asrt_id", 0);
        out.push(b',');
        member(&mut out, "e_ref", 2);
        push_metas(&mut out, &self.metas);
        out.push(b',');
        member(&mut out, "pred_id", 1);
        if let Some(cells) = &self.revoked {
            out.extend_from_slice(b",\"revoked\":{\"asrt_id\":");
            push_string(&mut out, cells.first().map_or("", String::as_str));
            push_metas(&mut out, &self.revocation);
            out.push(b'}');
        }
        out.push(b',');
        member(&mut out, "tup_digest", 3);
        out.push(b'}');
        out
    }
}

fn push_metas(out: &mut Vec<u8>, metas: &BTreeMap<&'static str, Cells>) {
    for (table, cells) in metas {
        out.extend_from_slice(format!(",\"{table}\":").as_bytes());
        push_cells(out, cells, |out, cells| push_string(out, cells.first().map_or("", String::as_str)));
    }
}

/// An object by name; what stands there more than once is a list, in an order of its own.
fn push_cells(out: &mut Vec<u8>, cells: &Cells, push: impl Fn(&mut Vec<u8>, &[String])) {
    out.push(b'{');
    for (n, (name, rows)) in cells.iter().enumerate() {
        out.extend_from_slice(if n > 0 { b"," } else { b"" });
        push_string(out, name);
        out.push(b':');
        match rows.as_slice() {
            [row] => push(out, row),
            rows => {
                let mut rows: Vec<&Vec<String>> = rows.iter().collect();
                rows.sort_unstable();
                out.push(b'[');
                for (n, row) in rows.into_iter().enumerate() {
                    out.extend_from_slice(if n > 0 { b"," } else { b"" });
                    push(out, row);
                }
                out.push(b']');
            }
        }
    }
    out.push(b'}');
}
