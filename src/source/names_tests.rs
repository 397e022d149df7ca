use super::*;

fn file(name: &str) -> RawEntry {
    RawEntry { name: name.into(), kind: RawKind::File(1) }
}

fn directory(name: &str) -> RawEntry {
    RawEntry { name: name.into(), kind: RawKind::Directory }
}

fn listing(entries: impl IntoIterator<Item = RawEntry>) -> Listing {
    let mut builder = ListingBuilder::new(Limits::default());
    for entry in entries {
        builder.add(entry);
    }
    builder.finish()
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.path.as_str()).collect()
}

fn faults(listing: &Listing) -> Vec<(FaultKind, &str)> {
    listing.faults.iter().map(|fault| (fault.kind, fault.path.as_str())).collect()
}

#[test]
fn the_root_is_the_package_if_it_holds_the_manifest() {
    let found = listing([directory("./"), file("./manifest.json"), file("./in/manifest.json"), directory("./out/")]);
    assert_eq!(paths(&found), ["in/manifest.json", "manifest.json"]);
    assert_eq!(found.empty_directories, ["out"]);
    assert_eq!((faults(&found), found.prefix.as_str()), (vec![], ""));
}

#[test]
fn one_leading_folder_is_stripped_if_nothing_stands_beside_it() {
    let found = listing([directory("p"), file("p/manifest.json"), directory("p/out/"), file("p/con"), file("p/a/b")]);
    assert_eq!(paths(&found), ["a/b", "manifest.json"]);
    assert_eq!((found.prefix.as_str(), found.empty_directories.as_slice()), ("p/", ["out".to_owned()].as_slice()));
    assert_eq!(faults(&found), [(FaultKind::Path, "con")]);
}

#[test]
fn what_could_not_be_one_package_keeps_its_names() {
    for entries in [
        vec![],
        vec![file("p/x")],
        vec![file("a/b/manifest.json")],
        vec![file("p/manifest.json"), file("readme")],
        vec![file("p/manifest.json"), directory("q")],
        vec![file("p/manifest.json"), file("../x")],
        vec![file("p/manifest.json"), file("q/events.jsonl")],
        vec![file("p/manifest.json"), file("p/events.jsonl")],
        vec![file("manifest.json"), file("events.jsonl")],
        vec![directory("manifest.json")],
    ] {
        let found = listing(entries.clone());
        assert!(faults(&found).contains(&(FaultKind::Unknown, "")), "{entries:?}");
        assert_eq!(found.prefix, "");
    }
}

#[test]
fn bad_names_are_reported_once_up_to_the_bad_component() {
    let found = listing([
        file("manifest.json"),
        directory("a"),
        file("a/.git/config"),
        file("a/.git/HEAD"),
        file("../x"),
        file("/etc/passwd"),
        file("b//c"),
        file("d/"),
        file(".//e"),
        RawEntry { name: b"\xff".to_vec(), kind: RawKind::File(1) },
        file(&"x/".repeat(3000)),
    ]);
    let mut kinds = faults(&found);
    let long = kinds.pop().expect("the long name comes last but one");
    assert_eq!(kinds.len(), 7);
    assert!(kinds.iter().chain([&long]).all(|(kind, _)| *kind == FaultKind::Path));
    assert!(kinds.iter().any(|(_, path)| *path == "a/.git"));
    assert_eq!(paths(&found), ["manifest.json"]);
    assert!(found.empty_directories.is_empty(), "a holds something, though it was refused");
}

#[test]
fn equal_names_collide_and_the_first_stays() {
    let found = listing([
        file("manifest.json"),
        file("A/x"),
        file("a/y"),
        directory("a"),
        file("é"),
        file("e\u{301}"),
        file("f"),
        file("f/g"),
        file("twice"),
        file("twice"),
        directory("twice-too"),
        directory("twice-too/"),
    ]);
    assert_eq!(paths(&found), ["A/x", "e\u{301}", "f", "manifest.json", "twice"]);
    let expected = ["a", "f", "twice", "é"].map(|path| (FaultKind::Collision, path));
    assert_eq!(faults(&found), expected);
    assert_eq!(found.empty_directories, ["twice-too"]);
}

#[test]
fn links_are_reported_and_nothing_stands_beneath_them() {
    let link = RawEntry { name: b"link/".to_vec(), kind: RawKind::Other("symbolic link") };
    let found = listing([file("manifest.json"), link, file("link/x")]);
    assert_eq!(faults(&found), [(FaultKind::Collision, "link"), (FaultKind::Kind, "link")]);
}

#[test]
fn files_beyond_the_bound_are_not_listed() {
    let mut builder = ListingBuilder::new(Limits { max_package_bytes: 10, ..Limits::default() });
    for (name, size) in [("manifest.json", 4), ("a", 6), ("z", 1), ("y", u64::MAX)] {
        builder.add(RawEntry { name: name.into(), kind: RawKind::File(size) });
    }
    let found = builder.finish();
    assert_eq!(paths(&found), ["a", "manifest.json"]);
    assert_eq!(faults(&found), [(FaultKind::Limit, "y")]);
}

#[test]
fn the_number_of_entries_is_bounded() {
    let mut builder = ListingBuilder::new(Limits::default());
    builder.max_entries = 10;
    for number in 0..20 {
        assert_eq!(builder.is_full(), number > 10);
        builder.add(file(&number.to_string()));
    }
    assert!(builder.finish().faults.iter().any(|fault| fault.kind == FaultKind::Limit));
}

#[test]
fn deep_names_take_no_more_memory_than_their_bytes() {
    let found = listing((0..100).map(|number| file(&format!("{}{number}", "d/".repeat(1800)))));
    assert_eq!(found.files.len(), 100);
}
