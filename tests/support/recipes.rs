//! Recipes: a good package, a few edits, and what must be found in the result.

#![expect(clippy::unwrap_used, reason = "what cannot be set up has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use batool::digest::Digest;
use batool::source::Limits;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::copy;

/// Where good packages and recipes lie.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// What is wrong with a package, and how it came to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipe {
    /// The code that must be found: the file's name up to a `-`.
    #[serde(skip)]
    pub(crate) code: String,
    /// The file's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// What the fault is, in a sentence.
    pub(crate) why: String,
    /// The invariant that it is the plainest attack on.
    pub(crate) shows: Option<String>,
    /// The folder under `fixtures/packages` that is edited.
    pub(crate) base: String,
    /// The first place of the finding, as people see it.
    pub(crate) place: String,
    /// Other codes that this fault cannot but trip.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// Why it cannot.
    pub(crate) also_because: Option<String>,
    /// What only follows from the finding, by code; not looked at where nothing is named.
    #[serde(default)]
    pub(crate) consequences: BTreeMap<String, u64>,
    /// Bounds to read under.
    #[serde(default)]
    limits: Bounds,
    #[serde(default)]
    edit: Vec<Edit>,
    /// Digests to make right again, so that the edit itself is the only fault.
    #[serde(default)]
    rehash: Vec<Rehash>,
    /// Packs the result.
    tar: Option<Tar>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Bounds {
    max_package_bytes: Option<u64>,
    max_row_bytes: Option<u64>,
}

/// One step of a recipe. Lines count from 1.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
enum Edit {
    /// Writes a whole file.
    Write { file: String, text: String },
    /// Replaces a text that stands in the file, or in one line of it, exactly once.
    Replace {
        file: String,
        line: Option<usize>,
        old: String,
        #[serde(default)]
        new: String,
        /// Bytes in place of `new`.
        new_hex: Option<String>,
        /// Puts that many arrays around it.
        #[serde(default)]
        nest: usize,
    },
    /// Adds to the end of a file.
    Append { file: String, text: String },
    /// Takes bytes from the end of a file.
    Cut { file: String, bytes: usize },
    /// Writes a line twice.
    RepeatLine { file: String, line: usize },
    /// Exchanges a line with the next one.
    SwapLines { file: String, line: usize },
    /// Takes a line out.
    DropLine { file: String, line: usize },
    /// Removes a file.
    Delete { file: String },
    /// Gives a file another name.
    Rename { file: String, to: String },
    /// Makes a symbolic link.
    Symlink { file: String, to: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Rehash {
    Schema,
    Policy,
    Facts,
    Rules,
    Outputs,
    Supports,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tar {
    /// Bytes to take from the end.
    cut: u64,
}

/// All recipes, by code.
pub(crate) fn recipes() -> Vec<Recipe> {
    recipes_in("faults")
}

/// All recipes in a folder of fixtures, by name.
pub(crate) fn recipes_in(folder: &str) -> Vec<Recipe> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(fixtures().join(folder)).expect("there are recipes").map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| Recipe::read(file)).collect()
}

impl Recipe {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let recipe: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let name = file.file_stem().unwrap().to_str().unwrap();
        Self { code: name.split('-').next().unwrap().to_owned(), name: name.to_owned(), ..recipe }
    }

    /// The bounds to read the result under.
    pub(crate) fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            max_package_bytes: self.limits.max_package_bytes.unwrap_or(usual.max_package_bytes),
            max_row_bytes: self.limits.max_row_bytes.unwrap_or(usual.max_row_bytes),
            ..usual
        }
    }

    /// Makes the faulty package in a folder of its own; gives the folder, to be kept, and the package's path.
    pub(crate) fn cook(&self) -> (TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("package");
        copy(&fixtures().join("packages").join(&self.base), &root);
        for edit in &self.edit {
            edit.apply(&root, &self.code);
        }
        for what in &self.rehash {
            what.apply(&root);
        }
        let made = match &self.tar {
            Some(tar) => tar.pack(&root, place.path().join("package.tar")),
            None => root,
        };
        (place, made)
    }
}

impl Edit {
    fn apply(&self, root: &Path, code: &str) {
        match self {
            Edit::Write { file, text } => {
                fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
                fs::write(root.join(file), text).unwrap();
            }
            Edit::Replace { file, line, old, new, new_hex, nest } => change(root, file, |bytes| {
                let mut new = new_hex.as_deref().map_or_else(|| new.clone().into_bytes(), unhex);
                new = [vec![b'['; *nest], new, vec![b']'; *nest]].concat();
                let (start, end) = line.map_or((0, bytes.len()), |line| span(&bytes, line));
                let found: Vec<usize> = memchr::memmem::find_iter(&bytes[start..end], old.as_bytes()).collect();
                assert_eq!(found.len(), 1, "{code}: {old:?} must stand in {file} exactly once");
                let at = start + found[0];
                [&bytes[..at], &new, &bytes[at + old.len()..]].concat()
            }),
            Edit::Append { file, text } => change(root, file, |bytes| [&bytes, text.as_bytes()].concat()),
            Edit::Cut { file, bytes: n } => change(root, file, |bytes| bytes[..bytes.len() - n].to_vec()),
            Edit::RepeatLine { file, line } => change(root, file, |bytes| {
                let (start, end) = span(&bytes, *line);
                [&bytes[..end], &bytes[start..]].concat()
            }),
            Edit::SwapLines { file, line } => change(root, file, |bytes| {
                let ((a, b), (c, d)) = (span(&bytes, *line), span(&bytes, line + 1));
                [&bytes[..a], &bytes[c..d], &bytes[a..b], &bytes[d..]].concat()
            }),
            Edit::DropLine { file, line } => change(root, file, |bytes| {
                let (start, end) = span(&bytes, *line);
                [&bytes[..start], &bytes[end..]].concat()
            }),
            Edit::Delete { file } => fs::remove_file(root.join(file)).unwrap(),
            Edit::Rename { file, to } => fs::rename(root.join(file), root.join(to)).unwrap(),
            Edit::Symlink { file, to } => std::os::unix::fs::symlink(to, root.join(file)).unwrap(),
        }
    }
}

impl Rehash {
    fn apply(&self, root: &Path) {
        let read = |path: &str| fs::read(root.join(path)).unwrap();
        let inside = |folder: &str, end: &str| -> Vec<String> {
            let names = fs::read_dir(root.join(folder)).unwrap();
            let names = names.map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
            let mut names: Vec<String> = names.filter(|name| name.ends_with(end)).collect();
            names.sort();
            names
        };
        let group = |paths: Vec<String>| {
            let each = paths.iter().map(|path| [path.as_bytes(), b"\0", &read(path)].concat());
            Digest::of(&each.collect::<Vec<_>>().concat())
        };
        match self {
            Rehash::Schema => {
                let schema = stripped(serde_json::from_slice(&read("schema/schema_ir.json")).unwrap());
                let digest = Digest::of(&serde_json::to_vec(&schema).unwrap());
                state(root, "manifest.json", "schema_digest", digest);
            }
            Rehash::Policy => {
                state(root, "manifest.json", "policy_digest", Digest::of(&read("policy/policy_ir.json")));
            }
            Rehash::Facts => state(root, "manifest.json", "edb_digest", group(inside("facts", ".facts"))),
            Rehash::Rules => state(root, "manifest.json", "rules_digest", group(inside("rules", ".dl"))),
            Rehash::Outputs => {
                let digest = group(inside("outputs", ".out.facts"));
                state(root, "outputs/run_manifest.json", "outputs_digest", digest);
            }
            Rehash::Supports => change(root, "audit/support_artifacts.jsonl", |bytes| {
                let rows = String::from_utf8(bytes).unwrap();
                let rows = rows.lines().map(|row| {
                    let (rest, _) = row.rsplit_once(",\"support_digest\":").expect("each row states a digest");
                    let digest = Digest::of(format!("{rest}}}").as_bytes());
                    format!("{rest},\"support_digest\":\"{}\"}}\n", digest.token())
                });
                rows.collect::<String>().into_bytes()
            }),
        }
    }
}

impl Tar {
    fn pack(&self, root: &Path, to: PathBuf) -> PathBuf {
        let mut tar = tar::Builder::new(fs::File::create(&to).unwrap());
        tar.mode(tar::HeaderMode::Deterministic);
        let mut files = Vec::new();
        walk(root, &mut |file| files.push(file.strip_prefix(root).unwrap().to_owned()));
        for file in files {
            tar.append_path_with_name(root.join(&file), &file).unwrap();
        }
        let file = tar.into_inner().unwrap();
        file.set_len(file.metadata().unwrap().len() - self.cut).unwrap();
        to
    }
}

/// A schema without what no digest covers.
fn stripped(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| !matches!(name.as_str(), "generated_at" | "repr"));
            let kept = kept.map(|(name, value)| {
                let value = if name == "meta_keys" { value } else { stripped(value) };
                (name, value)
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(stripped).collect()),
        value => value,
    }
}

/// Puts a digest in the place of the one stated under a name.
fn state(root: &Path, file: &str, name: &str, digest: Digest) {
    change(root, file, |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        let (head, rest) = text.split_once(&format!("\"{name}\":\"")).expect("the digest is stated");
        let (_, tail) = rest.split_once('"').expect("a string ends");
        format!("{head}\"{name}\":\"{}\"{tail}", digest.token()).into_bytes()
    });
}

fn change(root: &Path, file: &str, how: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let path = root.join(file);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    fs::write(path, how(bytes)).unwrap();
}

/// Where a line begins and the next one does.
fn span(bytes: &[u8], line: usize) -> (usize, usize) {
    let mut ends = memchr::memchr_iter(b'\n', bytes).map(|end| end + 1);
    let start = if line == 1 { 0 } else { ends.nth(line - 2).expect("there are that many lines") };
    (start, ends.next().unwrap_or(bytes.len()))
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Shows every file under a folder, in order.
fn walk(folder: &Path, each: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, each);
        } else {
            each(&entry);
        }
    }
}
