//! `rules/view.dl`: datalog that the producer generates from the schema, generated again and compared line by line.

use super::documents::engine_name;
use crate::facts::declared::{Declared, Predicate};
use crate::finding::printable;
use crate::lines::{Line, Lines};

/// Where the text stands.
pub(crate) const PATH: &str = "rules/view.dl";
/// No predicate of more arguments is worth spelling out.
pub(super) const MAX_ARGUMENTS: usize = 1 << 16;
/// Longest line that is shown, in characters.
const MAX_SHOWN: usize = 160;

/// How the text differs from the generated one; nothing where it does not.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// From the usual text.
    pub(crate) plain: Option<Difference>,
    /// From the text with witnesses, as some exports with a query have it.
    pub(crate) witnessed: Option<Difference>,
}

/// The first line that differs.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) line: u64,
    /// What stands there; nothing behind the end.
    pub(crate) seen: Option<String>,
    /// What should; nothing behind the end.
    pub(crate) expected: Option<String>,
}

/// Compares the text while it streams past.
pub(super) struct ViewReader {
    lines: Lines,
    generated: [Generated; 2],
}

impl ViewReader {
    /// With the predicate `active` unless the policy mode is `idb`.
    pub(super) fn new(max_line_bytes: u64, has_active: bool) -> Self {
        let generated = [false, true].map(|with_witness| Generated::new(has_active, with_witness));
        Self { lines: Lines::new(max_line_bytes), generated }
    }

    pub(super) fn push(&mut self, chunk: &[u8], declared: &Declared) {
        let generated = &mut self.generated;
        self.lines.push(chunk, |number, line| {
            generated.iter_mut().for_each(|generated| generated.take(number, Some(&line), declared));
        });
    }

    pub(super) fn finish(mut self, declared: &Declared) -> View {
        let mut last = 0;
        let generated = &mut self.generated;
        // A line without an end is none that was generated.
        let is_open = self.lines.finish(|number, _| last = number);
        let [plain, witnessed] = generated;
        for generated in [&mut *plain, &mut *witnessed] {
            if is_open {
                generated.take(last, Some(&Line::TooLong), declared);
            } else {
                generated.take(generated.number + 1, None, declared);
            }
        }
        View { plain: plain.differs.take(), witnessed: witnessed.differs.take() }
    }
}

/// The whole text; with the predicate `active` unless the policy mode is `idb`.
pub(crate) fn generate(declared: &Declared, has_active: bool) -> String {
    let mut generated = Generated::new(has_active, false);
    let mut out = String::new();
    while let Some(line) = generated.line(declared) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The text as it is generated, block by block.
struct Generated {
    has_active: bool,
    with_witness: bool,
    /// The block that comes next: the head, `active`, then the predicates.
    next: usize,
    block: String,
    /// Where in the block the next line begins; behind its end when it is used up.
    at: usize,
    number: u64,
    differs: Option<Difference>,
}

impl Generated {
    fn new(has_active: bool, with_witness: bool) -> Self {
        Self { has_active, with_witness, next: 0, block: String::new(), at: 1, number: 0, differs: None }
    }

    /// Takes a line of the text, or its end.
    fn take(&mut self, number: u64, line: Option<&Line<'_>>, declared: &Declared) {
        if self.differs.is_some() {
            return;
        }
        self.number = number;
        let seen = line.map(|line| match line {
            Line::Whole(bytes) => *bytes,
            // No generated line holds a zero byte.
            Line::TooLong => b"\0",
        });
        let expected = self.line(declared);
        if seen != expected.map(str::as_bytes) {
            let show = |text: &str| printable(text, MAX_SHOWN);
            let expected = expected.map(show);
            let seen = seen.map(|seen| show(&String::from_utf8_lossy(seen)));
            self.differs = Some(Difference { line: number, seen, expected });
        }
    }

    /// The next line; blocks stand apart by an empty one.
    fn line(&mut self, declared: &Declared) -> Option<&str> {
        if self.at > self.block.len() {
            let is_first = self.next == 0;
            self.block.clear();
            self.fill(declared)?;
            self.at = 0;
            if !is_first {
                return Some("");
            }
        }
        let rest = &self.block[self.at..];
        let line = rest.split('\n').next().unwrap_or_default();
        self.at += line.len() + 1;
        Some(line)
    }

    fn fill(&mut self, declared: &Declared) -> Option<()> {
        if self.next == 1 && !self.has_active {
            self.next = 2;
        }
        match self.next {
            0 => self.block.push_str(HEAD),
            1 => self.block.push_str(ACTIVE),
            n => predicate(declared.predicates.get(n - 2)?, self.with_witness, &mut self.block),
        }
        self.next += 1;
        Some(())
    }
}

const HEAD: &str = ".decl claim(Asrt:symbol, PredId:symbol, E:symbol, TupDigest:symbol)
.decl claim_seq(Asrt:symbol, Seq:number)
.decl claim_arg(Asrt:symbol, Idx:symbol, Val:symbol, Tag:symbol)
.decl meta_time(Asrt:symbol, Key:symbol, EpochNanos:number)
.decl revokes(Revoker:symbol, Revoked:symbol)
.input claim
.input claim_seq
.input claim_arg
.input meta_time
.input revokes";

const ACTIVE: &str = ".decl active(A:symbol)\nactive(A) :- claim(A,_,_,_), !revokes(_,A).";

/// Appends the block of one predicate.
fn predicate(predicate: &Predicate, with_witness: bool, out: &mut String) {
    let (name, id) = (engine_name(&predicate.id), &predicate.id);
    let numbered = |letter: char, count: usize| (0..count).map(|n| format!("{letter}{n}")).collect::<Vec<_>>();
    let typed = |names: &[String]| names.iter().map(|name| format!("{name}:symbol")).collect::<Vec<_>>();
    let list = |parts: &[&[String]]| parts.concat().join(", ");
    let subject = ["E".to_owned()];
    let values = numbered('V', predicate.tags.len().saturating_sub(1));
    let declared = [typed(&subject), typed(&values)].concat();
    let witness = ["WA:symbol".to_owned()];

    out.push_str(&format!(".decl {name}({})\n.output {name}\n", list(&[&declared])));
    if with_witness {
        out.push_str(&format!(".decl {name}_w({})\n", list(&[&declared, &witness])));
    }
    let head = format!("{name}({})", list(&[&subject, &values]));
    let witness_head = format!("{name}_w({})", list(&[&subject, &values, &["A".to_owned()]]));
    let arguments: Vec<String> =
        values.iter().enumerate().map(|(n, value)| format!("claim_arg(A,\"{n}\",{value},TagOut{n})")).collect();
    let claims = [format!("claim(A,\"{id}\",E,_)"), "active(A)".to_owned()];
    let conclude = |body: &str, out: &mut String| {
        out.push_str(&format!("{head} :- {body}."));
        if with_witness {
            out.push_str(&format!("\n{witness_head} :- {body}."));
        }
    };
    if predicate.is_multi {
        return conclude(&list(&[&claims, &arguments]), out);
    }

    let dimensions: Vec<usize> = predicate.key.iter().copied().filter(|position| *position > 0).collect();
    let names = numbered('D', dimensions.len());
    let key = list(&[&subject, &names]);
    let key_declared = [typed(&subject), typed(&names)].concat();
    let of_key: Vec<String> = dimensions
        .iter()
        .zip(names.iter().enumerate())
        .map(|(position, (n, name))| format!("claim_arg(A,\"{}\",{name},TagDim{n})", position - 1))
        .collect();
    let (a, seq) = (["A:symbol".to_owned()], ["Seq:number".to_owned()]);
    let sequence = ["claim_seq(A,Seq)".to_owned()];
    out.push_str(&format!(
        ".decl cand__{name}({})\ncand__{name}(A,{key}, Seq) :- {}.\n\n",
        list(&[&a, &key_declared, &seq]),
        list(&[&claims, &sequence, &of_key]),
    ));
    out.push_str(&format!(
        ".decl max_seq__{name}({})\nmax_seq__{name}({key}, Seq) :- cand__{name}(_,{key},_), Seq = max seq : {{ cand__{name}(_,{key},seq) }}.\n\n",
        list(&[&key_declared, &seq]),
    ));
    let by_key = list(&[&key_declared, &a]);
    let best = format!("cand__{name}(A,{key}, Seq), max_seq__{name}({key}, Seq)");
    out.push_str(&format!(
        ".decl better_asrt__{name}({by_key})\nbetter_asrt__{name}({key}, A) :- {best}, cand__{name}(B,{key}, Seq), B < A.\n\n",
    ));
    out.push_str(&format!(
        ".decl chosen_asrt__{name}({by_key})\nchosen_asrt__{name}({key}, A) :- {best}, !better_asrt__{name}({key}, A).\n\n",
    ));
    conclude(&list(&[&[format!("chosen_asrt__{name}({key}, A)")], &arguments]), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Scanner;

    fn declared() -> Declared {
        let text =
            br#"{"predicates":[{"arg_specs":[{},{}],"cardinality":"multi","group_key_indexes":[0],"pred_id":"a:b"},
            {"arg_specs":[{},{},{}],"cardinality":"single","group_key_indexes":[0,2],"pred_id":"c"}]}"#;
        Declared::read(Scanner::new(16).scan(text).expect("this is JSON").root())
    }

    const TEXT: &str = r#".decl p_a_b(E:symbol, V0:symbol)
.output p_a_b
p_a_b(E, V0) :- claim(A,"a:b",E,_), active(A), claim_arg(A,"0",V0,TagOut0).

.decl p_c(E:symbol, V0:symbol, V1:symbol)
.output p_c
.decl cand__p_c(A:symbol, E:symbol, D0:symbol, Seq:number)
cand__p_c(A,E, D0, Seq) :- claim(A,"c",E,_), active(A), claim_seq(A,Seq), claim_arg(A,"1",D0,TagDim0).

.decl max_seq__p_c(E:symbol, D0:symbol, Seq:number)
max_seq__p_c(E, D0, Seq) :- cand__p_c(_,E, D0,_), Seq = max seq : { cand__p_c(_,E, D0,seq) }.

.decl better_asrt__p_c(E:symbol, D0:symbol, A:symbol)
better_asrt__p_c(E, D0, A) :- cand__p_c(A,E, D0, Seq), max_seq__p_c(E, D0, Seq), cand__p_c(B,E, D0, Seq), B < A.

.decl chosen_asrt__p_c(E:symbol, D0:symbol, A:symbol)
chosen_asrt__p_c(E, D0, A) :- cand__p_c(A,E, D0, Seq), max_seq__p_c(E, D0, Seq), !better_asrt__p_c(E, D0, A).

p_c(E, V0, V1) :- chosen_asrt__p_c(E, D0, A), claim_arg(A,"0",V0,TagOut0), claim_arg(A,"1",V1,TagOut1).
"#;

    fn view(text: &str, step: usize) -> View {
        let mut reader = ViewReader::new(1 << 20, true);
        text.as_bytes().chunks(step).for_each(|chunk| reader.push(chunk, &declared()));
        reader.finish(&declared())
    }

    #[test]
    fn the_generated_text_is_recognised_however_it_is_cut() {
        let text = format!("{HEAD}\n\n{ACTIVE}\n\n{TEXT}");
        for step in [1, 7, 10_000] {
            let view = view(&text, step);
            assert!(view.plain.is_none(), "{:?}", view.plain);
            assert_eq!(view.witnessed.map(|differs| differs.line), Some(17));
        }
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let text = format!("{HEAD}\n\n{ACTIVE}\n\n{TEXT}");
        let differs = |text: &str| {
            let differs = view(text, 100).plain.expect("it differs");
            (differs.line, differs.seen, differs.expected)
        };
        assert_eq!(differs(&text.replace(".output p_c", "")), (20, Some(String::new()), Some(".output p_c".into())));
        assert_eq!(differs(&format!("{text}\n")), (34, Some(String::new()), None));
        assert_eq!(differs("").0, 1);
        let (line, _, expected) = differs(text.trim_end());
        assert!(line == 33 && expected.is_some_and(|line| line.starts_with("p_c(E")));
    }
}
