//! What does not fit in memory, in unnamed temporary files: lists, tables and texts page by page, and sorted runs of records.
//!
//! Who holds much asks a `Memory` for it, which all share; who is refused writes what it holds to a file. No answer depends
//! on when that was. Files have no name, so nothing of them is left whatever ends the process.

mod bits;
mod heap;
mod index;
mod list;
mod map;
mod memory;
mod pages;
mod record;
mod runs;
mod sorter;
mod table;
mod text_sorter;
mod texts;

pub(crate) use bits::Bits;
pub(crate) use heap::Heap;
pub(crate) use index::Index;
pub(crate) use list::List;
pub(crate) use map::{Map, MapBuilder};
pub use memory::DEFAULT_MEMORY;
pub(crate) use memory::{Held, Memory};
pub(crate) use record::{Record, record};
pub(crate) use runs::{Runs, nameless, told};
pub(crate) use sorter::{Reader, Sorted, Sorter};
pub(crate) use table::Table;
pub(crate) use text_sorter::{SortedTexts, TextReader, TextSorter};
pub(crate) use texts::{TextPlace, Texts};
