//! Laws that hold for any input: of the JSON reader against serde_json, and of packages with anything changed in them.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::sync::LazyLock;

use batool::assess::assess;
use batool::digest::{Digest, Hasher};
use batool::error::{Error, Result};
use batool::json::{FaultKind, Kind, Scanner, Value};
use batool::judge::Options;
use batool::source::{Limits, Listing, ListingBuilder, PackageSource, RawEntry, RawKind};
use batool::summary;
use proptest::prelude::*;
use proptest::sample::Index;

use support::{files, shared};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

// ---- JSON ----

/// Pieces of which texts are made that are nearly JSON.
fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "{\"a\":",
        "\"b\":",
        "[1,",
        "\"\"",
        "\"a\"",
        "\"\\u0061\"",
        "\"é\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\\/\"",
        "\"\\u001F\"",
        "\"\\n\"",
        "\"\n\"",
        "\"",
        "\\",
        "0",
        "-0",
        "01",
        "1",
        "-",
        "1.5",
        "1.50",
        "1e5",
        "1E-05",
        "1e-05",
        "1e999",
        "0.0001",
        "12345678901234567890123",
        "1e+16",
        "1e16",
        "true",
        "false",
        "null",
        "NaN",
        "nul",
        " ",
        "\n",
        "\u{feff}",
        "/**/",
        "\u{0}",
    ];
    prop_oneof![8 => prop::sample::select(fixed.to_vec()).prop_map(str::to_owned), 1 => ".{0,3}", 1 => "-?[0-9]{1,20}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"]
}

fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let texts = prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![3 => texts, 1 => prop::collection::vec(any::<u8>(), 0..40)]
}

/// JSON values, with names and numbers where readers stumble.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = || prop_oneof![".{0,6}", "[\\x00-\\x7f]{0,6}", Just("\u{1f600}\u{fb33}\u{2028}\u{7f}".to_owned())];
    let float = any::<f64>().prop_filter("JSON has no others", |value| value.is_finite());
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        (-1000..1000_i32).prop_map(|n| (f64::from(n) / 8.0).into()),
        float.prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(text(), inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

/// As Python's `json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))` writes what it read.
fn python_dump(value: Value<'_>) -> String {
    let string = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    match value.kind() {
        Kind::Integer if value.raw() == b"-0" => "0".into(),
        Kind::Float => python_repr(String::from_utf8_lossy(value.raw()).parse().expect("the token is a number")),
        Kind::String => string(&value.text().expect("it is a text")),
        Kind::Array => format!("[{}]", value.items().map(python_dump).collect::<Vec<_>>().join(",")),
        Kind::Object => {
            let members: BTreeMap<String, String> =
                value.members().map(|(name, value)| (name.into_owned(), python_dump(value))).collect();
            let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", string(name))).collect();
            format!("{{{}}}", members.join(","))
        }
        _ => String::from_utf8_lossy(value.raw()).into_owned(),
    }
}

/// `repr` of a float, from the shortest digits that serde_json finds.
fn python_repr(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let text = serde_json::to_string(&value.abs()).expect("it is finite");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{part}");
    // The value is 0.DIGITS times ten to the power of `point`.
    let mut point = whole.len() as i32 + exponent.parse::<i32>().expect("it is a number");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    point -= leading as i32;
    let digits = digits.trim_matches('0');
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let n = digits.len() as i32;
    if digits.is_empty() {
        format!("{sign}0.0")
    } else if !(-3..=16).contains(&point) {
        let rest = if n > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        let exponent = point - 1;
        format!("{sign}{}{rest}e{}{:02}", &digits[..1], if exponent < 0 { '-' } else { '+' }, exponent.abs())
    } else if point <= 0 {
        format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
    } else if n <= point {
        format!("{sign}{digits}{}.0", "0".repeat((point - n) as usize))
    } else {
        format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..])
    }
}

/// True if both readers read the same value.
fn same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    match theirs {
        serde_json::Value::Null => ours.is_null(),
        serde_json::Value::Bool(value) => ours.kind() == if *value { Kind::True } else { Kind::False },
        serde_json::Value::String(text) => ours.is_text(text),
        serde_json::Value::Array(items) => {
            ours.kind() == Kind::Array
                && ours.items().count() == items.len()
                && ours.items().zip(items).all(|(ours, theirs)| same(ours, theirs))
        }
        serde_json::Value::Object(members) => {
            ours.kind() == Kind::Object
                && ours.members().count() == members.len()
                && members.iter().all(|(name, theirs)| ours.get(name).is_some_and(|ours| same(ours, theirs)))
        }
        serde_json::Value::Number(number) => {
            let token = String::from_utf8_lossy(ours.raw()).into_owned();
            match number.as_i64() {
                Some(integer) => ours.integer() == Some(integer),
                None => token.parse::<f64>().ok().map(f64::to_bits) == number.as_f64().map(f64::to_bits),
            }
        }
    }
}

fn agree(text: &[u8]) -> std::result::Result<(), TestCaseError> {
    let mut scanner = Scanner::new(512);
    let theirs = serde_json::from_slice::<serde_json::Value>(text);
    match (scanner.scan(text), theirs) {
        (Ok(document), Ok(theirs)) => {
            prop_assert!(same(document.root(), &theirs), "{theirs:?}");
            let canonical = python_dump(document.root()).as_bytes() == text;
            prop_assert_eq!(document.deviation().is_none(), canonical, "{:?}", document.deviation());
        }
        // We keep numbers of any size as written; no double holds these.
        (Ok(document), Err(error)) => {
            prop_assert!(error.to_string().contains("number out of range"), "{}", error);
            prop_assert!(document.deviation().is_some());
        }
        (Err(fault), Ok(_)) => prop_assert_eq!(fault.kind, FaultKind::DuplicateKey, "{:?}", fault),
        (Err(fault), Err(_)) => prop_assert!(fault.offset <= text.len()),
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn what_is_nearly_json_is_read_as_serde_json_reads_it(text in nearly_json()) {
        agree(&text)?;
    }
}

/// Objects whose names come again and again, sometimes twice, sometimes in other spellings, sometimes broken off.
fn objects() -> impl Strategy<Value = Vec<u8>> {
    let name = || prop::sample::select(vec!["a", "b", "c", "ab", "é", "\\u0061", ""]);
    let colon = || prop::sample::select(vec![":", ":", ":", ": ", " :"]);
    let leaf = prop::sample::select(vec!["1", "\"x\"", "null", "[]", "{}", "", "]"]).prop_map(str::to_owned);
    let value = leaf.prop_recursive(3, 24, 5, move |inner| {
        let member =
            (name(), colon(), inner.clone()).prop_map(|(name, colon, value)| format!("\"{name}\"{colon}{value}"));
        let object = prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(",")));
        let list = prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![4 => object, 1 => list]
    });
    value.prop_map(String::into_bytes)
}

/// Everything that a scan tells, in words.
fn told(scanner: &mut Scanner, text: &[u8]) -> String {
    match scanner.scan(text) {
        Ok(document) => format!("{} {:?}", python_dump(document.root()), document.deviation()),
        Err(fault) => format!("{fault:?}"),
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn what_a_scanner_learnt_changes_nothing_that_it_tells(texts in prop::collection::vec(objects(), 1..8)) {
        let mut learnt = Scanner::new(512);
        for text in texts.iter().chain(&texts) {
            prop_assert_eq!(told(&mut learnt, text), told(&mut Scanner::new(512), text));
        }
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_value_is_read_back_however_it_is_spelt(value in json(), noise in any::<Index>(), byte in any::<u8>()) {
        let compact = serde_json::to_vec(&value).expect("it is JSON");
        agree(&compact)?;
        agree(&serde_json::to_vec_pretty(&value).expect("it is JSON"))?;
        agree(&batool::json::canonical_bytes(&value).expect("it is JSON"))?;
        let mut scanner = Scanner::new(512);
        let canonical = python_dump(scanner.scan(&compact).expect("it is JSON").root()).into_bytes();
        let deviation = scanner.scan(&canonical).expect("it is JSON").deviation();
        prop_assert_eq!(deviation, None);
        let mut broken = canonical;
        let at = noise.index(broken.len());
        broken[at] = byte;
        agree(&broken)?;
    }
}

#[test]
fn floats_are_spelt_by_hand_as_python_spells_them() {
    for text in [
        "0.0",
        "-0.0",
        "1.0",
        "120.0",
        "0.0001",
        "1e-05",
        "1.5e-07",
        "1e+16",
        "9999999999999998.0",
        "5e-324",
        "1.25",
        "-1e+22",
        "879278572296093.2",
    ] {
        assert_eq!(python_repr(text.parse().expect("it is a float")), text);
    }
}

// ---- packages ----

type Files = BTreeMap<String, Vec<u8>>;

/// A package in memory, whose bytes come in pieces of these sizes, over and over.
struct Memory<'f> {
    files: &'f Files,
    listing: Listing,
    pieces: &'f [usize],
}

impl<'f> Memory<'f> {
    fn new(files: &'f Files, pieces: &'f [usize], limits: Limits) -> Self {
        let mut builder = ListingBuilder::new(limits);
        for (path, bytes) in files {
            builder.add(RawEntry { name: path.clone().into_bytes(), kind: RawKind::File(bytes.len() as u64) });
        }
        Self { files, listing: builder.finish(), pieces }
    }
}

impl PackageSource for Memory<'_> {
    fn describe(&self) -> String {
        "memory".into()
    }

    fn listing(&self) -> &Listing {
        &self.listing
    }

    fn open(&mut self, path: &str) -> Result<Box<dyn Read + '_>> {
        let bytes = self.files.get(path).ok_or_else(|| Error::new("there is no such file"))?;
        Ok(Box::new(Pieces { bytes, pieces: self.pieces.iter().cycle() }))
    }
}

struct Pieces<'f> {
    bytes: &'f [u8],
    pieces: std::iter::Cycle<std::slice::Iter<'f, usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let wanted = self.pieces.next().copied().unwrap_or(usize::MAX).min(buffer.len()).min(self.bytes.len());
        let (head, rest) = self.bytes.split_at(wanted);
        buffer[..wanted].copy_from_slice(head);
        self.bytes = rest;
        Ok(wanted)
    }
}

/// The name of the bytes, and the certificate.
fn certificate(files: &Files, pieces: &[usize], limits: Limits) -> (Digest, Vec<u8>) {
    let mut source = Memory::new(files, pieces, limits);
    let assessment = assess(&mut source, &mut (), limits, Options::default()).expect("memory can be read");
    let name = assessment.package.dir_hash();
    let bytes = assessment.certificate().to_bytes().expect("it is JSON");
    let summary = summary::render(&bytes).expect("it is a certificate");
    assert!(summary.contains(&name.to_string()));
    (name, bytes)
}

/// Packages of both dialects, of all shapes and with most ledgers; only the project's own if the shared ones are not there.
static PACKAGES: LazyLock<Vec<Files>> = LazyLock::new(|| {
    let names =
        ["traces-full", "mapping-conflict-full", "rounds", "edge/authoring", "inference", "derive", "evidence-full"];
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/packages");
    let documented = ["ok-documented", "ok-documented-rows"].map(|name| fixtures.join(name));
    let real = shared("data/packages").map(|root| names.map(|name| root.join(name)));
    let name = |root: &std::path::Path, path: &std::path::Path| {
        path.strip_prefix(root).expect("it lies there").to_string_lossy().into_owned()
    };
    let read = |root: std::path::PathBuf| {
        files(&root).iter().map(|path| (name(&root, path), fs::read(path).expect("it can be read"))).collect()
    };
    real.into_iter().flatten().chain(documented).map(read).collect()
});

/// One change to a file.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Delete(Index, usize),
    Cut(Index),
    SwapLines(Index, Index),
    RepeatLine(Index),
    DropLine(Index),
    EditNumber(Index, u8),
    Drop,
    Exchange(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        3 => (index(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        2 => (index(), prop::collection::vec(any::<u8>(), 1..4)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (index(), prop::sample::select(vec![&b"\n"[..], b"\t", b"\\", b"\"", b"{", b"[[[[", b",", b"null", b"\xff"]))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes.to_vec())),
        2 => (index(), 1..20_usize).prop_map(|(at, count)| Change::Delete(at, count)),
        1 => index().prop_map(Change::Cut),
        2 => (index(), index()).prop_map(|(one, other)| Change::SwapLines(one, other)),
        1 => index().prop_map(Change::RepeatLine),
        1 => index().prop_map(Change::DropLine),
        3 => (index(), b'0'..=b'9').prop_map(|(at, digit)| Change::EditNumber(at, digit)),
        1 => Just(Change::Drop),
        1 => index().prop_map(Change::Exchange),
    ]
}

fn apply(files: &mut Files, path: &str, change: &Change) {
    let Some(bytes) = files.get_mut(path) else { return };
    let lines = |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let is_empty = bytes.is_empty();
    match change {
        Change::Drop => drop(files.remove(path)),
        Change::Exchange(other) => {
            let other = other.get(&files.keys().cloned().collect::<Vec<_>>()).clone();
            let (mine, theirs) = (files[path].clone(), files[&other].clone());
            files.insert(path.to_owned(), theirs);
            files.insert(other, mine);
        }
        Change::Insert(at, new) => {
            let at = at.index(bytes.len() + 1);
            drop(bytes.splice(at..at, new.iter().copied()));
        }
        _ if is_empty => {}
        Change::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Change::Delete(at, count) => {
            let at = at.index(bytes.len());
            bytes.drain(at..bytes.len().min(at + count));
        }
        Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Change::SwapLines(one, other) => {
            let mut rows = lines(bytes);
            let (one, other) = (one.index(rows.len()), other.index(rows.len()));
            rows.swap(one, other);
            *bytes = rows.concat();
        }
        Change::RepeatLine(at) => {
            let mut rows = lines(bytes);
            let row = at.get(&rows).clone();
            rows.insert(at.index(rows.len()), row);
            *bytes = rows.concat();
        }
        Change::DropLine(at) => {
            let mut rows = lines(bytes);
            rows.remove(at.index(rows.len()));
            *bytes = rows.concat();
        }
        Change::EditNumber(at, digit) => {
            let digits: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[*at.get(&digits)] = *digit;
            }
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn whatever_is_changed_nothing_panics_and_the_name_of_the_bytes_changes_with_them(
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), change()), 1..4),
        pieces in prop::collection::vec(1..5000_usize, 1..5),
    ) {
        let before = which.get(&PACKAGES);
        let mut after = before.clone();
        for (file, change) in &changes {
            let paths: Vec<_> = after.keys().cloned().collect();
            let path: &String = file.get(&paths);
            apply(&mut after, path, change);
        }
        let (name, bytes) = certificate(&after, &[usize::MAX], Limits::default());
        let untouched = name_of(before);
        prop_assert_eq!(name == untouched, &after == before);
        // However the bytes are cut on their way, the certificate is the same.
        let (_, again) = certificate(&after, &pieces, Limits::default());
        prop_assert!(bytes == again);
        // However little memory there is, as well.
        let (_, tight) = certificate(&after, &pieces, Limits { memory: 0, ..Limits::default() });
        prop_assert!(bytes == tight);
    }

    #[test]
    fn a_bound_on_rows_is_the_same_however_the_bytes_are_cut(
        which in any::<Index>(),
        bound in 1..3000_u64,
        pieces in prop::collection::vec(1..3000_usize, 1..5),
    ) {
        let limits = Limits { max_row_bytes: bound, ..Limits::default() };
        let files = which.get(&PACKAGES);
        prop_assert!(certificate(files, &[usize::MAX], limits) == certificate(files, &pieces, limits));
    }
}

/// The name of the bytes, reckoned here: the digest of the lines `<sha256>  <path>`, in the order of paths.
fn name_of(files: &Files) -> Digest {
    let mut hasher = Hasher::new();
    for (path, bytes) in files {
        hasher.update(format!("{}  {path}\n", Digest::of(bytes)).as_bytes());
    }
    hasher.finish()
}
