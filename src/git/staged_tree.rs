//! The tree that git would make of the index.
//!
//! Git keeps in the index what trees it made of it, and takes them for true when it commits: the extension `TREE`. If
//! every directory has its tree there, the answer is the first of them. It stands behind all entries, of which an archive
//! has some thirty a run; they are passed over, not read.
//!
//! Source: gitformat-index(5), versions 2 to 4.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::process::Command;

use super::id::Id;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// So much of an index is in memory at once, in bytes.
const WINDOW: usize = 256 << 10;

impl Repo {
    /// The tree that git would make of what is staged. Git may hold the index: it is never written.
    ///
    /// # Errors
    /// When there is no such tree, conflicts being staged say, or git cannot be run.
    pub fn staged_tree(&self) -> Result<Id> {
        // What cannot be read here, git can read or can name.
        let size = self.object_format().kind().len_in_bytes();
        if let Ok(Some(id)) = File::open(self.index_path()).and_then(|file| cached(file, size)) {
            return Ok(Id(gix::ObjectId::from_bytes_or_panic(&id)));
        }
        let doing = || "cannot make a tree of what is staged".to_owned();
        let copy = tempfile::NamedTempFile::new().doing(doing)?;
        match fs::copy(self.index_path(), copy.path()) {
            // Git takes no file for an index of nothing, and an empty one for damage.
            Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_file(copy.path()).doing(doing)?,
            copied => drop(copied.doing(doing)?),
        }
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(self.git_dir());
        git.args(["--no-replace-objects", "-c", "core.fsmonitor=false", "write-tree"]);
        let output = git.env("GIT_INDEX_FILE", copy.path()).output().doing(|| "cannot run git".into())?;
        let said = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
        if !output.status.success() {
            return Err(Error::new(doing()).because(format!("git says: {}", said.trim())));
        }
        Id::from_hex(said.trim())
    }
}

/// The id of the first tree in the extension `TREE`, if each directory has one; ids have `size` bytes.
fn cached(index: impl Read, size: usize) -> io::Result<Option<Vec<u8>>> {
    let mut index = Passing(BufReader::with_capacity(WINDOW, index));
    let [signature, version, count] = [index.array()?, index.array()?, index.array()?];
    let version = u32::from_be_bytes(version);
    if &signature != b"DIRC" || !(2..=4).contains(&version) {
        return Ok(None);
    }
    for _ in 0..u32::from_be_bytes(count) {
        index.pass_entry(version, size)?;
    }
    loop {
        let signature: [u8; 4] = index.array()?;
        let length = u64::from(u32::from_be_bytes(index.array()?));
        match &signature {
            b"TREE" => return first_tree(&mut Passing(BufReader::new(index.0.take(length))), size),
            // Most of a split index lies in another file.
            b"link" => return Ok(None),
            _ => index.pass(length)?,
        }
    }
}

/// Reads one directory after another: its name, NUL, how many files are beneath, blank, how many directories are within,
/// line feed, and its tree unless the first number is -1.
fn first_tree(trees: &mut Passing<impl BufRead>, size: usize) -> io::Result<Option<Vec<u8>>> {
    let mut first = None;
    let mut waiting: u64 = 1;
    while waiting > 0 {
        trees.pass_through(0)?;
        if trees.number(b' ')?.is_none() {
            return Ok(None);
        }
        let Some(within) = trees.number(b'\n')? else { return Ok(None) };
        waiting = waiting - 1 + within;
        if first.is_some() {
            trees.pass(size as u64)?;
        } else {
            let mut id = vec![0; size];
            trees.0.read_exact(&mut id)?;
            first = Some(id);
        }
    }
    Ok(first)
}

/// Reads some and passes over the rest.
struct Passing<R>(R);

impl<R: BufRead> Passing<R> {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn pass(&mut self, mut length: u64) -> io::Result<()> {
        while length > 0 {
            let there = self.0.fill_buf()?.len() as u64;
            if there == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let passed = length.min(there);
            self.0.consume(passed as usize);
            length -= passed;
        }
        Ok(())
    }

    /// Passes over all bytes to the next of this value, and that one.
    fn pass_through(&mut self, end: u8) -> io::Result<u64> {
        match self.0.skip_until(end)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            passed => Ok(passed as u64),
        }
    }

    /// A number of decimal digits before a byte; none if it is none, -1 say.
    fn number(&mut self, end: u8) -> io::Result<Option<u64>> {
        let mut digits = Vec::new();
        self.0.by_ref().take(12).read_until(end, &mut digits)?;
        let number = digits.strip_suffix(&[end]).and_then(|digits| str::from_utf8(digits).ok());
        Ok(number.and_then(|digits| digits.parse().ok()))
    }

    /// Ten numbers of four bytes, the id, the flags, of which twelve bits are the name's length if it is short, and the name.
    fn pass_entry(&mut self, version: u32, size: usize) -> io::Result<()> {
        const EXTENDED: u16 = 0x4000;
        const LONG: u16 = 0x0fff;
        let mut head = 40 + size as u64 + 2;
        self.pass(head - 2)?;
        let flags = u16::from_be_bytes(self.array()?);
        if flags & EXTENDED != 0 {
            self.pass(2)?;
            head += 2;
        }
        if version == 4 {
            // How much of the name before is not in this one: the last of its bytes has no highest bit.
            while self.array::<1>()?[0] & 0x80 != 0 {}
            self.pass_through(0)?;
            return Ok(());
        }
        let name = match flags & LONG {
            LONG => self.pass_through(0)? - 1,
            short => {
                self.pass(u64::from(short) + 1)?;
                u64::from(short)
            }
        };
        // One to eight NULs end it, so that entries begin at multiples of eight.
        self.pass(7 - (head + name) % 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index of these versions, with names of these lengths and an extension of this text behind another one.
    fn index(version: u32, names: &[usize], signature: &[u8; 4], text: &[u8]) -> Vec<u8> {
        let mut bytes = b"DIRC".to_vec();
        bytes.extend(version.to_be_bytes());
        bytes.extend((names.len() as u32).to_be_bytes());
        for &length in names {
            let start = bytes.len();
            bytes.extend([b'\n'; 60]);
            let is_extended = version > 2 && length % 2 == 1;
            bytes.extend((length.min(0xfff) as u16 | if is_extended { 0x4000 } else { 0 }).to_be_bytes());
            bytes.extend(if is_extended { &b"\0\0"[..] } else { b"" });
            if version == 4 {
                bytes.extend([0x81, 0x00]);
            }
            bytes.extend(vec![b'n'; length]);
            bytes.push(0);
            while version < 4 && !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        for (signature, text) in [(b"REUC", &b"1234567"[..]), (signature, text)] {
            bytes.extend(signature);
            bytes.extend((text.len() as u32).to_be_bytes());
            bytes.extend(text);
        }
        bytes.extend([0; 20]);
        bytes
    }

    fn tree(name: &str, files: i32, within: u32) -> Vec<u8> {
        let mut text = format!("{name}\0{files} {within}\n").into_bytes();
        if files >= 0 {
            text.extend([name.len() as u8; 20]);
        }
        text
    }

    const LENGTHS: [usize; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 4094, 4095, 300_000];

    #[test]
    fn the_first_tree_is_found_behind_names_of_all_lengths() {
        let trees = [tree("", 5, 2), tree("a", 2, 1), tree("bc", 1, 0), tree("def", 3, 0)].concat();
        for version in 2..=4 {
            let found = cached(&index(version, &LENGTHS, b"TREE", &trees)[..], 20).expect("it can be read");
            assert_eq!(found, Some(vec![0; 20]), "version {version}");
        }
    }

    #[test]
    fn a_directory_without_a_tree_a_split_index_and_damage_have_no_answer() {
        let open = [tree("", 5, 2), tree("a", 2, 1), tree("bc", -1, 0), tree("def", 3, 0)].concat();
        let whole = [tree("", 5, 2), tree("a", 2, 0)].concat();
        assert_eq!(cached(&index(2, &LENGTHS, b"TREE", &open)[..], 20).expect("it can be read"), None);
        assert!(cached(&index(2, &LENGTHS, b"TREE", &whole)[..], 20).is_err(), "one directory is missing");
        assert_eq!(cached(&index(2, &LENGTHS, b"link", &whole)[..], 20).expect("it can be read"), None);
        assert_eq!(cached(&index(5, &LENGTHS, b"TREE", &whole)[..], 20).expect("it can be read"), None);
        assert_eq!(cached(&index(2, &[3], b"TREE", b"\0999999999999999 1\n")[..], 20).expect("it can be read"), None);
        let bytes = index(2, &[3, 5], b"TREE", &tree("", 2, 0));
        assert!(cached(&bytes[..], 20).expect("it can be read").is_some());
        for end in 0..bytes.len() - 20 {
            assert!(!cached(&bytes[..end], 20).is_ok_and(|found| found.is_some()), "cut at {end}");
        }
    }
}
