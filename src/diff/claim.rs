//! A claim as it is put together from the tables of facts, and its JSON text.

use std::cmp::Ordering;
use std::ops::Range;

use crate::json::push_string;
use crate::package::tables::unescape;

/// What a row says of a claim; in this order rows are looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Itself,
    Argument,
    Meta(&'static str),
    Revocation,
    RevocationMeta(&'static str),
}

/// A row: what it is about, and which of the claim's cells are its own.
#[derive(Clone)]
struct Row {
    about: About,
    cells: Range<usize>,
}

/// A claim, as far as its rows were seen.
#[derive(Default)]
pub(super) struct Claim {
    /// The cells of all rows, one behind the other.
    text: String,
    /// Where each cell ends.
    ends: Vec<usize>,
    rows: Vec<Row>,
}

impl Claim {
    /// Makes room for the next claim.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.rows.clear();
    }

    /// Takes a row of the table at a path that is about the claim itself, or about its revocation.
    pub(super) fn take(&mut self, path: &'static str, is_revocation: bool, text: &[u8]) {
        let about = match (is_revocation, path.trim_start_matches("facts/").trim_end_matches(".facts")) {
            (_, "claim") => About::Itself,
            (_, "revokes") => About::Revocation,
            (false, "claim_arg") => About::Argument,
            (false, table) => About::Meta(table),
            (true, table) => About::RevocationMeta(table),
        };
        let first = self.ends.len();
        for cell in text.split(|byte| *byte == b'\t') {
            match str::from_utf8(cell) {
                Ok(cell) if !cell.contains('\\') => self.text.push_str(cell),
                _ => self.text.push_str(&unescape(&String::from_utf8_lossy(cell))),
            }
            self.ends.push(self.text.len());
        }
        self.rows.push(Row { about, cells: first..self.ends.len() });
    }

    fn cell(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// A cell of a row by its place; an empty one where the row is too short.
    fn of(&self, row: &Row, place: usize) -> &str {
        row.cells.clone().nth(place).map_or("", |at| self.cell(at))
    }

    /// The cells of a row behind its id.
    fn behind(&self, row: &Row) -> impl Iterator<Item = &str> {
        row.cells.clone().skip(1).map(|at| self.cell(at))
    }

    /// The rows about one thing, which are sorted. Of what stands there once the last word counts.
    fn about(&self, about: About) -> &[Row] {
        let from = self.rows.partition_point(|row| row.about < about);
        &self.rows[from..][..self.rows[from..].partition_point(|row| row.about == about)]
    }

    fn sort(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| {
            a.about.cmp(&b.about).then_with(|| match a.about {
                About::Itself | About::Revocation => Ordering::Equal,
                _ => self.behind(a).cmp(self.behind(b)),
            })
        });
        self.rows = rows;
    }

    /// Canonical JSON: `args` by place, metadata by table, `revoked` where it is.
    pub(super) fn json(&mut self) -> Vec<u8> {
        self.sort();
        let mut out = Vec::with_capacity(2 * self.text.len());
        let itself = self.about(About::Itself).last();
        let member = |out: &mut Vec<u8>, name: &[u8], place: usize| {
            out.extend_from_slice(name);
            push_string(out, itself.map_or("", |row| self.of(row, place)));
        };
        out.extend_from_slice(b"{\"args\":");
        self.push_named(&mut out, self.about(About::Argument), |out, row| {
            out.extend_from_slice(b"{\"tag\":");
            push_string(out, self.of(row, 3));
            out.extend_from_slice(b",\"value\":");
            push_string(out, self.of(row, 2));
            out.push(b'}');
        });
        member(&mut out, b",\"asrt_id\":", 0);
        member(&mut out, b",\"e_ref\":", 2);
        self.push_metas(&mut out, |about| matches!(about, About::Meta(_)));
        member(&mut out, b",\"pred_id\":", 1);
        if let Some(row) = self.about(About::Revocation).last() {
            out.extend_from_slice(b",\"revoked\":{\"asrt_id\":");
            push_string(&mut out, self.of(row, 0));
            self.push_metas(&mut out, |about| matches!(about, About::RevocationMeta(_)));
            out.push(b'}');
        }
        member(&mut out, b",\"tup_digest\":", 3);
        out.push(b'}');
        out
    }

    fn push_metas(&self, out: &mut Vec<u8>, is_one: impl Fn(About) -> bool) {
        for rows in self.rows.chunk_by(|a, b| a.about == b.about).filter(|rows| is_one(rows[0].about)) {
            let (About::Meta(table) | About::RevocationMeta(table)) = rows[0].about else { continue };
            out.extend_from_slice(b",\"");
            out.extend_from_slice(table.as_bytes());
            out.extend_from_slice(b"\":");
            self.push_named(out, rows, |out, row| push_string(out, self.of(row, 2)));
        }
    }

    /// An object by name; what stands there more than once is a list, in an order of its own.
    fn push_named(&self, out: &mut Vec<u8>, rows: &[Row], push: impl Fn(&mut Vec<u8>, &Row)) {
        out.push(b'{');
        for (n, rows) in rows.chunk_by(|a, b| self.of(a, 1) == self.of(b, 1)).enumerate() {
            out.extend_from_slice(if n > 0 { b"," } else { b"" });
            push_string(out, self.of(&rows[0], 1));
            out.push(b':');
            let [row] = rows else {
                for (n, row) in rows.iter().enumerate() {
                    out.push(if n > 0 { b',' } else { b'[' });
                    push(out, row);
                }
                out.push(b']');
                continue;
            };
            push(out, row);
        }
        out.push(b'}');
    }
}
