//! The tree that git would make of the index.
//!
//! Git keeps in the index what trees it made of it, and takes them for true when it commits: the extension `TREE`. If
//! every directory has its tree there, the answer is the first of them. It stands behind all entries, of which an archive
//! has some thirty a run; they are passed over, not read.
//!
//! Source: gitformat-index(5). What is written in another way than version 2 or 3 git itself is asked about.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::process::Command;

use super::id::Id;
use super::repo::Repo;
use crate::error::{Doing, Error, Result};

/// So much of an index is in memory at once, in bytes.
const WINDOW: usize = 256 << 10;
/// What a note of where the entries end has beside two digests: a signature, a length, a place.
const NOTE: i64 = 12;

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
///
/// Git must come to the same: whatever it might read in another way has no answer here, and is left to git.
fn cached(index: impl Read + Seek, size: usize) -> io::Result<Option<Vec<u8>>> {
    let mut index = Passing(BufReader::with_capacity(WINDOW, index));
    // Before the checksum git looks for a note of where the entries end, and then begins there.
    let note = NOTE + 2 * size as i64;
    let end = index.0.seek(SeekFrom::End(-(size as i64)))?;
    index.0.seek(SeekFrom::End(-note))?;
    let is_noted = &index.array()? == b"EOIE";
    index.0.rewind()?;
    let [signature, version, count] = [index.array()?, index.array()?, index.array()?];
    if is_noted || &signature != b"DIRC" || ![2, 3].contains(&u32::from_be_bytes(version)) {
        return Ok(None);
    }
    for _ in 0..u32::from_be_bytes(count) {
        index.pass_entry(size)?;
    }
    let mut tree = None;
    while index.0.stream_position()? + 8 <= end {
        let signature: [u8; 4] = index.array()?;
        let length = u64::from(u32::from_be_bytes(index.array()?));
        match &signature {
            b"TREE" if tree.is_none() => {
                let mut trees = Passing(index.0.by_ref().take(length));
                tree = first_tree(&mut trees, size)?;
                let rest = trees.0.limit();
                index.pass(rest)?;
                if tree.is_none() {
                    return Ok(None);
                }
            }
            // Git takes the last of several; and most of a split index lies in another file.
            b"TREE" | b"link" => return Ok(None),
            _ => index.pass(length)?,
        }
    }
    Ok(tree)
}

/// Reads one directory after another: its name, NUL, how many files are beneath, blank, how many directories are within,
/// line feed, and its tree unless the first number is -1. The first has no name.
fn first_tree(trees: &mut Passing<impl BufRead>, size: usize) -> io::Result<Option<Vec<u8>>> {
    let mut first = None;
    let mut waiting: u64 = 1;
    while waiting > 0 {
        let name = trees.pass_through(0)? - 1;
        if (first.is_none() && name > 0) || trees.number(b' ')?.is_none() {
            return Ok(None);
        }
        let Some(within) = trees.number(b'\n')? else { return Ok(None) };
        waiting = waiting - 1 + u64::from(within);
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

    /// A number of decimal digits before a byte; none if it is none, -1 say, or more than git has room for.
    fn number(&mut self, end: u8) -> io::Result<Option<u32>> {
        let mut digits = Vec::new();
        self.0.by_ref().take(12).read_until(end, &mut digits)?;
        let number = digits.strip_suffix(&[end]).and_then(|digits| str::from_utf8(digits).ok());
        Ok(number.and_then(|digits| digits.parse().ok()).filter(|number| *number <= i32::MAX as u32))
    }

    /// Ten numbers of four bytes, the id, the flags, of which twelve bits are the name's length if it is short, and the name.
    fn pass_entry(&mut self, size: usize) -> io::Result<()> {
        const EXTENDED: u16 = 0x4000;
        const LONG: u16 = 0x0fff;
        let mut head = 40 + size as u64 + 2;
        self.pass(head - 2)?;
        let flags = u16::from_be_bytes(self.array()?);
        if flags & EXTENDED != 0 {
            self.pass(2)?;
            head += 2;
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
    use std::io::Cursor;

    use super::*;

    fn tree_in(index: &[u8]) -> io::Result<Option<Vec<u8>>> {
        cached(Cursor::new(index), 20)
    }

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
            bytes.extend(vec![b'n'; length]);
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
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
        for version in 2..=3 {
            let found = tree_in(&index(version, &LENGTHS, b"TREE", &trees)).expect("it can be read");
            assert_eq!(found, Some(vec![0; 20]), "version {version}");
        }
    }

    #[test]
    fn a_directory_without_a_tree_a_split_index_and_damage_have_no_answer() {
        let open = [tree("", 5, 2), tree("a", 2, 1), tree("bc", -1, 0), tree("def", 3, 0)].concat();
        let whole = [tree("", 5, 2), tree("a", 2, 0)].concat();
        assert_eq!(tree_in(&index(2, &LENGTHS, b"TREE", &open)).expect("it can be read"), None);
        assert!(tree_in(&index(2, &LENGTHS, b"TREE", &whole)).is_err(), "one directory is missing");
        assert_eq!(tree_in(&index(2, &LENGTHS, b"link", &whole)).expect("it can be read"), None);
        for version in [1, 4, 5] {
            assert_eq!(tree_in(&index(version, &LENGTHS, b"TREE", &whole)).expect("it can be read"), None);
        }
        assert_eq!(tree_in(&index(2, &[3], b"TREE", b"\0999999999999999 1\n")).expect("it can be read"), None);
        let bytes = index(2, &[3, 5], b"TREE", &tree("", 2, 0));
        assert!(tree_in(&bytes).expect("it can be read").is_some());
        for end in 0..bytes.len() - 20 {
            assert!(!tree_in(&bytes[..end]).is_ok_and(|found| found.is_some()), "cut at {end}");
        }
    }

    #[test]
    fn what_git_might_read_in_another_way_is_left_to_git() {
        let known = |index: &[u8]| tree_in(index).expect("it can be read").is_some();
        let lone = tree("", 2, 0);
        let plain = index(2, &[3, 5], b"TREE", &lone);
        assert!(known(&plain) && !known(&index(2, &[3], b"UNTR", &lone)));
        let with = |signature: &[u8], text: &[u8]| {
            let more = [signature, &(text.len() as u32).to_be_bytes(), text, &[0; 20]].concat();
            [&plain[..plain.len() - 20], &more].concat()
        };
        assert!(known(&with(b"FSMN", b"12345678")));
        assert!(!known(&with(b"TREE", &lone)), "git takes the second");
        assert!(!known(&with(b"EOIE", &[7; 24])), "git begins elsewhere");
        assert!(!known(&with(b"FSMN", &[b"EOIE\0\0\0\x18", &[7; 24][..]].concat())), "git finds it by its place");
        assert!(!known(&index(2, &[3], b"TREE", &tree("root", 2, 0))), "git takes it for none");
        let wide = [&b"\x004294967295 0\n"[..], &[0; 20]].concat();
        assert!(!known(&index(2, &[3], b"TREE", &wide)), "git takes it for -1");
    }
}
