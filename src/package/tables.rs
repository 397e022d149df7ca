//! `facts/*.facts`: tab-separated tables, row by row.

use std::cmp::Ordering;

use wide::u8x16;

use super::faults::{FaultKind, Faults};
use crate::facts::{self, Observer};
use crate::finding::{Place, printable};
use crate::json::python_float;
use crate::lines;

/// One table of facts.
pub(crate) struct Table {
    /// Its name in the manifest's `paths.facts`.
    pub(crate) name: &'static str,
    /// Where it stands.
    pub(crate) path: &'static str,
    /// What each cell of a row holds.
    columns: &'static [Column],
    /// What is made of its rows.
    pub(crate) observer: &'static Observer,
}

/// What a cell may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    /// A text that is not empty.
    Name,
    /// Any text.
    Text,
    /// A tag of section 5: string, int, float64 …
    Tag,
    /// An integer that is not negative.
    Index,
    /// A positive integer.
    Sequence,
    /// An integer.
    Integer,
    /// A float as Python spells it.
    Float,
    /// `true` or `false`.
    Boolean,
}

/// The tables, in the order in which their digest takes them.
pub(crate) static TABLES: &[Table] = &[
    Table {
        name: "claim",
        path: "facts/claim.facts",
        columns: &[Column::Name, Column::Name, Column::Name, Column::Name],
        observer: &facts::CLAIM,
    },
    Table {
        name: "claim_arg",
        path: "facts/claim_arg.facts",
        columns: &[Column::Name, Column::Index, Column::Text, Column::Tag],
        observer: &facts::CLAIM_ARG,
    },
    Table {
        name: "claim_seq",
        path: "facts/claim_seq.facts",
        columns: &[Column::Name, Column::Sequence],
        observer: &facts::CLAIM_SEQ,
    },
    Table {
        name: "meta_bool",
        path: "facts/meta_bool.facts",
        columns: &[Column::Name, Column::Text, Column::Boolean],
        observer: &facts::META_BOOL,
    },
    Table {
        name: "meta_float",
        path: "facts/meta_float.facts",
        columns: &[Column::Name, Column::Text, Column::Float],
        observer: &facts::META_FLOAT,
    },
    Table {
        name: "meta_int",
        path: "facts/meta_int.facts",
        columns: &[Column::Name, Column::Text, Column::Integer],
        observer: &facts::META_INT,
    },
    Table {
        name: "meta_str",
        path: "facts/meta_str.facts",
        columns: &[Column::Name, Column::Text, Column::Text],
        observer: &facts::META_STR,
    },
    Table {
        name: "meta_time",
        path: "facts/meta_time.facts",
        columns: &[Column::Name, Column::Text, Column::Integer],
        observer: &facts::META_TIME,
    },
    Table {
        name: "revokes",
        path: "facts/revokes.facts",
        columns: &[Column::Name, Column::Name],
        observer: &facts::REVOKES,
    },
];

const TAGS: [&str; 8] = ["string", "int", "float64", "bool", "bytes", "time", "uuid", "entity_ref"];

/// Reads the rows of one table.
pub(super) struct TableReader {
    table: &'static Table,
    previous: Vec<u8>,
    /// The previous row has neither escapes nor characters that sort before a tab.
    previous_is_plain: bool,
    rows: u64,
}

/// The most columns that a table has.
const MOST_COLUMNS: usize = 4;

impl TableReader {
    pub(super) fn new(table: &'static Table) -> Self {
        Self { table, previous: Vec::new(), previous_is_plain: true, rows: 0 }
    }

    /// The row that was read last has no escapes.
    pub(super) fn was_plain(&self) -> bool {
        self.previous_is_plain
    }

    pub(super) fn observer(&self) -> &'static Observer {
        self.table.observer
    }

    /// Checks one row; gives its cells, still escaped, if they can be told apart. Unused cells are empty.
    pub(super) fn row<'a>(
        &mut self,
        number: u64,
        row: &'a [u8],
        faults: &mut Faults,
    ) -> Option<[&'a str; MOST_COLUMNS]> {
        let place = || Place::row(self.table.path, number);
        let Ok(text) = lines::text(row) else {
            faults.add_row(FaultKind::Encoding, place(), row, || "there are bytes that are not UTF-8".into());
            return None;
        };
        if number == 1 && text.starts_with('\u{feff}') {
            faults.add_row(FaultKind::Encoding, place(), row, || "there is a byte order mark".into());
            return None;
        }
        let survey = Survey::of(row);
        if survey.has_escapes
            && let Some(escape) = bad_escape(text)
        {
            faults.add_row(FaultKind::TsvEscape, place(), row, || {
                format!("there is the escape {}; only \\\\, \\t and \\n are known", printable(&escape, 8))
            });
            return None;
        }
        let wanted = self.table.columns.len();
        let count = survey.tabs + 1;
        if count != wanted {
            faults.add_row(FaultKind::TsvCells, place(), row, || {
                format!("there are {count} cells where {wanted} should stand")
            });
            return None;
        }
        let mut cells = [""; MOST_COLUMNS];
        let mut start = 0;
        for (cell, end) in cells.iter_mut().zip(survey.ends).take(wanted) {
            *cell = &text[start..end];
            start = end + 1;
        }
        for (n, (cell, column)) in cells.iter().zip(self.table.columns).enumerate() {
            if !column.takes(cell) {
                let text =
                    || format!("cell {} is {:?} and should be {}", n + 1, printable(cell, 60), column.describe());
                faults.add_row(FaultKind::CellValue, place(), row, text);
            }
        }
        let is_plain = !survey.has_escapes && !survey.has_low;
        let order = if is_plain && self.previous_is_plain {
            self.previous.as_slice().cmp(row)
        } else {
            compare_rows(&self.previous, row)
        };
        if self.rows > 0 && order == Ordering::Greater {
            faults.add(FaultKind::RowOrder, place(), || "the row sorts before the one above it".into());
        }
        self.rows += 1;
        self.previous_is_plain = is_plain;
        self.previous.clear();
        self.previous.extend_from_slice(row);
        Some(cells)
    }
}

/// What one look at a row's bytes tells.
struct Survey {
    tabs: usize,
    /// Where the first cells end.
    ends: [usize; MOST_COLUMNS],
    has_escapes: bool,
    /// There are bytes that sort before a tab.
    has_low: bool,
}

impl Survey {
    /// Looks at sixteen bytes a step.
    fn of(row: &[u8]) -> Self {
        let mut survey = Self { tabs: 0, ends: [row.len(); MOST_COLUMNS], has_escapes: false, has_low: false };
        let (mut escapes, mut low) = (u8x16::ZERO, u8x16::ZERO);
        let mut look = |at: usize, bytes: [u8; 16]| {
            let bytes = u8x16::new(bytes);
            escapes |= bytes.cmp_eq(u8x16::splat(b'\\'));
            low |= bytes.cmp_eq(bytes.min(u8x16::splat(b'\t' - 1)));
            let mut tabs = bytes.cmp_eq(u8x16::splat(b'\t')).move_mask();
            while tabs != 0 {
                survey.tab(at + tabs.trailing_zeros() as usize);
                tabs &= tabs - 1;
            }
        };
        let (steps, rest) = row.as_chunks::<16>();
        for (n, bytes) in steps.iter().enumerate() {
            look(16 * n, *bytes);
        }
        let mut last = [b' '; 16];
        last[..rest.len()].copy_from_slice(rest);
        look(row.len() - rest.len(), last);
        (survey.has_escapes, survey.has_low) = (escapes.any(), low.any());
        survey
    }

    fn tab(&mut self, at: usize) {
        if let Some(end) = self.ends.get_mut(self.tabs) {
            *end = at;
        }
        self.tabs += 1;
    }
}

impl Column {
    fn takes(self, cell: &str) -> bool {
        let integer = || {
            let digits = cell.strip_prefix('-').unwrap_or(cell);
            !digits.is_empty()
                && digits.bytes().all(|c| c.is_ascii_digit())
                && (cell == "0" || !digits.starts_with('0'))
        };
        match self {
            Column::Name => !cell.is_empty(),
            Column::Text => true,
            Column::Tag => TAGS.contains(&cell),
            Column::Index => integer() && !cell.starts_with('-'),
            Column::Sequence => integer() && !cell.starts_with('-') && cell != "0",
            Column::Integer => integer(),
            Column::Float => {
                matches!(cell, "nan" | "inf" | "-inf") || python_float(cell.as_bytes()).as_deref() == Some(cell)
            }
            Column::Boolean => matches!(cell, "true" | "false"),
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Column::Name => "a text that is not empty",
            Column::Text => "a text",
            Column::Tag => "one of the tags string, int, float64, bool, bytes, time, uuid, entity_ref",
            Column::Index => "an integer that is not negative, without leading zeros",
            Column::Sequence => "a positive integer without leading zeros",
            Column::Integer => "an integer without leading zeros",
            Column::Float => "a float in its shortest form",
            Column::Boolean => "true or false",
        }
    }
}

/// The text of a cell.
pub(crate) fn unescape(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some(other) => other,
                None => c,
            },
            c => c,
        });
    }
    out
}

fn bad_escape(row: &str) -> Option<String> {
    let mut chars = row.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('\\' | 't' | 'n') => {}
                other => return Some(["\\".to_owned(), other.map(String::from).unwrap_or_default()].concat()),
            }
        }
    }
    None
}

/// Rows are sorted as tuples of unescaped texts. Bytes decide alone where every character sorts after a tab.
fn compare_rows(a: &[u8], b: &[u8]) -> Ordering {
    let cells = |row: &[u8]| String::from_utf8_lossy(row).split('\t').map(unescape).collect::<Vec<_>>();
    cells(a).cmp(&cells(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_sort_as_tuples_of_unescaped_texts() {
        assert_eq!(compare_rows(b"a\tz", b"a\x01\ta"), Ordering::Less);
        assert_eq!(compare_rows(b"a\\nx\t", b"aax\t"), Ordering::Less);
        assert_eq!(compare_rows(b"a\t10", b"a\t9"), Ordering::Less);
        assert_eq!(compare_rows(b"a\tb", b"a\tb"), Ordering::Equal);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_cell() {
        let mut faults = Faults::default();
        let mut reader = TableReader::new(&TABLES[8]);
        assert!(reader.row(1, "\u{feff}a\tb".as_bytes(), &mut faults).is_none());
        assert!(reader.row(2, "\u{feff}a\tb".as_bytes(), &mut faults).is_some());
        assert_eq!(faults.of(FaultKind::Encoding).map(crate::finding::Tally::count), Some(1));
    }

    #[test]
    fn a_row_is_surveyed_wherever_its_bytes_stand() {
        for before in 0..18 {
            let text = [&b"abcdefghijklmnopqr"[..before], b"\t\x08\tz\xc3\x89"].concat();
            let survey = Survey::of(&text);
            assert_eq!((survey.tabs, survey.ends), (2, [before, before + 2, text.len(), text.len()]));
            assert!(survey.has_low && !survey.has_escapes);
            let survey = Survey::of(&[&b"abcdefghijklmnopqr"[..before], b"\\\t\t\t\t]["].concat());
            assert_eq!((survey.tabs, survey.ends), (4, [before + 1, before + 2, before + 3, before + 4]));
            assert!(survey.has_escapes && !survey.has_low);
        }
    }

    #[test]
    fn cells_have_types() {
        assert!(Column::Integer.takes("-5") && Column::Integer.takes("0"));
        assert!(["", "-", "-0", "01", "1_0", " 1", "٣"].iter().all(|cell| !Column::Integer.takes(cell)));
        assert!(Column::Float.takes("1e-05") && !Column::Float.takes("1e-5") && Column::Float.takes("nan"));
        assert!(!Column::Sequence.takes("0") && Column::Sequence.takes("7"));
    }
}
