//! What does not fit in memory: sorted runs of records of one size in unnamed temporary files, merged when they are read.
//!
//! Who holds much asks a `Memory` for it, which all share; who is refused writes what it holds to a file. No answer depends
//! on when that was. Files have no name, so nothing of them is left whatever ends the process.

mod map;
mod memory;
mod record;
mod runs;
mod slots;
mod sorter;
mod text_sorter;
mod texts;

pub(crate) use map::{Map, MapBuilder};
pub use memory::DEFAULT_MEMORY;
pub(crate) use memory::{Held, Memory};
pub(crate) use record::Record;
pub(crate) use runs::{Runs, nameless, told};
pub(crate) use slots::Slots;
pub(crate) use sorter::{Reader, Sorted, Sorter};
pub(crate) use text_sorter::{SortedTexts, TextReader, TextSorter};
pub(crate) use texts::{TextPlace, Texts};
