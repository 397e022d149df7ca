//! Events as programs write them: members read straight into an event, with no table of what stands where.
//!
//! What is read here is right in every way in which one line can be. A line that is odd or wrong in any way is nothing
//! here; it is read again the general way, which alone tells what is wrong with it.

use std::borrow::Cow;
use std::ops::Range;

use super::attrs;
use super::event::{Event, Key, MAX_RANK, MAX_STEP, Word, is_id};
use super::field::{COUNT, Field, QUOTED, push_members};
use super::kind::{Kind, Phase};
use super::parse::{MAX_DEPTH, bad_number};
use crate::digest::Digest;
use crate::json::{Scanner, Value, ascii_run, push_keysorted, unsigned};

/// Reads plain lines, and learns which member follows which.
pub(super) struct Plain {
    /// For each member the one that came next the last time; first of all the one that came first.
    follows: [Field; COUNT + 1],
    attrs: Scanner,
    table: Table,
}

/// By member; of a line only what it has is written.
#[derive(Default)]
struct Table {
    /// From where to where the values stand.
    values: [(u32, u32); COUNT],
    numbers: [i64; COUNT],
}

/// The members of a plain line.
pub(super) struct Members<'a> {
    line: &'a [u8],
    table: &'a Table,
    /// Which members the line has.
    present: u16,
    /// Which of them are strings.
    strings: u16,
    attrs: Option<Attrs<'a>>,
    /// Members stand in the order of their names.
    is_sorted: bool,
    /// No blank stands between tokens.
    is_compact: bool,
}

/// The one member that is an object.
struct Attrs<'a> {
    value: Value<'a>,
    is_canonical: bool,
}

const fn set(fields: &[Field]) -> u16 {
    let (mut bits, mut n) = (0, 0);
    while n < fields.len() {
        bits |= fields[n].bit();
        n += 1;
    }
    bits
}

const INTEGERS: u16 = set(&[Field::TsNs, Field::Rank, Field::Step, Field::Seq]);
const IDS: [Field; 5] = [Field::EventId, Field::RunId, Field::Span, Field::Clock, Field::Host];
const STRINGS: u16 = set(&IDS) | set(&[Field::Kind, Field::Phase, Field::Prev, Field::Hash]);

impl Plain {
    pub(super) fn new() -> Self {
        // The brackets of the event itself are the first ones.
        let attrs = Scanner::new(MAX_DEPTH - 1);
        Self { follows: [Field::EventId; COUNT + 1], attrs, table: Table::default() }
    }

    /// The event of a line, and its members; nothing if anything about the line is odd.
    #[inline]
    pub(super) fn read<'a>(&'a mut self, line: &'a [u8]) -> Option<(Event<'a>, Members<'a>)> {
        let members = self.members(line)?;
        Some((members.event()?, members))
    }

    #[inline]
    fn members<'a>(&'a mut self, line: &'a [u8]) -> Option<Members<'a>> {
        let Self { follows, attrs: scanner, table } = self;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (mut present, mut strings, mut attrs) = (0, 0, None);
        let (mut is_sorted, mut is_compact) = (true, true);
        let (mut at, mut before) = (line.starts_with(b"{").then_some(1)?, 0);
        let mut scanner = Some(scanner);
        loop {
            if line.get(at) == Some(&b' ') {
                (at, is_compact) = (behind_blanks(line, at), false);
            }
            let field = named(line.get(at..)?, &mut follows[before])?;
            let (place, bit) = (field as usize, field.bit());
            is_sorted &= place >= before;
            if present & bit != 0 {
                return None;
            }
            present |= bit;
            before = place + 1;
            let mut begin = at + QUOTED[place].len();
            if line.get(begin) == Some(&b' ') {
                (begin, is_compact) = (behind_blanks(line, begin), false);
            }
            let end = match line.get(begin)? {
                b'"' => {
                    strings |= bit;
                    let end = ascii_run(line, begin + 1);
                    (line.get(end) == Some(&b'"')).then_some(end + 1)?
                }
                b'0'..=b'9' if INTEGERS & bit != 0 => {
                    let (number, end) = unsigned(line, begin)?;
                    table.numbers[place] = number;
                    end
                }
                b'{' if field == Field::Attrs => {
                    let document = scanner.take()?.scan_first(&line[begin..]).ok()?;
                    if bad_number(&document).is_some() {
                        return None;
                    }
                    let (value, is_canonical) = (document.root(), document.is_canonical());
                    attrs = Some(Attrs { value, is_canonical });
                    begin + value.raw().len()
                }
                _ => return None,
            };
            table.values[place] = (begin as u32, end as u32);
            at = end + 1;
            match line.get(end)? {
                b',' => {}
                b'}' if at == line.len() => break,
                _ => return None,
            }
        }
        Some(Members { line, table, present, strings, attrs, is_sorted, is_compact })
    }
}

#[cold]
fn behind_blanks(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take_while(|byte| **byte == b' ').count()
}

/// The member whose name a text begins with, and that it comes next where it does.
fn named(text: &[u8], next: &mut Field) -> Option<Field> {
    /// The first bytes of a name, and which of eight bytes they are.
    const BEGINNINGS: [(u64, u64); COUNT] = {
        let (mut beginnings, mut n) = ([(0, 0); COUNT], 0);
        while n < COUNT {
            let (name, mut at) = (QUOTED[n].as_bytes(), 0);
            while at < name.len() && at < 8 {
                beginnings[n].0 |= (name[at] as u64) << (8 * at);
                beginnings[n].1 |= 0xff << (8 * at);
                at += 1;
            }
            n += 1;
        }
        beginnings
    };
    // A member of less than eight bytes is none of an event.
    let begin = u64::from_le_bytes(*text.first_chunk()?);
    let is = |field: Field| {
        let ((wanted, mask), name) = (BEGINNINGS[field as usize], QUOTED[field as usize].as_bytes());
        begin & mask == wanted && (name.len() <= 8 || text[8..].starts_with(&name[8..]))
    };
    if !is(*next) {
        *next = Field::ALL.into_iter().find(|field| is(*field))?;
    }
    Some(*next)
}

impl<'a> Members<'a> {
    #[inline]
    fn text(&self, field: Field) -> Option<&'a [u8]> {
        let (begin, end) = self.table.values[field as usize];
        (self.strings & field.bit() != 0).then(|| &self.line[begin as usize + 1..end as usize - 1])
    }

    #[inline]
    fn number(&self, field: Field) -> Option<i64> {
        (self.present & field.bit() != 0).then_some(self.table.numbers[field as usize])
    }

    /// What the line says, if it has the shape of an event.
    #[inline]
    fn event(&self) -> Option<Event<'a>> {
        // Integers and objects are already where they belong.
        let is_typed = self.strings == self.present & STRINGS;
        let is_id = |field: &Field| self.text(*field).is_none_or(is_id);
        let (rank, step) = (self.number(Field::Rank), self.number(Field::Step));
        let is_bounded = rank.is_none_or(|rank| rank < MAX_RANK) && step.is_none_or(|step| step <= MAX_STEP);
        if !is_typed || !is_bounded || !IDS.iter().all(is_id) {
            return None;
        }
        let (rank, step) = (rank.map(|rank| rank as u32), step.map(|step| step as u64));
        let digest = |field| self.text(field).map(|hex| Digest::from_hex(hex).ok_or(())).transpose();
        let (prev, hash) = (digest(Field::Prev).ok()?, digest(Field::Hash).ok()?);
        let name = self.text(Field::Kind)?;
        let kind = Kind::named(name)?;
        let phase = Phase::named(self.text(Field::Phase)?).filter(|phase| kind.allows(*phase))?;
        let attrs = self.attrs.as_ref().map(|attrs| attrs.value);
        attrs::check_schema(kind, phase, attrs).ok()?;
        if kind.wrong_place(rank.is_some(), step.is_some()).is_some() {
            return None;
        }
        Some(Event {
            id: Cow::Borrowed(self.text(Field::EventId)?),
            run_id: Cow::Borrowed(self.text(Field::RunId)?),
            ts: self.number(Field::TsNs)?,
            kind,
            phase,
            rank,
            step,
            key: Key::of((kind, name), step, self.text(Field::Span)),
            clock: self.text(Field::Clock).map_or_else(Word::wall, Word::of),
            seq: self.number(Field::Seq),
            prev,
            hash,
            said: attrs::read(kind, phase, attrs).ok()?,
        })
    }

    /// Appends the canonical bytes, and says where in `out` the member `hash` stands, with the comma before it.
    #[inline]
    pub(super) fn push_canonical(&self, out: &mut Vec<u8>) -> Option<Range<usize>> {
        let odd_attrs = self.attrs.as_ref().filter(|attrs| !attrs.is_canonical);
        match (odd_attrs, self.is_compact) {
            (None, true) if self.is_sorted => self.push_line(out),
            (None, true) => self.push_moved(out),
            _ => push_members(out, self.present, |out, field| {
                let (begin, end) = self.table.values[field as usize];
                out.extend_from_slice(QUOTED[field as usize].as_bytes());
                match odd_attrs.filter(|_| field == Field::Attrs) {
                    Some(attrs) => push_keysorted(out, attrs.value),
                    None => out.extend_from_slice(&self.line[begin as usize..end as usize]),
                }
            }),
        }
    }

    /// From where to where a member stands in a line without blanks.
    fn member(&self, field: Field) -> (usize, usize) {
        let (begin, end) = self.table.values[field as usize];
        (begin as usize - QUOTED[field as usize].len(), end as usize)
    }

    /// Of a line that is canonical as it is.
    fn push_line(&self, out: &mut Vec<u8>) -> Option<Range<usize>> {
        let before = out.len();
        out.extend_from_slice(self.line);
        // No such line begins with its hash.
        let (begin, end) = (self.present & Field::Hash.bit() != 0).then(|| self.member(Field::Hash))?;
        Some(before + begin - 1..before + end)
    }

    /// Of a line whose members are canonical and stand in another order.
    fn push_moved(&self, out: &mut Vec<u8>) -> Option<Range<usize>> {
        /// Most members are shorter, and quickly copied with what is behind them.
        const SHORT: usize = 32;
        let before = out.len();
        out.resize(before + self.line.len() + SHORT, 0);
        let (room, mut at) = (&mut out[before..], 0);
        let (mut hash, mut left) = (0, self.present);
        while left != 0 {
            let field = Field::ALL[left.trailing_zeros() as usize];
            left &= left - 1;
            let (begin, end) = self.member(field);
            let length = end - begin;
            if field == Field::Hash {
                hash = at;
            }
            room[at] = b',';
            let to = &mut room[at + 1..];
            match (self.line[begin..].first_chunk::<SHORT>(), to.first_chunk_mut()) {
                (Some(from), Some(to)) if length <= SHORT => *to = *from,
                _ => to[..length].copy_from_slice(&self.line[begin..end]),
            }
            at += 1 + length;
        }
        (room[0], room[at]) = (b'{', b'}');
        out.truncate(before + at + 1);
        let (begin, end) = (self.present & Field::Hash.bit() != 0).then(|| self.member(Field::Hash))?;
        Some(before + hash..before + hash + 1 + end - begin)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::events::field::{Fields, Places};
    use crate::events::kind::KINDS;
    use crate::events::parse::parse;

    /// The event and the canonical form with its hash; none if the line is wrong.
    type Outcome = Option<(String, Vec<u8>, Option<Range<usize>>)>;

    fn plainly(plain: &mut Plain, line: &[u8]) -> Outcome {
        let (event, members) = plain.read(line)?;
        let mut out = b"before".to_vec();
        let hash = members.push_canonical(&mut out);
        Some((format!("{event:?}"), out, hash))
    }

    fn generally(line: &[u8]) -> Outcome {
        let mut scanner = Scanner::new(MAX_DEPTH);
        let document = parse(&mut scanner, line).ok()?;
        let fields = Fields::of(&document, &mut Places::default());
        let event = Event::of(&fields).ok()?;
        let mut out = b"before".to_vec();
        let hash = fields.push_canonical(line, &mut out);
        Some((format!("{event:?}"), out, hash))
    }

    const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    #[test]
    fn what_programs_write_is_plain() {
        let begin = r#"{"event_id":"r0.1","run_id":"a","ts_ns":1700000000000000000,"kind":"STEP","phase":"END""#;
        for rest in [
            r#","rank":0,"step":3}"#,
            ",\"rank\":0,\"step\":3}\r",
            r#", "rank": 0, "step": 3}"#,
            r#","rank":7,"step":9007199254740992,"attrs":{"ok":false,"loss":0.50,"a":[{"é":null}]},"seq":0}"#,
            r#","clock":"gpu","rank":7,"step":1,"host":"h","span":"s"}"#,
            &format!(r#","rank":1,"step":1,"prev":"{ZEROS}","hash":"{ZEROS}"}}"#),
        ] {
            let line = format!("{begin}{rest}");
            let outcome = plainly(&mut Plain::new(), line.as_bytes());
            assert!(outcome.is_some(), "{line}");
            assert_eq!(outcome, generally(line.as_bytes()), "{line}");
        }
    }

    const NESTED: [&str; 2] = [r#"{"a":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}"#, r#"{"a":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}"#];

    /// What may stand as a member's value, right or wrong.
    fn values(field: Field) -> Vec<String> {
        let attrs = [
            r#"{"result":"pass","schema":"batool.events/1","world_size":8}"#,
            r#"{"result":"pass","schema":"batool.events/2","world_size":8}"#,
            r#"{"ok":false,"loss":1.50,"é":"\u00e9","from_step":1,"result":"fail"}"#,
            r#"{"z": [1, {}], "a":null}"#,
            r#"{"n":-0}"#,
            r#"{"n":1e999}"#,
            r#"{"n":1,"n":1}"#,
            r#"{"seal":{"events":1},"status":"failed"}"#,
            "{}",
            "\"x\"",
            NESTED[0],
            NESTED[1],
        ];
        let right: Vec<&str> = match field {
            Field::Attrs => return attrs.map(str::to_owned).into(),
            Field::Prev | Field::Hash => return vec![format!("\"{ZEROS}\"")],
            Field::Kind => KINDS.iter().map(|spec| spec.name).chain(["X_A"]).collect(),
            Field::Phase => vec!["START", "END", "POINT"],
            Field::EventId | Field::RunId | Field::Span | Field::Clock | Field::Host => vec!["r0.1", "a:/@+-_Z9"],
            Field::TsNs => vec!["1700000000000000000", "9223372036854775807"],
            Field::Rank => vec!["0", "1048575", "1048576"],
            Field::Step => vec!["12", "9007199254740992", "9007199254740993"],
            Field::Seq => vec!["0", "12345678"],
        };
        let quote = if matches!(field, Field::Kind | Field::Phase) || IDS.contains(&field) { "\"" } else { "" };
        right.into_iter().map(|value| format!("{quote}{value}{quote}")).collect()
    }

    /// What is hardly ever right.
    const ODD: [&str; 16] = [
        "0",
        "\"\"",
        "\"x\"",
        "{}",
        "[]",
        "null",
        "01",
        "-1",
        "1.0",
        "9223372036854775808",
        "00000000000000000000001",
        r#""\u0041""#,
        "\"é\"",
        "\"a b\"",
        "\"X_a\"",
        "\"x",
    ];

    /// A line of members in order or not; some are left out, odd, spaced or there twice.
    fn line() -> impl Strategy<Value = String> {
        const NEEDED: [Field; 5] = [Field::EventId, Field::RunId, Field::TsNs, Field::Kind, Field::Phase];
        let of_hundred = || 0..100_u8;
        let member = (any::<prop::sample::Index>(), of_hundred(), of_hundred(), of_hundred(), of_hundred());
        let order = Just(Field::ALL.to_vec());
        let order = prop_oneof![order.clone(), order.prop_shuffle()];
        let line = (order, prop::collection::vec(member, COUNT), any::<bool>(), 0..3_u8, 0..40_u8);
        line.prop_map(|(order, members, of_run, spaced, end)| {
            let blank = |chance| match (spaced, chance) {
                (0, 0..10) => " ",
                (0, 10) => "\t",
                _ => "",
            };
            let mut line = "{".to_owned();
            for field in order {
                let (value, there, odd, before, behind) = members[field as usize];
                let left_out = match field {
                    Field::Rank | Field::Step => {
                        if of_run {
                            100
                        } else {
                            4
                        }
                    }
                    _ => {
                        if NEEDED.contains(&field) {
                            4
                        } else {
                            50
                        }
                    }
                };
                if there < left_out {
                    continue;
                }
                let value = match (field, odd) {
                    (_, 0..3) => (*value.get(&ODD)).to_owned(),
                    (Field::Kind, _) if of_run => "\"RUN\"".to_owned(),
                    _ => value.get(&values(field)).clone(),
                };
                let name = match there {
                    97 => "\"other\":",
                    98 => "\"event_ix\":",
                    99 => "\"run_id\" :",
                    _ => QUOTED[field as usize],
                };
                let comma = if line.len() > 1 { "," } else { "" };
                line += &format!("{comma}{}{name}{}{value}", blank(before), blank(behind));
                if there == 96 {
                    line += &format!(",{name}{value}");
                }
            }
            line + ["}\r", "} ", "}}", " }", "}\r\r", "", "},"].get(usize::from(end)).unwrap_or(&"}")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_plain_is_what_the_general_way_makes_of_it(lines in prop::collection::vec(line(), 2)) {
            let mut plain = Plain::new();
            for line in lines {
                if let Some(outcome) = plainly(&mut plain, line.as_bytes()) {
                    prop_assert_eq!(Some(outcome), generally(line.as_bytes()), "{}", line);
                }
            }
        }
    }
}
