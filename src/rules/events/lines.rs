//! Lines that are not one JSON object that means the same to every reader.

use super::{Fault, Page, Rule};
use crate::events::EventLog;

pub(crate) static LINE_LENGTH: Rule<EventLog> = Rule {
    code: "R_LINE_LENGTH",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a line of more than 1 MiB",
        means: "A line has more than 1,048,576 bytes before its newline.",
        matters: "No event needs so much; a reader that takes any line can be made to use up its memory.",
        innocent: "A newline that got lost, or a payload in `attrs` that belongs into a file of its own.",
        next: "Look at the line named; have the writer mended, or take the log from where it was written, byte for byte.",
    },
    check: |log, out| out.noticed(log, Fault::LineLength),
};

pub(crate) static ENCODING: Rule<EventLog> = Rule {
    code: "R_ENCODING",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "bytes that are not UTF-8",
        means: "A line holds bytes that are not UTF-8, or begins with a byte order mark.",
        matters: "Readers would replace or drop such bytes, each in its own way.",
        innocent: "A log that was edited and saved by a tool with another encoding.",
        next: "Look at the line named; have the writer mended, or take the log from where it was written, byte for byte.",
    },
    check: |log, out| out.noticed(log, Fault::Encoding),
};

pub(crate) static DEPTH: Rule<EventLog> = Rule {
    code: "R_DEPTH",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "JSON that nests deeper than 16 levels",
        means: "More than 16 brackets of a line are open at one point, whether the line is JSON or not.",
        matters: "Events are flat; deep nesting is how readers are made to fail.",
        innocent: "A structure dumped into `attrs` as it is.",
        next: "Write such a structure into a file, and its digest into the event.",
    },
    check: |log, out| out.noticed(log, Fault::Depth),
};

pub(crate) static JSON: Rule<EventLog> = Rule {
    code: "R_JSON",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a line that is not one JSON object",
        means: "A line is not exactly one RFC 8259 object. Blank lines, arrays, `NaN`, trailing text and raw control characters are none.",
        matters: "An event that not every reader can read is evidence for some and not for others.",
        innocent: "Two writers on one file, a `NaN` from a float, an editor.",
        next: "Look at the line named; have the writer mended, or take the log from where it was written, byte for byte.",
    },
    check: |log, out| out.noticed(log, Fault::Json),
};

pub(crate) static SURROGATE: Rule<EventLog> = Rule {
    code: "R_SURROGATE",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "half a surrogate pair in a string",
        means: "An escape such as `\\ud800` stands without its other half.",
        matters: "It names no character, so the text is not the same everywhere and has no UTF-8 to take a digest of.",
        innocent: "A string that was cut in the middle of an emoji by a system that counts in UTF-16.",
        next: "Look at the line named; have the writer mended, or take the log from where it was written, byte for byte.",
    },
    check: |log, out| out.noticed(log, Fault::Surrogate),
};

pub(crate) static NUMBER: Rule<EventLog> = Rule {
    code: "R_NUMBER",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "a number that cannot be kept",
        means: "A number has more than 64 characters, is an integer that 64 bits do not hold, is `-0`, or is larger than any double.",
        matters: "Common readers round such numbers, each in its own way.",
        innocent: "A time in picoseconds, a digest written as a number.",
        next: "Write it as a string, or in a larger unit.",
    },
    check: |log, out| out.noticed(log, Fault::Number),
};

pub(crate) static DUP_KEY: Rule<EventLog> = Rule {
    code: "R_DUP_KEY",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "an object names a member twice",
        means: "Two members of one JSON object have the same name, after escapes are resolved.",
        matters: "Most readers silently keep one of the two, and not all the same one: the classic way to show an auditor something else.",
        innocent: "A writer that merges dictionaries by gluing texts.",
        next: "Look at the line named; have the writer mended, or take the log from where it was written, byte for byte.",
    },
    check: |log, out| out.noticed(log, Fault::DuplicateKey),
};

pub(crate) static TORN_TAIL: Rule<EventLog> = Rule {
    code: "U_TORN_TAIL",
    revision: 1,
    invariants: "",
    promoted: true,
    page: Page {
        title: "the last line breaks off",
        means: "The bytes behind the last newline are not an event.",
        matters: "The last event was not written to its end; what else was not written cannot be seen.",
        innocent: "A process that was killed while it wrote.",
        next: "Nothing brings it back. The rest of the log stands; flush after important events.",
    },
    check: |log, out| out.noticed(log, Fault::TornTail),
};

pub(crate) static CONTAINER: Rule<EventLog> = Rule {
    code: "R_CONTAINER",
    revision: 1,
    invariants: "",
    promoted: false,
    page: Page {
        title: "the compressed file is damaged",
        means: "The gzip or zstd file breaks off, fails its checksum or contradicts itself.",
        matters: "What cannot be read cannot be judged.",
        innocent: "A download that was cut short.",
        next: "Fetch the file again and compare its checksum with the sender's.",
    },
    check: |log, out| out.noticed(log, Fault::Container),
};
